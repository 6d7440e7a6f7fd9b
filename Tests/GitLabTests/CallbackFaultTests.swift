import ChangeControl
import HTTPMessages
import JSON
import Testing

@testable import GitLab

/// Every fault at every exchange of approve, reject, play and cancel: what is sent, what comes of it, and that a second attempt ends well with the
/// effect brought about exactly once.
@Suite struct CallbackFaultTests {
  enum Step: String, Sendable, CaseIterable {
    case approve, reject, play, cancel
  }

  private static let get = "GET /projects/30/deployments/815"

  private func post(_ step: Step) -> String {
    switch step {
    case .play, .cancel: "POST /projects/30/jobs/79601/\(step.rawValue)"
    case .approve, .reject: "POST /projects/30/deployments/815/approval"
    }
  }

  private func fake(for step: Step) -> FakeGitLab {
    let fake = FakeGitLab()
    if step == .play { fake.pending = 0 }
    return fake
  }

  /// Holds the step's conversation with the fake, with one exchange gone wrong.
  private func rehearse(
    _ step: Step, with fake: FakeGitLab, mayHaveBeenSent: Bool = false, ownUserID: Int64? = FakeGitLab.account, fault: Fault? = nil,
    at exchange: Int = 0, afterEffect: Bool = false
  ) throws -> (sent: [String], outcome: CallbackOutcome?, mayHaveActed: Bool) {
    let answer: (Request, Int) -> Answer = { request, index in
      guard let fault, index == exchange else { return fake.answer(request) }
      if afterEffect { _ = fake.answer(request) }
      return fault.answer
    }
    let api = try GitLabAPI.sample()
    let (identity, sha) = (FakeGitLab.identity, FakeGitLab.sha)
    switch step {
    case .approve:
      let talk = ApproveConversation(
        api: api, identity: identity, expectedSHA: sha, comment: "CHG-42 approved", key: "CHG-42", ownUserID: ownUserID)
      let rehearsal = Rehearsal(talk, answer: answer)
      return (rehearsal.sent, rehearsal.outcome, rehearsal.conversation.mayHaveActed)
    case .reject:
      let talk = RejectConversation(
        api: api, identity: identity, expectedSHA: sha, comment: "CHG-42 rejected", key: "CHG-42", ownUserID: ownUserID)
      let rehearsal = Rehearsal(talk, answer: answer)
      return (rehearsal.sent, rehearsal.outcome, rehearsal.conversation.mayHaveActed)
    case .play:
      let talk = PlayConversation(api: api, identity: identity, expectedSHA: sha, ownUserID: ownUserID, mayHaveBeenSent: mayHaveBeenSent)
      let rehearsal = Rehearsal(talk, answer: answer)
      return (rehearsal.sent, rehearsal.outcome, rehearsal.conversation.mayHaveActed)
    case .cancel:
      let rehearsal = Rehearsal(CancelConversation(api: api, identity: identity, expectedSHA: sha), answer: answer)
      return (rehearsal.sent, rehearsal.outcome, rehearsal.conversation.mayHaveActed)
    }
  }

  /// What a reading that fails so comes to.
  private func expected(ofReading fault: Fault) -> Kind {
    switch fault.name {
    case "401", "403", "403 scope", "404 project", "301": .refused
    case "404": .gone
    default: .retry
    }
  }

  /// What a POST that fails so, without effect, comes to.
  private func expected(ofPosting fault: Fault) -> Kind {
    switch fault.name {
    case "401", "403", "403 scope", "404 project", "404", "301": .refused
    default: .retry
    }
  }

  @Test(arguments: Step.allCases, [FakeGitLab.account, nil])
  func withoutAFaultItIsDoneOnce(step: Step, ownUserID: Int64?) throws {
    let fake = fake(for: step)
    let (sent, outcome, mayHaveActed) = try rehearse(step, with: fake, ownUserID: ownUserID)
    #expect(outcome?.kind == .done)
    #expect(sent == [Self.get, post(step), Self.get])
    #expect(fake.effects.count == 1)
    #expect(mayHaveActed)
    let again = try rehearse(step, with: fake, mayHaveBeenSent: true, ownUserID: ownUserID)
    #expect(again.outcome?.kind == .done)
    #expect(again.sent == [Self.get])
    #expect(!again.mayHaveActed, "it only looked")
    #expect(fake.effects.count == 1)
  }

  @Test(arguments: Step.allCases, Fault.all)
  func aFaultOnTheFirstReadingSendsNothingElse(step: Step, fault: Fault) throws {
    let fake = fake(for: step)
    let (sent, outcome, mayHaveActed) = try rehearse(step, with: fake, fault: fault, at: 0)
    #expect(outcome?.kind == expected(ofReading: fault))
    #expect(sent == [Self.get] && !mayHaveActed)
    #expect(fake.effects.isEmpty)
    try expectReason(outcome, fault)
  }

  @Test(arguments: Step.allCases, Fault.all)
  func aFaultOnThePostWithoutEffectIsToldByTheReadingBack(step: Step, fault: Fault) throws {
    let fake = fake(for: step)
    let (sent, outcome, mayHaveActed) = try rehearse(step, with: fake, fault: fault, at: 1)
    #expect(mayHaveActed == fault.isAmbiguous)
    #expect(outcome?.kind == expected(ofPosting: fault))
    #expect(sent == [Self.get, post(step), Self.get])
    #expect(fake.effects.isEmpty)
    try expectReason(outcome, fault)
    #expect(try rehearse(step, with: fake, mayHaveBeenSent: mayHaveActed).outcome?.kind == .done)
    #expect(fake.effects.count == 1)
  }

  @Test(arguments: Step.allCases, Fault.all.filter(\.isAmbiguous))
  func anAnswerLostAfterTheEffectIsSettledByTheReadingBack(step: Step, fault: Fault) throws {
    let fake = fake(for: step)
    let (sent, outcome, _) = try rehearse(step, with: fake, fault: fault, at: 1, afterEffect: true)
    #expect(outcome?.kind == .done)
    #expect(sent == [Self.get, post(step), Self.get])
    #expect(fake.effects.count == 1)
  }

  @Test(arguments: Step.allCases, Fault.all)
  func aFaultOnTheReadingBackIsSettledByTheNextAttempt(step: Step, fault: Fault) throws {
    let fake = fake(for: step)
    let (sent, outcome, mayHaveActed) = try rehearse(step, with: fake, fault: fault, at: 2)
    #expect(mayHaveActed)
    #expect(outcome?.kind == expected(ofReading: fault))
    #expect(sent == [Self.get, post(step), Self.get])
    let again = try rehearse(step, with: fake, mayHaveBeenSent: mayHaveActed)
    #expect(again.outcome?.kind == .done)
    #expect(again.sent == [Self.get])
    #expect(fake.effects.count == 1)
  }

  /// A reason says something, holds no secret, and is obeyed: what GitLab asks us to wait.
  private func expectReason(_ outcome: CallbackOutcome?, _ fault: Fault) throws {
    let reason = try #require(outcome?.reason)
    #expect(reason.unicodeScalars.count > 20 && reason.unicodeScalars.count < 600)
    #expect(!reason.contains(GitLabAPI.secret) && !reason.contains("<html"))
    guard case .retry(_, let after) = outcome else { return }
    let wanted: [String: Duration] = ["429": .seconds(7), "503": .seconds(60)]
    #expect(after == wanted[fault.name])
  }
}
