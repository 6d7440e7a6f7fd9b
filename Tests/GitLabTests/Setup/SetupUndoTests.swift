import ChangeControl
import HTTPMessages
import JSON
import Testing

@testable import GitLab

/// What is decided about taking one thing back, by the version that was seen and by what stands there now.
@Suite struct SetupUndoTests {
  private static let account = SetupTrace.made(SetupActTests.changes[0], account: nil, id: 97)
  private static let token: SetupTrace = {
    var change = SetupChange(.token, in: .group(id: 2, path: "acme"), name: "gatehouse 1a2b3c4d")
    change.expiresOn = "2027-11-21"
    return .made(change, account: 97, id: 11)
  }()

  private func undo(_ trace: SetupTrace, version: (Int, Int)?, _ answers: [Answer]) throws -> (SetupUndoing?, sent: [String]) {
    var view = SetupUndoView()
    view.version = version.map { GitLabVersion(major: $0.0, minor: $0.1) }
    view.username = "gatehouse-acme"
    let rehearsal = Rehearsal(SetupUndoConversation(api: try .sample(), trace: trace, view: view), answers)
    return (rehearsal.outcome, rehearsal.sent)
  }

  private static let user = Answer.json(200, ["id": 97, "username": "gatehouse-acme"])
  private static let missing = Answer.message(404, "404 User Not Found")
  private static let forbidden = Answer.message(403, "403 Forbidden")

  @Test("an account's 404 is an old GitLab's only where it is one", arguments: [(17, 0), (17, 1), (19, 3), (0, 0)])
  func accountOfAVersion(_ version: (Int, Int)) throws {
    let isOld = version == (17, 0)
    let (undoing, sent) = try undo(
      Self.account, version: version.0 == 0 ? nil : version, [Self.user, Self.missing, isOld ? Self.forbidden : Self.user])
    #expect(sent[1] == "DELETE /groups/2/service_accounts/97")
    if isOld {
      #expect(sent[2] == "DELETE /users/97")
      guard case .kept(let sentence)? = undoing else {
        Issue.record("\(String(describing: undoing))")
        return
      }
      #expect(sentence.contains("before 17.1"))
    } else {
      #expect(sent[2] == "GET /users/97")
      guard case .failed(let sentence)? = undoing else {
        Issue.record("\(String(describing: undoing))")
        return
      }
      #expect(sentence.contains("though it shows the user") && !sentence.contains("17.1"))
    }
  }

  @Test("an account that goes between two requests is gone") func goesMeanwhile() throws {
    let (undoing, _) = try undo(Self.account, version: (19, 3), [Self.user, Self.missing, Self.missing])
    #expect(undoing == .gone)
  }

  @Test("an account that is not found is sought by its name") func soughtByName() throws {
    let (gone, sent) = try undo(Self.account, version: (19, 3), [Self.missing, .json(200, [])])
    #expect(gone == .gone && sent.last == "GET /users?username=gatehouse-acme")
    for answer in [Answer.json(200, [["id": 97, "username": "gatehouse-acme"]]), Self.forbidden, Self.missing] {
      guard case .failed(let sentence)? = try undo(Self.account, version: (19, 3), [Self.missing, answer]).0 else {
        Issue.record("it was taken for gone")
        continue
      }
      #expect(sentence.contains("does not show"))
    }
  }

  @Test("a token that GitLab lists to nobody is an old GitLab's only where it is one") func tokenOfAVersion() throws {
    guard case .left? = try undo(Self.token, version: (17, 10), [Self.missing]).0 else {
      Issue.record("17.10 lists no tokens")
      return
    }
    for version in [(17, 11), (19, 3)] {
      guard case .failed? = try undo(Self.token, version: version, [Self.missing, Self.user]).0 else {
        Issue.record("its account stands, and so may the token")
        continue
      }
      let (undoing, sent) = try undo(Self.token, version: version, [Self.missing, Self.missing, .json(200, [])])
      #expect(undoing == .gone && sent.count == 3)
    }
  }

  @Test("a GitLab that is away is not believed, nor a person who says that a thing is gone") func away() throws {
    for answers in [[Answer.message(502, "Bad gateway")], [Self.missing, Answer.message(502, "Bad gateway")]] {
      guard case .stopped(let sentence)? = try undo(Self.account, version: (19, 3), answers).0 else {
        Issue.record("it was settled")
        continue
      }
      #expect(sentence.contains("undo again when it answers"))
    }
  }

  /// How GitLab answers about the list, and to the token itself.
  @Test("an admin token whose place lists none to this person is asked itself, and believed in GitLab's own words") func asked() throws {
    let place = SetupPlace.project(id: 30, path: "acme/payments/checkout")
    let trace = SetupTrace.made(SetupChange(.adminToken, in: place, name: "gatehouse 1a2b3c4d"), account: nil, id: 50)
    let dead = Answer.json(401, ["error": "invalid_token", "error_description": "Token was revoked."])
    /// - Parameter end: how GitLab answers when the token is to end itself.
    func undo(_ list: Answer, _ own: Answer, end: Answer = .message(403, "403 Forbidden")) throws -> SetupUndoing? {
      let conversation = SetupUndoConversation(api: try .sample(), ownAPI: try .sample(), trace: trace)
      var own = own
      return Rehearsal(conversation) { request, _ in
        guard request.head.path?.hasSuffix("/self") == true else {
          return request.head.path?.hasPrefix("/api/v4/projects/30/access") == true ? list : .json(200, [:])
        }
        guard request.head.method == .delete else { return own }
        if case .success(let response) = end, response.status.code == 204 { own = dead }
        return end
      }.outcome
    }
    let alive = Answer.json(200, ["id": 50, "active": true, "scopes": ["read_api"]])
    for list in [Answer.message(401, "401 Unauthorized"), .message(403, "403 Forbidden"), .message(404, "404 Project Not Found")] {
      #expect(try undo(list, dead) == .gone)
      // It stands, and is not this person's to end: it ends itself, as far as GitLab lets it.
      #expect(try undo(list, alive, end: .text(204, "")) == .removed)
      if case .refused? = try undo(list, alive) {} else { Issue.record("\(list)") }
      if case .failed? = try undo(list, .message(403, "403 Forbidden")) {} else { Issue.record("\(list)") }
      // A proxy's: it is asked again.
      if case .stopped? = try undo(list, .text(401, "<html>Sign in</html>")) {} else { Issue.record("\(list)") }
    }
  }

  @Test(
    "a membership stays while it cannot be read whether others' environments depend on it",
    arguments: [Answer.message(502, "Bad gateway"), .message(302, "sign in"), .json(200, ["no": "list"])])
  func unweighed(_ answer: Answer) throws {
    var change = SetupChange(.membership, in: .project(id: 30, path: "acme/payments/checkout"), name: "gatehouse-acme")
    change.level = 30
    let member = Answer.json(200, ["id": 97, "access_level": 30])
    let (undoing, sent) = try undo(.made(change, account: 97, id: 97), version: (19, 3), [member, answer])
    guard case .stopped(let sentence)? = undoing else {
      Issue.record("\(String(describing: undoing)) after \(sent)")
      return
    }
    #expect(sentence.contains("is not known: undo again") && sent.count == 2)
  }

  /// Of a protection that others had made: apply put the account's two rows into it.
  private static func adopted(_ rule: JSONValue) -> (SetupTrace, JSONValue) {
    var change = SetupChange(.protection, in: .project(id: 30, path: "acme/payments/checkout"), name: "production")
    change.needsApprover = true
    change.deployers = [.account]
    var trace = SetupTrace(change, account: 97)
    (trace.existed, trace.deployRowsBefore, trace.deployRows, trace.approvalRows) = (true, [1], [2], [3])
    let levels: JSONValue = [["id": 1, "access_level": 40], ["id": 2, "user_id": 97]]
    return (trace, ["name": "production", "deploy_access_levels": levels, "approval_rules": [rule]])
  }

  @Test("what others have made of the account's rule in their own protection is told") func adoptedRule() throws {
    let (trace, theirs) = Self.adopted(["id": 3, "user_id": 21, "access_level_description": "Alice", "required_approvals": 1])
    let gone: JSONValue = [
      "name": "production", "deploy_access_levels": [["id": 1, "access_level": 40]], "approval_rules": [["id": 3, "user_id": 21]],
    ]
    let (left, sent) = try undo(trace, version: (19, 3), [.json(200, theirs), .json(200, gone), .json(200, gone)])
    #expect(sent[1] == "PUT /projects/30/protected_environments/production")
    guard case .left(let sentence)? = left else {
      Issue.record("\(String(describing: left))")
      return
    }
    #expect(sentence.contains("somebody has changed what apply had put into it"))
    let (counted, raised) = Self.adopted(["id": 3, "user_id": 97, "required_approvals": 2])
    let without: JSONValue = ["name": "production", "deploy_access_levels": [["id": 1, "access_level": 40]], "approval_rules": []]
    guard case .taken(let told)? = try undo(counted, version: (19, 3), [.json(200, raised), .json(200, without), .json(200, without)]).0
    else {
      Issue.record("the account's rule was left, and nobody can meet it")
      return
    }
    #expect(told.contains("asked for 2 approvals"))
  }

  /// What two runs put into one protection, which the first of them made: for account 66, and for 97 once that was gone.
  private static func ofTwoAccounts(_ existed: Bool) -> [SetupTrace] {
    let rows: [(account: Int64, deploy: Int64, approval: Int64)] = [(97, 2, 4), (66, 1, 3)]
    return rows.map { account, deploy, approval in
      var change = SetupChange(.protection, in: .project(id: 30, path: "acme/payments/checkout"), name: "production")
      change.needsApprover = true
      change.deployers = [.account]
      var trace = SetupTrace(change, account: account)
      (trace.deployRows, trace.approvalRows, trace.existed) = ([deploy], [approval], existed || account == 97)
      return trace
    }
  }

  /// Whether others have put somebody into it, whether it was there before, and what is asked of GitLab.
  @Test(
    "a protection is judged by all that any run put into it",
    arguments: [(false, false, "DELETE"), (true, false, "PUT"), (true, true, "PUT")])
  func severalRuns(_ isShared: Bool, _ existed: Bool, _ method: String) throws {
    let others: [JSONValue] = isShared ? [["id": 5, "user_id": 21]] : []
    let found: JSONValue = [
      "name": "production", "deploy_access_levels": .array([["id": 1, "user_id": 66], ["id": 2, "user_id": 97]] + others),
      "approval_rules": [["id": 3, "user_id": 66, "required_approvals": 1], ["id": 4, "user_id": 97, "required_approvals": 1]],
    ]
    let rest: JSONValue = ["name": "production", "deploy_access_levels": .array(others), "approval_rules": []]
    let records = Self.ofTwoAccounts(existed)
    let conversation = SetupUndoConversation(api: try .sample(), trace: records[0], records: records)
    let rehearsal = Rehearsal(conversation) { request, exchange in
      exchange == 0 ? .json(200, found) : isShared ? .json(200, rest) : .message(404, "404 Not found")
    }
    try #require(rehearsal.sent.count > 1, "\(String(describing: rehearsal.outcome))")
    #expect(rehearsal.sent[1] == "\(method) /projects/30/protected_environments/production")
    guard isShared else { return #expect(rehearsal.outcome == .removed) }
    let body = try JSONValue.parse(rehearsal.requests[1].body)
    for list in ["deploy_access_levels": [1, 2], "approval_rules": [3, 4]] as [String: [Int64]] {
      #expect((body[list.key]?.array ?? []).compactMap { $0["id"]?.integer } == list.value)
    }
    guard case .left(let sentence)? = rehearsal.outcome, !existed else { return #expect(existed && rehearsal.outcome == .removed) }
    #expect(sentence.contains("the account is taken out"))
  }

  @Test(
    "a webhook is the gate's by one rule",
    arguments: [
      ("https://gate.example.com/webhooks/gitlab", true), ("https://gate.example.com/webhooks/gitlab/main", true),
      ("https://GATE.example.com:443/webhooks/gitlab/main/", true), ("https://gate.example.com/webhooks/gitlab/other", false),
      ("http://gate.example.com/webhooks/gitlab", false), ("https://gate.example.com/x/webhooks/gitlab", false),
      ("https://gate.example.com/webhooks/gitlab/main/more", false), ("https://gate.example.com/webhooks", false), ("gate", false),
    ])
  func addresses(_ url: String, _ isOurs: Bool) throws {
    for own in ["https://gate.example.com/webhooks/gitlab/main", "https://gate.example.com/webhooks/gitlab"] {
      #expect(try #require(GateWebhookAddress(own)).leadsToSameGate(url, from: "main") == isOurs)
    }
    #expect(GateWebhookAddress(publicURL: "https://gate.example.com/")?.leadsToSameGate(url, from: "main") == isOurs)
  }
}

extension SetupTrace {
  fileprivate static func made(_ change: SetupChange, account: Int64?, id: Int64) -> SetupTrace {
    var trace = SetupTrace(change, account: account)
    trace.gitlabID = id
    return trace
  }
}
