/// Webhooks and the secrets they are proved by.
extension SetupPlanner {
  private var usesSigningToken: Bool { target.signingToken != .unconfigured }

  var secrets: [SetupStep] {
    guard target.hooks != nil else { return [] }
    return [("webhook_token", target.webhookToken), ("signing_token", target.signingToken)].compactMap { key, secret in
      switch secret {
      case .unconfigured: nil
      case .present: SetupStep(.nothing, "secret \(key)")
      case .absentFile(let path):
        SetupStep(
          .create, "secret \(key)", lines: ["+ made by chance and written to \(path), which only its owner may read"],
          change: SetupChange(.secret, in: .instance, name: key))
      case .absentVariable(let name):
        .cannot(
          "secret \(key)",
          "it is to come from the environment variable \(name), which is not set: set it, or write `\(key): {file: PATH}` and it is made")
      }
    }
  }

  var hooks: [SetupStep] {
    switch target.hooks {
    case nil: []
    case .group:
      if let group { [hook(of: group.place, in: group.hooks)] } else { [.cannot("webhook", noGroup)] }
    case .project: projects.filter(mayAdminister).map { hook(of: $0.place, in: $0.hooks) }
    }
  }

  private func hook(of place: SetupPlace, in known: Result<[RegisteredWebhook], SetupFault>?) -> SetupStep {
    let subject = "webhook of \(place.text)"
    guard let url = target.hookURL else {
      return .cannot(
        subject, "nothing says where GitLab reaches this gate: set `server.public_url`; or leave webhooks out with `setup: {hook: none}`")
    }
    if let objection = objectionToSecrets { return .cannot(subject, objection) }
    guard case .success(let all)? = known else {
      return .cannot(
        subject,
        "GitLab does not show the webhooks there (\(fault(known))): they need a Maintainer of the project, or an Owner of the group with "
          + "GitLab Premium; or leave them out with `setup: {hook: none}`")
    }
    let address = GateWebhookAddress(url)
    let ours = all.filter { $0.url == url || address?.leadsToSameGate($0.url, from: target.instance) == true }
    var settings = HookSettings(
      url: url, pipelineEvents: survey.version.map { !$0.announcesBlockedDeployments } ?? true, verifiesTLS: target.verifiesTLS,
      sendsToken: target.webhookToken.isPresentOrMade, sendsSigningToken: usesSigningToken && target.signingToken.isPresentOrMade)
    var change = SetupChange(.hook, in: place, name: url)
    guard let existing = ours.first else {
      change.hook = settings
      let secrets = [settings.sendsToken ? "token" : nil, settings.sendsSigningToken ? "signing_token" : nil].compactMap(\.self)
      return SetupStep(
        .create, subject,
        lines: [
          "+ url: \(url)", "+ deployment_events: true" + (settings.pipelineEvents ? ", pipeline_events: true" : ""),
          "+ push_events: false", "+ enable_ssl_verification: \(settings.verifiesTLS)", "+ \(secrets.joined(separator: ", "))",
        ], change: change)
    }
    settings.url = existing.url
    change.name = existing.url
    change.hook = settings
    change.existingID = existing.id
    return compare(existing, settings, subject, change, others: ours.dropFirst())
  }

  private func compare(
    _ existing: RegisteredWebhook, _ settings: HookSettings, _ subject: String, _ change: SetupChange, others: ArraySlice<RegisteredWebhook>
  ) -> SetupStep {
    var lines = settings.differences(from: existing).map { "~ \($0)" }
    switch memory.sentSecrets[existing.id] {
    case true?: break
    case false?: lines.append("~ secrets: they have changed here since they were sent, and are sent again")
    case nil: lines.append("~ secrets: GitLab does not show whether they are ours, and they are sent again")
    }
    var notes = others.map { other in
      "webhook \(other.id) leads to the same gate: everything is delivered twice, which does no harm; remove one"
    }
    if let twin = target.hasSecretOf, let url = target.hookURL, GateWebhookAddress(existing.url)?.instance == nil {
      notes.append(
        "its address names no GitLab, and GitLab \(twin) has the same secret, so that what it sends may be taken for that one's: give it the address "
          + "\(url) in GitLab, with the secret again; or each GitLab a secret of its own")
    }
    if let status = existing.alertStatus, status != "executable" {
      notes.append("GitLab has switched it off (\(status)) for deliveries that failed: see that it reaches the gate, and test it in GitLab")
    }
    guard !lines.isEmpty else { return SetupStep(.nothing, subject, notes: notes) }
    return SetupStep(.update, subject, lines: lines, notes: notes, change: change)
  }

  /// A gate with a signing token takes only what is signed; one with neither takes nothing.
  private var objectionToSecrets: String? {
    if usesSigningToken, let version = survey.version, !version.signsWebhooks {
      return
        "GitLab \(version) does not sign webhooks, which begins with 19.0, and a gate with a `signing_token` takes nothing else: configure "
        + "`webhook_token: {file: PATH}` in its place"
    }
    if target.webhookToken == .unconfigured, target.signingToken == .unconfigured {
      return "neither `webhook_token` nor `signing_token` is configured, so the gate would refuse every webhook: write "
        + "`webhook_token: {file: PATH}`, and it is made; or leave webhooks out with `setup: {hook: none}`"
    }
    let secret = usesSigningToken ? target.signingToken : target.webhookToken
    return secret.isPresentOrMade ? nil : "its secret is not there: see the line of the secret above"
  }
}
