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
    return Rehearsal(SetupActConversation(api: try .sample(), change: change, account: account), answer: answer)
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
}
