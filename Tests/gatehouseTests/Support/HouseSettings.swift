import GitLabSimulator
import Testing

/// What one house of a story is like: its GitLab, and how its gate is configured.
struct HouseSettings: Sendable {
  /// How GitLab shows that a webhook is its own.
  enum Proof: Sendable, Hashable { case token, signature }

  var release = World.Release.v19
  var proof = Proof.token
  /// What GitLab sends hooks for; none: all webhooks are lost.
  var hookEvents: Set<World.Hook.Event>? = nil
  var runner = World.Runner()
  /// What else is different in this GitLab from the first moment on.
  var world: @Sendable (inout World) -> Void = { _ in }

  /// Long enough that nothing but webhooks moves a story, unless the story says otherwise.
  var reconcileEvery = "10m"
  var afterApproval = "play"
  var giveUpAfter = "24h"
  var requiredApprovals = 1
  var managers = ["alice", "bob", "carol"]
  /// The approval rules, where they are more than the managers'.
  var approvalRules: [String] = []
  var preventSelfApproval = true
  var commentRequired = "on_rejection"
  /// More keys of the policy, such as its freeze windows, each under the one before it.
  var policy = ""
  /// More groups, one a line.
  var groups = ""
  /// More keys of the GitLab, each under the one before it.
  var gitlab = ""
  var workflow = "simple"
  /// Workflows of the file's own, as `workflows:` and what belongs under it.
  var workflows = ""
  var logLevel = "info"
  /// The keys of `server`, and of `limits` in it.
  var server = #"listen: "127.0.0.1:0", public_url: "https://gatehouse.example.com""#
  var limits = ""
  /// Whether the server runs the doctor's checks once it listens: they ask GitLab much that no other story is about.
  var checksOnStart = false
  /// Whether an administrator's token is configured beside the account's.
  var hasAdminToken = false

  /// 19.3 sends Deployment Hooks for everything; before, only a Pipeline Hook tells of a job that waits.
  var events: Set<World.Hook.Event> { hookEvents ?? (release == .v19 ? [.deployment] : [.deployment, .pipeline]) }

  func beginning(with world: @escaping @Sendable (inout World) -> Void) -> HouseSettings {
    var settings = self
    settings.world = world
    return settings
  }

  /// The secret of the webhook, whichever proof is used.
  static let webhookToken = "whsecret-7f3a91c2e5"
  static let signingToken = Demo.signingToken
  static let gitLabToken = Demo.token

  /// What the server needs in its environment.
  static let environment = ["STORY_WEBHOOK_TOKEN": webhookToken, "STORY_ADMIN_TOKEN": ProtectedEnvironmentStoryTests.adminToken]
  static let adminToken = ProtectedEnvironmentStoryTests.adminToken

  private var rules: [String] {
    approvalRules.isEmpty ? ["{group: release-managers, required_approvals: \(requiredApprovals)}"] : approvalRules
  }

  /// The configuration file.
  func configuration(databasePath: String, gitLabURL: String, tokenFile: String, signingTokenFile: String) -> String {
    """
    server: {\(server), check_on_start: \(checksOnStart), limits: {\(limits)}}
    database: {path: "\(databasePath)"}
    log: {level: \(logLevel), format: json}
    gitlab:
      - name: main
        url: \(gitLabURL)
        token: {file: "\(tokenFile)"}
        \(hasAdminToken ? "admin_token: {env: STORY_ADMIN_TOKEN}" : "")
        \(proof == .token ? "webhook_token: {env: STORY_WEBHOOK_TOKEN}" : "signing_token: {file: \"\(signingTokenFile)\"}")
        reconcile_every: \(reconcileEvery)
        after_approval: \(afterApproval)
        give_up_after: \(giveUpAfter)
        \(gitlab)
    services:
      - id: checkout
        name: Checkout
        instance: main
        projects: ["acme/payments/*"]
        gate: {tiers: [production]}
        workflow: \(workflow)
        change_type: normal
        policy: managers-agree
    groups:
      release-managers: [\(managers.joined(separator: ", "))]
      \(groups)
    policies:
      managers-agree:
        approval_rules:
          [\(rules.joined(separator: ", "))]
        prevent_self_approval: \(preventSelfApproval)
        comment_required: \(commentRequired)
        \(policy)
    \(workflows)

    """
  }
}

extension HouseSettings: CustomTestStringConvertible {
  /// GitLab before 19.3, told of by Pipeline Hook; 19.3 by Deployment Hook with its token, and signed.
  static let kinds = [
    HouseSettings(release: .v18, proof: .token), HouseSettings(release: .v19, proof: .token),
    HouseSettings(release: .v19, proof: .signature),
  ]

  var testDescription: String { "GitLab \(release.versionText), webhooks proved by \(proof)" }
}
