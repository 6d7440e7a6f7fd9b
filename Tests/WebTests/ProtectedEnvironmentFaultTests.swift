import Calendar
import ChangeControl
import GitLabSimulator
import HTTPTypes
import JSON
import Storage
import Testing

/// GitLab refuses, fails, drops, or does not answer, at each exchange: what the client and the audit log are told is what stands.
@Suite struct ProtectedEnvironmentFaultTests {
  static let actions: [(name: String, action: Fault.Action)] = [
    ("500", .internalError), ("502 with a page", .badGateway), ("503", .answer(status: 503, headers: ["Retry-After": "3"])),
    ("429", .tooManyRequests(retryAfter: 7)),
    ("401", .answer(status: 401, headers: ["Content-Type": "application/json"], body: #"{"message":"401 Unauthorized"}"#)),
    ("403", .answer(status: 403, headers: ["Content-Type": "application/json"], body: #"{"message":"403 Forbidden"}"#)),
    ("404", .answer(status: 404, headers: ["Content-Type": "application/json"], body: #"{"message":"404 Not found"}"#)),
    (
      "404 of a project", .answer(status: 404, headers: ["Content-Type": "application/json"], body: #"{"message":"404 Project Not Found"}"#)
    ),
    ("a sign-in page", .answer(status: 302, headers: ["Location": "https://gitlab.example.com/users/sign_in"])),
    ("200 with a page", .answer(status: 200, headers: ["Content-Type": "text/html"], body: "<html>Sign in</html>")),
    ("a token thrown back", .answer(status: 400, headers: [:], body: #"{"message":"PRIVATE-TOKEN: \#(Demo.token)"}"#)),
    ("a reset before", .resetBeforeEffect), ("a reset after", .resetAfterEffect), ("silence before", .hangBeforeEffect),
    ("silence after", .hangAfterEffect), ("a cut answer", .truncate), ("a garbled answer", .garble),
  ]

  struct Order: Sendable, CustomTestStringConvertible {
    var method: HTTPRequest.Method
    var path: String
    var body: String?
    var yes: Int
    var action: AuditAction
    /// Whether what was asked for stands.
    var stands: @Sendable (Neighbour) -> Bool
    var testDescription: String { "\(method)" }
  }

  static let orders = [
    Order(
      method: .post, path: ProtectedEnvironmentTests.project, body: ProtectedEnvironmentTests.body, yes: 201,
      action: .protectedEnvironmentProtected
    ) { $0.protection("review/feature-x") != nil },
    Order(
      method: .put, path: ProtectedEnvironmentTests.project + "/production",
      body: #"{"approval_rules":[{"id":38,"user_id":97,"required_approvals":3}]}"#, yes: 200, action: .protectedEnvironmentUpdated
    ) { $0.protection("production")?.approvalRules.first?.requiredApprovals == 3 },
    Order(
      method: .delete, path: ProtectedEnvironmentTests.project + "/staging", body: nil, yes: 204, action: .protectedEnvironmentUnprotected
    ) { $0.protection("staging") == nil },
  ]

  @Test(arguments: orders) func strike(_ order: Order) throws {
    for (name, action) in Self.actions {
      for exchange in 0..<6 {
        let house = try House()
        house.neighbour.world.faults.append(Fault(action, skip: exchange))
        let response = house.send(order.method, order.path, as: "adam", body: order.body)
        let place = "\(name) at exchange \(exchange): \(response.status.code) \(response.text)"
        let stands = order.stands(house.neighbour)
        let requested = try house.auditEntries(.protectedEnvironmentRequested).count
        let done = try house.auditEntries(order.action).count
        let refused = try house.auditEntries(.protectedEnvironmentRefused).count
        let unsettled = try house.auditEntries(.protectedEnvironmentUnsettled).count
        #expect(house.neighbour.writes.count <= 1, "nothing is sent twice: \(place)")
        #expect(requested == done + refused + unsettled, "\(place)")
        #expect(requested == 1 || house.neighbour.writes.isEmpty, "\(place)")
        #expect((response.status.code == order.yes) == (done == 1), "\(place)")
        if done == 1 { #expect(stands, "\(place)") }
        if refused == 1 || requested == 0 { #expect(!stands, "\(place)") }
        if response.status.code >= 300 { #expect(!response.gitLabMessage.isEmpty || response.json["error"] != nil, "\(place)") }
        #expect(response.status.code != 401, "a client would take its own token for wrong: \(place)")
        #expect(!response.text.contains(Demo.token), "\(place)")
        let log = try house.connection.reading(at: house.now) { try $0.auditEntries(after: 0, limit: 100) }
        #expect(!log.contains { $0.detail.contains(Demo.token) }, "\(place)")
      }
    }
  }

  @Test func anAnswerThatIsLostIsSettledByReadingBack() throws {
    for order in Self.orders {
      for action in [Fault.Action.resetAfterEffect, .hangAfterEffect, .truncate, .garble, .badGateway, .resetBeforeEffect] {
        let house = try House()
        house.neighbour.world.faults.append(Fault(action, on: order.method.rawValue))
        let response = house.send(order.method, order.path, as: "adam", body: order.body)
        let stands = order.stands(house.neighbour)
        #expect((response.status.code == order.yes) == stands, "\(order.method) \(action): \(response.text)")
        // Where it was not done by then, GitLab may be at it still: that is told, and not that it was refused.
        #expect(try house.auditEntries(.protectedEnvironmentUnsettled).count == (stands ? 0 : 1))
        #expect(try house.auditEntries(.protectedEnvironmentRefused).isEmpty)
        if !stands { #expect(response.gitLabMessage.contains("GitLab may be at it still"), "\(response.text)") }
      }
    }
  }

  @Test func whatNobodyKnowsIsToldAsThat() throws {
    let house = try House()
    house.neighbour.world.faults += [
      Fault(.resetAfterEffect, on: "POST"), Fault(.badGateway, on: "GET", "projects/30/protected_environments/*", skip: 1),
    ]
    let response = house.send(.post, ProtectedEnvironmentTests.project, as: "adam", body: ProtectedEnvironmentTests.body)
    #expect(response.status == .gatewayTimeout && response.gitLabMessage.contains("whether it was done is not known"), "\(response.text)")
    #expect(try house.auditEntries(.protectedEnvironmentUnsettled).count == 1)
  }

  /// GitLab does not tell who is a member; the request goes on, and what it left out is seen afterwards.
  @Test func whatGitLabDropsAllTheSameIsNamed() throws {
    let house = try House()
    house.neighbour.world.faults.append(Fault(.internalError, on: "GET", "projects/30/members/**"))
    let response = house.send(
      .post, ProtectedEnvironmentTests.project, as: "adam",
      body: #"{"name":"x","deploy_access_levels":[{"access_level":40}],"approval_rules":[{"user_id":5555}]}"#)
    #expect(response.status == .created)
    #expect(
      response["Warning"] == #"299 gatehouse "approval_rules[0] (user_id 5555) is not there: GitLab left it out without a word""#)
    let entry = try JSONValue.parse(try #require(try house.auditEntries(.protectedEnvironmentProtected).first).detail)
    #expect(entry["dropped"]?.array?.count == 1)
    #expect(entry["after"]?["approval_rules"] == [])
  }

  /// GitLab's framework writes its default over a count that is left out.
  @Test func aCountThatGitLabSetsBackIsNamed() throws {
    let house = try House()
    let path = ProtectedEnvironmentTests.project + "/production"
    let raised = house.send(
      .put, path, as: "adam", body: #"{"approval_rules":[{"id":38,"user_id":97,"required_approvals":3}]}"#)
    #expect(raised.status == .ok && raised["Warning"] == nil, "\(raised.text)")
    let lowered = house.send(.put, path, as: "adam", body: #"{"approval_rules":[{"id":38,"user_id":97}]}"#)
    #expect(lowered.status == .ok)
    #expect(lowered["Warning"]?.contains("approval rule 38 now needs 1 approval, it was 3") == true, "\(lowered)")
  }

  @Test func refusalsOfGitLabPassOnWithStatusAndText() throws {
    let house = try House()
    let body = #"{"name":"production","deploy_access_levels":[{"access_level":40}]}"#
    let conflict = house.send(.post, ProtectedEnvironmentTests.project, as: "adam", body: body)
    #expect(conflict.status == .conflict && conflict.json == ["message": "Environment 'production' is already protected"])
    #expect(try house.auditEntries(.protectedEnvironmentRefused).count == 1)
    for (method, body) in [(HTTPRequest.Method.put, #"{"approval_rules":[{"user_id":97}]}"#), (.delete, nil)] {
      let missing = house.send(method, ProtectedEnvironmentTests.project + "/nothing", as: "adam", body: body)
      #expect(missing.status == .notFound && missing.json == ["message": "404 Not found"])
    }
    #expect(try house.auditEntries(.protectedEnvironmentRequested).count == 1)
    house.neighbour.world.memberships.removeAll { $0.userID == Demo.accountID }
    house.neighbour.world.memberships.append(World.Membership(.project(30), userID: Demo.accountID, level: .developer))
    let forbidden = house.send(.get, ProtectedEnvironmentTests.project, as: "adam")
    #expect(forbidden.status == .forbidden && forbidden.gitLabMessage.contains("admin_token"), "\(forbidden.text)")
    house.neighbour.world.instance.isLicensed = false
    let unlicensed = house.send(.get, ProtectedEnvironmentTests.project, as: "adam")
    #expect(unlicensed.status == .notFound && unlicensed.gitLabMessage.contains("Premium or Ultimate"), "\(unlicensed.text)")
  }

  /// `setup apply` makes one of scope `read_api`, whose account no level helps.
  @Test func aTokenThatMayOnlyLookIsNamedAsSuch() throws {
    let house = try House()
    for token in house.neighbour.world.tokens.all { house.neighbour.world.tokens[token.id].scopes = ["read_api"] }
    #expect(house.send(.get, ProtectedEnvironmentTests.project, as: "adam").status == .ok)
    let response = house.send(.post, ProtectedEnvironmentTests.project, as: "adam", body: ProtectedEnvironmentTests.body)
    #expect(response.status == .forbidden)
    for words in ["insufficient_scope", "may only look", "`gatehouse setup apply` makes", "scope api of a Maintainer", "SIGHUP"] {
      #expect(response.gitLabMessage.contains(words), "'\(words)' in \(response.text)")
    }
    #expect(!response.gitLabMessage.contains("make the account"), "\(response.text)")
  }

  @Test func aPauseThatGitLabAsksForIsKept() throws {
    let house = try House()
    house.neighbour.world.faults.append(Fault(.tooManyRequests(retryAfter: 60)))
    let limited = house.send(.get, ProtectedEnvironmentTests.project, as: "audrey")
    #expect(limited.status == .tooManyRequests && limited["Retry-After"] == "60", "\(limited.text)")
    let asked = house.neighbour.sent.count
    house.now = house.now + .seconds(20)
    let waiting = house.send(.get, ProtectedEnvironmentTests.project, as: "audrey")
    #expect(waiting.status == .tooManyRequests && waiting["Retry-After"] == "40", "\(waiting.text)")
    #expect(house.neighbour.sent.count == asked)
    house.now = house.now + .seconds(41)
    #expect(house.send(.get, ProtectedEnvironmentTests.project, as: "audrey").status == .ok)
  }

  /// Between what is read and what is sent time passes.
  @Test func aTokenThatIsRevokedMeanwhileSendsNothing() throws {
    let house = try House()
    house.whileGitLabIsAsked = { house in
      try house.write { transaction in
        for token in try transaction.tokens() where token.user == "adam" { _ = try transaction.revokeToken(id: token.id) }
      }
    }
    let response = house.send(.post, ProtectedEnvironmentTests.project, as: "adam", body: ProtectedEnvironmentTests.body)
    #expect(response.status == .unauthorized && response.gitLabMessage.contains("was revoked"), "\(response.text)")
    #expect(house.neighbour.writes.isEmpty)
    #expect(try house.auditEntries(.protectedEnvironmentRequested).isEmpty)
  }
}
