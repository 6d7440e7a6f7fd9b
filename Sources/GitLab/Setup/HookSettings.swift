/// What a webhook of the gate's must be. Without its secrets, which are sent beside it.
package struct HookSettings: Sendable, Hashable {
  package var url: String
  /// Needed before GitLab 19.3, whose Deployment Hook does not tell of `blocked`.
  package var pipelineEvents: Bool
  package var verifiesTLS: Bool
  package var sendsToken: Bool
  package var sendsSigningToken: Bool

  package init(url: String, pipelineEvents: Bool, verifiesTLS: Bool, sendsToken: Bool, sendsSigningToken: Bool) {
    self.url = url
    self.pipelineEvents = pipelineEvents
    self.verifiesTLS = verifiesTLS
    self.sendsToken = sendsToken
    self.sendsSigningToken = sendsSigningToken
  }

  /// What of an existing hook differs, in words.
  func differences(from hook: RegisteredWebhook) -> [String] {
    var found: [String] = []
    if !hook.deploymentEvents { found.append("deployment_events: false → true") }
    if pipelineEvents, !hook.pipelineEvents { found.append("pipeline_events: false → true") }
    if hook.verifiesTLS != verifiesTLS { found.append("enable_ssl_verification: \(hook.verifiesTLS) → \(verifiesTLS)") }
    if sendsToken, hook.hasToken == false { found.append("token: none → ours") }
    if sendsSigningToken, hook.hasSigningToken == false { found.append("signing_token: none → ours") }
    return found
  }
}

/// The texts that a webhook is proved by, while they are sent.
package struct HookSecrets: Sendable, CustomStringConvertible, CustomReflectable {
  package var token: String?
  package var signingToken: String?

  package init(token: String? = nil, signingToken: String? = nil) {
    self.token = token
    self.signingToken = signingToken
  }

  package var description: String { "<secrets>" }
  package var customMirror: Mirror { Mirror(self, children: []) }
}
