internal import JSON

/// Whether a user of GitLab's can do anything there.
package enum UserStanding: Sendable, Hashable {
  case active
  /// GitLab lets them do nothing, in its own word: `blocked`, `deactivated`, `banned`.
  case barred(String)
  /// GitLab knows nobody of this id.
  case gone

  /// Nil where GitLab does not tell.
  init?(_ result: Result<JSONValue, SetupFault>) {
    switch result {
    case .success(let value):
      guard value.id("id") != nil else { return nil }
      let state = value.text("state", limit: 40) ?? UserStanding.usual
      self = state == UserStanding.usual ? .active : .barred(state)
    // A path that is not routed, or that a proxy hides, says nothing of a user.
    case .failure(let fault) where fault.kind == .missing && fault.message != "404": self = .gone
    case .failure: return nil
    }
  }

  private static let usual = "active"

  /// The state of whom a refusal turns away: `403 Forbidden - Your account has been blocked.`; nil for a refusal of anything else.
  package static func state(inRefusal message: String) -> String? {
    let words = message.lowercased()
    if words.contains("pending approval") { return "blocked_pending_approval" }
    guard words.contains("account has been") || words.contains("account is") else { return nil }
    // GitLab's word comes first: what follows it, a way out perhaps, speaks of others too.
    return words.split { !$0.isLetter }.lazy.map(String.init).first(where: ["deactivated", "banned", "blocked"].contains)
  }

  /// Who lets a barred account do something again, and how.
  ///
  /// - Parameter id: nil where it is not known.
  package static func remedy(for state: String, id: Int64?) -> String {
    let (deed, tab, endpoint) =
      switch state {
      case "deactivated": ("activate it", "Deactivated", "activate")
      case "banned": ("unban it", "Banned", "unban")
      case "blocked_pending_approval": ("approve it", "Pending approval", "approve")
      // GitLab tells a token of a banned account that it is blocked, too.
      case _ where id == nil: ("unblock it", "Blocked; one that is banned stands under Banned, and is unbanned", "unblock")
      default: ("unblock it", "Blocked", "unblock")
      }
    if state == "ldap_blocked" { return "have it unblocked in LDAP, where it is blocked: its token serves again then" }
    return
      "have an administrator of GitLab \(deed) (Admin > Users > \(tab); or POST /users/\(id.map(String.init) ?? "ID")/\(endpoint); on GitLab.com its "
      + "support, or an Owner of the top-level group where they did it): its token serves again then, and nothing has to be made anew"
  }
}
