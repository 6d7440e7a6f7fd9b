import JSON
import Testing

@testable import GitLab

/// Whether a user can do anything in GitLab, by what it shows of them and by how it turns them away.
@Suite struct UserStandingTests {
  static let answers: [(Result<JSONValue, SetupFault>, UserStanding?)] = [
    (.success(["id": 97, "state": "active"]), .active),
    (.success(["id": 97]), .active),
    (.success(["id": 97, "state": "ldap_blocked"]), .barred("ldap_blocked")),
    (.failure(SetupFault(.missing, "404 User Not Found")), .gone),
    (.failure(SetupFault(.missing, "404")), nil),
    (.failure(SetupFault(.forbidden, "403 Forbidden")), nil),
    (.failure(SetupFault(.unavailable(mayHaveTakenEffect: false), "429: Retry later")), nil),
    (.success(["state": "blocked"]), nil),
  ]

  @Test("only GitLab's own word that nobody is there says so") func standings() {
    for (answer, standing) in Self.answers { #expect(UserStanding(answer) == standing, "\(answer)") }
  }

  @Test(
    "a refusal tells the state of whom it turns away, and nothing where it speaks of something else",
    arguments: [
      ("403 Forbidden - Your account has been blocked.", "blocked"),
      ("403 Forbidden - Your account has been deactivated by your administrator. Please log back in from a web browser", "deactivated"),
      ("Your account is pending approval from your GitLab administrator and hence blocked.", "blocked_pending_approval"),
      ("403 Forbidden", nil), ("403 Your network is blocked", nil), ("no hook for blocked deployments; see the service account", nil),
    ])
  func refusals(_ message: String, _ state: String?) { #expect(UserStanding.state(inRefusal: message) == state) }

  @Test(
    "who lets them again is said with the way there",
    arguments: [("blocked", "unblock"), ("deactivated", "activate"), ("banned", "unban"), ("blocked_pending_approval", "approve")])
  func remedies(_ state: String, _ endpoint: String) {
    #expect(UserStanding.remedy(for: state, id: 97).contains("POST /users/97/\(endpoint);"))
    #expect(UserStanding.remedy(for: "ldap_blocked", id: 97).contains("LDAP"))
  }
}
