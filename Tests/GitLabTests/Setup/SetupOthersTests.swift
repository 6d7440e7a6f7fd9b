import ChangeControl
import HTTPMessages
import JSON
import Testing

@testable import GitLab

/// Others bring about in GitLab what setup is about to, or has begun: what is theirs is not taken for setup's.
@Suite struct SetupOthersTests {
  private static let account = SetupActTests.changes[0]

  private func act(_ change: SetupChange, _ answer: (Request, Int) -> Answer) throws -> Rehearsal<SetupActConversation> {
    let account = change.kind == .account ? nil : SetupSamples.account
    let secrets = HookSecrets(token: "hook-secret-1234", signingToken: "whsec_sample")
    return Rehearsal(SetupActConversation(api: try .sample(), change: change, account: account, secrets: secrets), answer: answer)
  }

  /// What an earlier run has begun.
  private func look(for change: SetupChange, in gitlab: SmallGitLab) throws -> SetupOutcome? {
    let trace = SetupTrace(change, account: change.kind == .account ? nil : SetupSamples.account)
    return Rehearsal(SetupActConversation(api: try .sample(), lookingFor: trace)) { request, _ in gitlab.answer(request) }.outcome
  }

  // MARK: Accounts

  @Test("whoever registers the name a moment before is not the account", arguments: [true, false])
  func registered(_ listsAccounts: Bool) throws {
    let gitlab = SmallGitLab()
    gitlab.listsAccounts = listsAccounts
    gitlab.strangers = [["id": 666, "username": "gatehouse-acme", "name": "Gatehouse"]]
    let run = try act(Self.account) { request, _ in gitlab.answer(request) }
    guard case .failed(let sentence)? = run.outcome else {
      Issue.record("\(String(describing: run.outcome))")
      return
    }
    #expect(sentence.contains("somebody else has the name") && run.conversation.refused != nil)
    let found = try look(for: Self.account, in: gitlab)
    switch found {
    case .absent? where listsAccounts, .unknown? where !listsAccounts: break
    default: Issue.record("\(String(describing: found))")
    }
  }

  @Test("where service accounts are not listed, the answer to the making tells which it is") func unlisted() throws {
    let gitlab = SmallGitLab()
    gitlab.listsAccounts = false
    guard case .absent? = try look(for: Self.account, in: gitlab) else {
      Issue.record("found before it was made")
      return
    }
    guard case .done(let trace, _)? = try act(Self.account, { request, _ in gitlab.answer(request) }).outcome else {
      Issue.record("it was not made")
      return
    }
    #expect(trace.gitlabID == gitlab.users[0]["id"]?.integer)
  }

  // MARK: Protections, memberships, webhooks

  private static let membership = SetupActTests.changes[1]
  private static let protection = SetupActTests.changes[2]
  private static let hook = SetupActTests.changes[3]
  private static let ourRow: JSONValue = ["id": 3, "user_id": .integer(SetupSamples.account), "required_approvals": 1]

  private static func byHand(_ levels: JSONValue..., rules: [JSONValue] = []) -> JSONObject {
    ["name": "prod/eu", "deploy_access_levels": .array(levels), "approval_rules": .array(rules)]
  }

  /// Between our look and what we ask for.
  private func act(_ change: SetupChange, in gitlab: SmallGitLab, meanwhile: () -> Void) throws -> Rehearsal<SetupActConversation> {
    try act(change) { request, exchange in
      if exchange == 1 { meanwhile() }
      return gitlab.answer(request)
    }
  }

  @Test("GitLab's no to what is there by now settles that nothing was made, whatever is there") func conflict() throws {
    let cases: [(SetupChange, (SmallGitLab) -> Void)] = [
      (Self.protection, { $0.protections["prod/eu"] = Self.byHand(["id": 1, "access_level": 40]) }),
      (Self.membership, { $0.members[SetupSamples.account] = 20 }),
    ]
    for (change, meanwhile) in cases {
      let gitlab = SmallGitLab()
      let run = try act(change, in: gitlab) { meanwhile(gitlab) }
      guard case .failed(let sentence)? = run.outcome else {
        Issue.record("\(String(describing: run.outcome))")
        continue
      }
      #expect(sentence.contains("somebody else has just made it; apply again") && run.conversation.refused?.kind == .conflict)
    }
  }

  @Test("what others have made as it was to be stands, and is theirs") func conflictOverTheSame() throws {
    let cases: [(SetupChange, (SmallGitLab) -> Void)] = [
      (
        Self.protection,
        { $0.protections["prod/eu"] = Self.byHand(["id": 1, "access_level": 40], Self.ourRow, rules: [Self.ourRow]) }
      ), (Self.membership, { $0.members[SetupSamples.account] = 40 }),
    ]
    for (change, meanwhile) in cases {
      let gitlab = SmallGitLab()
      let run = try act(change, in: gitlab) { meanwhile(gitlab) }
      guard case .stands? = run.outcome else {
        Issue.record("\(String(describing: run.outcome))")
        continue
      }
      #expect(run.conversation.refused?.kind == .conflict)
    }
  }

  @Test("a webhook that GitLab refused has no new secrets, and one like it is others'", arguments: [true, false])
  func refusedHook(_ isThere: Bool) throws {
    let gitlab = SmallGitLab()
    _ = try act(Self.hook) { request, _ in gitlab.answer(request) }
    let theirs = gitlab.hooks
    if !isThere { gitlab.hooks = [] }
    let run = try act(Self.hook) { request, exchange in
      guard exchange == 1 else { return gitlab.answer(request) }
      gitlab.hooks = theirs
      return .message(422, "Invalid url given")
    }
    guard case .failed(let sentence)? = run.outcome else {
      Issue.record("\(String(describing: run.outcome))")
      return
    }
    #expect(sentence.contains("Invalid url given") && run.conversation.refused != nil)
  }

  @Test("of two webhooks of one address the one that GitLab has answered with is ours") func twoHooks() throws {
    let gitlab = SmallGitLab()
    let run = try act(Self.hook, in: gitlab) {
      gitlab.hooks = [Self.theirHook(["deployment_events"])]
    }
    guard case .done(let trace, _)? = run.outcome else {
      Issue.record("\(String(describing: run.outcome))")
      return
    }
    #expect(trace.gitlabID == gitlab.hooks[1]["id"]?.integer)
  }

  private static func theirHook(_ switchedOn: [String]) -> JSONObject {
    var hook: JSONObject = ["id": 9, "url": .string(SetupSamples.hookURL), "token_present": false, "signing_token_present": false]
    for name in switchedOn { hook[name] = true }
    return hook
  }

  /// What stands where a run has begun to make it, and was cut off.
  static let theirs: [(String, SetupChange, @Sendable (SmallGitLab) -> Void)] = [
    ("protected by hand", protection, { $0.protections["prod/eu"] = byHand(["id": 1, "access_level": 40]) }),
    (
      "protected for others", protection,
      { $0.protections["prod/eu"] = byHand(["id": 1, "group_id": 5], rules: [["id": 2, "group_id": 5]]) }
    ),
    ("a member of another level", membership, { $0.members[SetupSamples.account] = 40 }),
    (
      "a webhook of pushes", hook,
      { $0.hooks = [theirHook(["deployment_events", "push_events", "token_present"])] }
    ), ("a webhook of jobs", hook, { $0.hooks = [theirHook(["job_events", "token_present"])] }),
    ("a webhook without a secret", hook, { $0.hooks = [theirHook(["deployment_events"])] }),
    ("an account called otherwise", account, { $0.users = [["id": 9, "username": "gatehouse-acme", "name": "By hand"]] }),
  ]

  @Test("what was begun is not taken for ours where it is not what was asked for", arguments: theirs.indices)
  func begunAndTheirs(_ index: Int) throws {
    let (name, change, happens) = Self.theirs[index]
    let gitlab = SmallGitLab()
    happens(gitlab)
    guard case .absent? = try look(for: change, in: gitlab) else {
      Issue.record("\(name) was taken")
      return
    }
  }

  @Test("of rows that were begun those of the account tell, for others let the same people deploy") func begunRows() throws {
    let gitlab = SmallGitLab()
    var trace = SetupTrace(Self.protection, account: SetupSamples.account)
    (trace.existed, trace.deployRowsBefore) = (true, [8])
    func look() throws -> SetupOutcome? {
      Rehearsal(SetupActConversation(api: try .sample(), lookingFor: trace)) { request, _ in gitlab.answer(request) }.outcome
    }
    gitlab.protections["prod/eu"] = Self.byHand(["id": 8, "access_level": 30], ["id": 9, "access_level": 40])
    guard case .absent? = try look() else {
      Issue.record("somebody's row was taken")
      return
    }
    gitlab.protections["prod/eu"]?["approval_rules"] = [Self.ourRow]
    guard case .stands(let found)? = try look() else {
      Issue.record("not found")
      return
    }
    #expect(found.approvalRows == [3] && found.deployRows == [9])
  }

  @Test("of a protection that holds more than was asked for only the account's rows are ours") func begunAndMore() throws {
    let gitlab = SmallGitLab()
    let others: JSONValue = ["id": 2, "group_id": 5]
    gitlab.protections["prod/eu"] = Self.byHand(["id": 1, "access_level": 40], rules: [others, Self.ourRow])
    guard case .stands(let found)? = try look(for: Self.protection, in: gitlab) else {
      Issue.record("not found")
      return
    }
    #expect(found.existed && found.deployRows.isEmpty && found.approvalRows == [3])
    let undo = Rehearsal(SetupUndoConversation(api: try .sample(), trace: found)) { request, _ in gitlab.answer(request) }
    #expect(undo.outcome == .removed)
    #expect(gitlab.protections["prod/eu"] == Self.byHand(["id": 1, "access_level": 40], rules: [others]))
  }
}
