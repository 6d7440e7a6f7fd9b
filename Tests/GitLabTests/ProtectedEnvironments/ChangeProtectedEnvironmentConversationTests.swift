import ChangeControl
import HTTPMessages
import HTTPTypes
import JSON
import Testing

@testable import GitLab

/// Sent once, read back, and what is there decides.
@Suite struct ChangeProtectedEnvironmentConversationTests {
  static func place(_ level: GovernedPlace.Level = .project) throws -> GovernedPlace {
    let value: JSONValue =
      level == .project
      ? ["id": 30, "path_with_namespace": "acme/payments/checkout", "shared_with_groups": []] : ["id": 3, "full_path": "acme/payments"]
    return try #require(GovernedPlace(value, level: level))
  }

  static func shown(rules: [JSONValue] = [rule(38)], levels: [JSONValue] = [level(12)]) -> JSONValue {
    ["name": "production", "deploy_access_levels": .array(levels), "required_approval_count": 0, "approval_rules": .array(rules)]
  }

  static func rule(_ id: Int64, user: Int64 = 97, required: Int64 = 1, inheritance: Int64 = 0) -> JSONValue {
    [
      "id": .integer(id), "user_id": .integer(user), "group_id": nil, "access_level": nil, "access_level_description": "Change Gateway",
      "group_inheritance_type": .integer(inheritance), "required_approvals": .integer(required),
    ]
  }

  static func level(_ id: Int64, _ level: Int64 = 40) -> JSONValue {
    ["id": .integer(id), "user_id": nil, "group_id": nil, "access_level": .integer(level), "group_inheritance_type": 0]
  }

  static let order = try? ProtectedEnvironmentOrder.protecting(
    ["name": "production", "deploy_access_levels": [["access_level": 40]], "approval_rules": [["user_id": 97]]], in: .project)

  private func rehearse(_ answers: [Answer]) throws -> Rehearsal<ChangeProtectedEnvironmentConversation> {
    Rehearsal(
      ChangeProtectedEnvironmentConversation(
        api: try .sample(), place: try Self.place(), order: try #require(Self.order), before: nil), answers)
  }

  @Test func sendsWhatWasAskedForAndReadsItBack() throws {
    let rehearsal = try rehearse([.json(201, Self.shown()), .json(200, Self.shown())])
    #expect(
      rehearsal.sent == ["POST /projects/30/protected_environments", "GET /projects/30/protected_environments/production"])
    #expect(
      try JSONValue.parse(rehearsal.requests[0].body)
        == ["name": "production", "deploy_access_levels": [["access_level": 40]], "approval_rules": [["user_id": 97]]])
    #expect(rehearsal.outcome == .done(after: ProtectedEnvironment(Self.shown()), deviations: []))
  }

  /// What nobody has heard the end of: the connection broke, or a proxy had enough.
  private static func mayCome(after answer: Answer) -> Bool {
    guard case .success(let response) = answer else { return true }
    return [502, 504].contains(response.status.code)
  }

  /// Whatever the request is answered: if it may have been done, what is read back tells; if not, nothing more is asked.
  @Test(arguments: Fault.all, [true, false]) func whateverTheRequestIsAnswered(_ fault: Fault, _ stands: Bool) throws {
    let rehearsal = try rehearse([fault.answer, stands ? .json(200, Self.shown()) : .message(404, "404 Not found")])
    if !fault.isAmbiguous {
      #expect(rehearsal.sent.count == 1)
      guard case .refused(let refusal) = rehearsal.outcome else {
        Issue.record("\(String(describing: rehearsal.outcome))")
        return
      }
      #expect(refusal.status >= 400 && refusal.status != 401 && !refusal.reason.isEmpty)
      return
    }
    #expect(rehearsal.sent.count == 2)
    switch rehearsal.outcome {
    case .done(let after, let deviations): #expect(stands && after != nil && deviations == [])
    case .refused(let refusal):
      #expect(!stands && !Self.mayCome(after: fault.answer) && refusal.reason.contains("read back: nothing was done"), "\(refusal)")
    case .unsettled(let refusal):
      #expect(!stands && Self.mayCome(after: fault.answer) && refusal.reason.contains("may be at it still"), "\(refusal)")
    default: Issue.record("\(String(describing: rehearsal.outcome))")
    }
  }

  /// A 404 says that it is not there; every other fault leaves it open.
  @Test(arguments: Fault.all.filter { $0.name != "404" }) func whatCannotBeReadBackIsNotTakenForGranted(_ fault: Fault) throws {
    guard case .done(let after, let deviations) = try rehearse([.json(201, Self.shown()), fault.answer]).outcome else {
      Issue.record("GitLab said yes")
      return
    }
    #expect(after == ProtectedEnvironment(Self.shown()))
    #expect(deviations.count == 1 && deviations[0].contains("could not be read back"))
    guard
      case .unsettled(let refusal) = try rehearse([.failure(TransportFailure(effect: .unknown, reason: "reset")), fault.answer]).outcome
    else {
      Issue.record("nobody knows")
      return
    }
    #expect(refusal.status == 504 && refusal.reason.contains("look at it with GET"))
  }

  @Test func aYesThatShowsNothingIsNoYes() throws {
    guard case .unsettled(let refusal) = try rehearse([.json(201, Self.shown()), .message(404, "404 Not found")]).outcome else {
      Issue.record("GitLab contradicts itself")
      return
    }
    #expect(refusal.status == 502)
  }

  @Test(arguments: [
    // What stood, what is asked for, what stands, and what of it must be named.
    ([rule(38)], #"[{"user_id":12}]"#, [rule(38)], ["approval_rules[0] (user_id 12) is not there"]),
    ([rule(38)], #"[{"user_id":12}]"#, [rule(38), rule(39, user: 12)], []),
    (
      [rule(38)], #"[{"user_id":12,"required_approvals":2}]"#, [rule(38), rule(39, user: 12)],
      ["approval_rules[0] (user_id 12) is not there"]
    ),
    ([rule(38)], #"[{"user_id":12},{"user_id":12}]"#, [rule(38), rule(39, user: 12)], ["approval_rules[1] (user_id 12) is not there"]),
    ([rule(38)], #"[{"id":38,"_destroy":true}]"#, [], []),
    ([rule(38)], #"[{"id":38,"_destroy":true}]"#, [rule(38)], ["approval rule 38 is still there"]),
    ([rule(38)], #"[{"id":38,"user_id":12}]"#, [rule(38)], ["approval rule 38 has user_id 97 and not user_id 12"]),
    ([rule(38)], #"[{"id":38,"user_id":12}]"#, [], ["approval rule 38 is gone, though it was to be changed"]),
    ([rule(38, required: 3)], #"[{"id":38,"user_id":12}]"#, [rule(38, user: 12)], ["approval rule 38 now needs 1 approval, it was 3"]),
    ([rule(38)], #"[{"id":38,"required_approvals":2}]"#, [rule(38)], ["approval rule 38 needs 1 approvals, not 2"]),
    ([rule(38)], #"[{"id":38,"group_inheritance_type":1}]"#, [rule(38)], ["approval rule 38 has group_inheritance_type 0, not 1"]),
    ([rule(38), rule(40)], #"[{"id":38,"_destroy":true}]"#, [], ["approval rule 40 (user_id 97) is gone, which nobody asked for here"]),
    ([rule(38), rule(40)], #"[{"id":38,"_destroy":true}]"#, [rule(40, required: 2)], ["approval rule 40 (user_id 97) has changed"]),
  ]) func whatStandsOtherwiseIsNamed(_ before: [JSONValue], _ asked: String, _ after: [JSONValue], _ named: [String]) throws {
    let order = try ProtectedEnvironmentOrder.updating("production", ["approval_rules": JSONValue.parse(asked)])
    let deviations = order.deviations(
      before: ProtectedEnvironment(Self.shown(rules: before)), after: try #require(ProtectedEnvironment(Self.shown(rules: after))))
    #expect(deviations.count == named.count, "\(deviations)")
    for (deviation, words) in zip(deviations, named) { #expect(deviation.contains(words)) }
  }
}
