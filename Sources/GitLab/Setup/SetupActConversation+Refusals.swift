/// Why GitLab did not do something, and what to do: one sentence or two for people.
extension SetupActConversation {
  func sentence(_ fault: SetupFault) -> String {
    let said = "GitLab \(api.instance) refuses \(trace.text) (\(fault.message))"
    switch fault.kind {
    case .unavailable:
      return
        "GitLab \(api.instance) cannot be heard about \(trace.text) (\(fault.message)); \(again) when it answers: what stands is found"
    case .unauthorized where isToken:
      // GitLab's answer to whoever may not see or make others' tokens (facts F); a token that it does not know has failed before.
      return
        "GitLab \(api.instance) refuses \(trace.text) to \(api.speaker.name) (\(fault.message)), as it does to one whose owner may not have it: "
        + whoMay
    case .unauthorized:
      return "GitLab \(api.instance) no longer takes \(api.speaker.name) (\(fault.message)): \(api.speaker.remedy)"
    case .forbidden: return "\(said): \(whoMay)"
    case .missing: return "\(said): it is not there, or not for you; \(whoMay)"
    case .conflict: return "\(said): somebody else has just made it; \(again)"
    case .invalid: return "\(said); \(remedy(fault.message.lowercased()))"
    }
  }

  /// A token is made by `rotate-token` and by the server too.
  var again: String { isToken ? "run this again" : "apply again" }

  private var whoMay: String {
    switch change.kind {
    case .token where api.speaker == .account: "it takes the token of an administrator, with scope api"
    case .account, .token:
      "it takes the token of an Owner of the top-level group, on self-managed GitLab perhaps of an administrator, with scope api"
    case .adminToken where isRemoval:
      "it takes the token of \(change.place.level == .group ? "an Owner of the group" : "a Maintainer of the project"), with scope api"
    case .adminToken:
      change.place.level == .group
        ? "it takes the token of an Owner of the group, where access tokens of groups are allowed; or put a Maintainer's token of scope read_api "
          + "where `admin_token` says"
        : "it takes the token of a Maintainer of the project, where access tokens of projects are allowed; or put a Maintainer's token of scope "
          + "read_api where `admin_token` says"
    case .membership: "it takes the token of a Maintainer of the project, or of an Owner of the group, with scope api"
    case .protection:
      "it takes the token of a Maintainer with scope api, and GitLab Premium or Ultimate"
    case .hook, .secret: "it takes the token of a Maintainer of the project, or of an Owner of the group, with scope api"
    }
  }

  private func lifetimeRemedy(_ message: String) -> String? {
    TokenLifetime.remedy(
      forRefusal: message, of: TokenLifetime(from: change.askedOn, to: change.expiresOn), on: change.askedOn)
  }

  private func remedy(_ message: String) -> String {
    switch change.kind {
    case .account where message.contains("taken"):
      "somebody else has the name: choose another with `setup: {account: {username: NAME}}`"
    case .account where message.contains("permission"), .adminToken where message.contains("permission"): whoMay
    case _ where isToken && !isRemoval && lifetimeRemedy(message) != nil: lifetimeRemedy(message) ?? ""
    case .hook where message.contains("url"):
      "GitLab may not send to addresses of its own network until an administrator allows it (Admin > Settings > Network > Outbound requests), "
        + "and the address must be one that GitLab resolves"
    case .membership: "memberships may be locked, or come from LDAP or SAML: add the account where they are kept"
    default: "correct what it says, and \(again)"
    }
  }
}
