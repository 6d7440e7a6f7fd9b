/// The keys of one kind of mapping.
struct Vocabulary: Sendable {
  var known: [String]
  /// Keys that are documented and that this version cannot keep: refused by name, for a rule that is silently ignored is a gate left open.
  var later: [String] = []

  static let file = Vocabulary(known: [
    "server", "database", "gitlab", "services", "groups", "people", "policies", "workflows", "log",
  ])
  static let server = Vocabulary(known: [
    "listen", "public_url", "trusted_proxies", "forwarded_field", "check_on_start", "check_every", "limits",
  ])
  static let limits = Vocabulary(known: [
    "connections", "connections_by_address", "header_timeout", "body_timeout", "idle_timeout", "write_timeout", "drain_timeout",
    "webhook_body", "bodies_in_memory",
  ])
  static let database = Vocabulary(known: ["path", "delivery_retention"])
  static let log = Vocabulary(known: ["level", "format"])
  static let gitlab = Vocabulary(
    known: [
      "name", "url", "token", "admin_token", "webhook_token", "signing_token", "ca_file", "reconcile_every", "memberships_every",
      "after_approval", "give_up_after", "setup",
    ])
  static let setup = Vocabulary(known: [
    "account", "group", "members", "protect", "deployers", "hook", "verify_tls", "token_lifetime", "rotate_token_before",
  ])
  static let setupAccount = Vocabulary(known: ["username", "name", "level"])
  static let deployer = Vocabulary(known: ["access_level", "user", "gitlab_group"])
  static let service = Vocabulary(known: ["id", "name", "instance", "projects", "gate", "workflow", "change_type", "policy"])
  static let gate = Vocabulary(known: ["tiers", "environments"])
  static let policy = Vocabulary(
    known: [
      "approval_rules", "prevent_self_approval", "prevent_author_approval", "comment_required", "required_fields", "expires_after",
      "supersede_older",
      "without_rejection", "auto_approve", "auto_reject", "break_glass", "freeze_windows",
      "freeze_override",
    ])
  static let hours = Vocabulary(known: ["cron", "duration", "from", "until", "calendar", "timezone"])
  static let freezeWindow = Vocabulary(known: ["name", "cron", "duration", "from", "until", "calendar", "timezone"])
  static let withoutRejection = Vocabulary(known: ["expired", "superseded"])
  static let breakGlass = Vocabulary(known: ["group", "review_within"])
  static let freezeOverride = Vocabulary(known: ["group"])
  static let automaticRule = Vocabulary(known: [
    "tiers", "environments", "projects", "refs", "change_type", "risk", "requested_by", "requested_by_group", "only_files", "any_files",
    "labels", "hours",
  ])
  static let approvalRule = Vocabulary(known: [
    "user", "group", "gitlab_group", "group_inheritance_type", "access_level", "required_approvals", "stage",
  ])
  static let group = Vocabulary(known: ["gitlab_group", "group_inheritance_type"])
  static let person = Vocabulary(known: ["emails"])
  static let workflow = Vocabulary(known: ["statuses", "transitions"])
  static let status = Vocabulary(known: ["name", "category", "gate"])
  static let transition = Vocabulary(known: ["from", "name", "to", "by", "role", "on"])

  /// What is wrong with a key that is not known.
  func objection(to key: String) -> String {
    if later.contains(key) { return "`\(key)` is not supported by this version yet; leave it out" }
    guard let guess = nearest(to: key, among: known + later) else { return "unknown key \(shown(key)); known here: \(list(known))" }
    let isLater = later.contains(guess)
    return
      "unknown key \(shown(key)); did you mean `\(guess)`\(isLater ? ", which is not supported by this version yet? Leave it out" : "?")"
  }
}
