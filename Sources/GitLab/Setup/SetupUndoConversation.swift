package import HTTPMessages
internal import JSON

/// What came of taking one change back.
package enum SetupUndoing: Sendable, Hashable {
  case removed
  /// It was not there any more.
  case gone
  /// Somebody has changed it since: it stays, or a part of it does. The sentence says what.
  case left(String)
  case failed(String)
}

/// Takes back what one change brought about, and nothing else: reads, acts once, reads back.
package struct SetupUndoConversation: Conversation {
  package typealias Outcome = SetupUndoing

  private enum Phase: Sendable {
    case reading
    case acting(SetupUndoing)
    case readingBack(SetupUndoing, AnswerMeaning)
  }

  private let api: GitLabAPI
  private let trace: SetupTrace
  private let account: Int64
  private var phase = Phase.reading
  private var pages: PageTurner?
  private var elements: [JSONValue] = []

  package init(api: GitLabAPI, trace: SetupTrace) {
    self.api = api
    self.trace = trace
    account = trace.account ?? trace.gitlabID ?? 0
  }

  private var change: SetupChange { trace.change }
  private var isList: Bool { change.kind == .token }

  private var reading: Request {
    switch change.kind {
    case .account: api.user(trace.gitlabID ?? 0)
    case .membership: api.member(account, of: change.place)
    case .token: api.accessTokens(of: account, in: change.place)
    case .protection: api.protection(change.name, in: change.place)
    case .hook, .secret: api.hook(trace.gitlabID ?? 0, of: change.place)
    }
  }

  package mutating func start() -> ConversationMove<SetupUndoing> { read() }

  private mutating func read() -> ConversationMove<SetupUndoing> {
    elements = []
    pages = PageTurner(reading, doing: "looking for \(trace.text)", api: api)
    return .send(reading)
  }

  package mutating func hear(_ answer: Answer) -> ConversationMove<SetupUndoing> {
    let meaning = api.meaning(of: answer)
    if case .acting(let planned) = phase {
      // GitLab removes a user in the background: what it answers is all there is to read.
      if change.kind == .account {
        return .end(SetupFault(meaning).map { $0.kind == .missing ? .gone : .failed(sentence($0)) } ?? planned)
      }
      phase = .readingBack(planned, meaning)
      return read()
    }
    var value: JSONValue?
    switch meaning {
    case .content(.array(let page)) where isList:
      elements += page
      switch pages?.turn(answer, isEmpty: page.isEmpty) {
      case .success(.next(let request)): return .send(request)
      case .failure(let obstacle): return .end(.failed(obstacle.reason))
      case .success(.end), nil: value = elements.first { $0.id("id") == trace.gitlabID }
      }
    case .content(let found): value = found
    case .notFound: value = nil
    default: return .end(.failed(sentence(SetupFault(meaning) ?? SetupFault(.invalid, "no answer"))))
    }
    return judge(value)
  }

  private mutating func judge(_ found: JSONValue?) -> ConversationMove<SetupUndoing> {
    guard case .readingBack(let planned, let acted) = phase else {
      guard let found else { return .end(.gone) }
      switch deed(on: found) {
      case .success(let (request, planned)):
        phase = .acting(planned)
        return .send(request)
      case .failure(let verdict): return .end(verdict.undoing)
      }
    }
    guard let found else { return .end(planned) }
    if case .failure(let verdict) = deed(on: found) { return .end(verdict.undoing == .gone ? planned : verdict.undoing) }
    return .end(
      .failed(
        SetupFault(acted).map(sentence) ?? "GitLab \(api.instance) accepted that \(trace.text) be removed, and still shows it: undo again"))
  }

  private struct Verdict: Error {
    var undoing: SetupUndoing
  }

  /// What to send, and what it comes to; or why there is nothing to send.
  private func deed(on found: JSONValue) -> Result<(Request, SetupUndoing), Verdict> {
    switch change.kind {
    case .account: return .success((api.removeServiceAccount(account, in: change.place), .removed))
    case .token: return .success((api.revokeAccessToken(trace.gitlabID ?? 0, of: account, in: change.place), .removed))
    case .membership: return membership(found)
    case .protection: return protection(found)
    case .hook, .secret: return hook(found)
    }
  }

  private func membership(_ found: JSONValue) -> Result<(Request, SetupUndoing), Verdict> {
    let level = found.level ?? 0
    if trace.existed, let before = trace.before.integer, level == before { return .failure(Verdict(undoing: .gone)) }
    guard level == change.level else {
      return .failure(Verdict(undoing: .left("somebody has set it to access level \(level) since, and it stays")))
    }
    if trace.existed, let before = trace.before.integer {
      return .success((api.setMember(account, of: change.place, level: before), .removed))
    }
    return .success((api.removeMember(account, of: change.place), .removed))
  }

  /// A protection that was there loses our rows only; one of ours goes whole, unless others have put rows into it.
  private func protection(_ found: JSONValue) -> Result<(Request, SetupUndoing), Verdict> {
    guard let protection = ProtectionReading(found) else { return .failure(Verdict(undoing: .gone)) }
    let own = trace.deployRows + trace.approvalRows
    let others = (protection.deployAccess + protection.approvalRules).filter { !own.contains($0.id) }
    if !trace.existed, others.isEmpty { return .success((api.unprotect(change.name, in: change.place), .removed)) }
    func removals(_ rows: [AccessRow], _ ours: [Int64]) -> JSONValue {
      .array(rows.filter { ours.contains($0.id) }.map { ["id": .integer($0.id), "_destroy": true] })
    }
    let deploy = removals(protection.deployAccess, trace.deployRows)
    let approval = removals(protection.approvalRules, trace.approvalRows)
    let kept: SetupUndoing =
      trace.existed ? .removed : .left("others have put rows into it since: only ours are taken out, and it stays protected")
    guard deploy != [] || approval != [] else { return .failure(Verdict(undoing: trace.existed ? .gone : kept)) }
    let body: JSONValue = ["deploy_access_levels": deploy, "approval_rules": approval]
    return .success((api.updateProtection(change.name, in: change.place, body), kept))
  }

  private func hook(_ found: JSONValue) -> Result<(Request, SetupUndoing), Verdict> {
    guard let hook = RegisteredWebhook(found) else { return .failure(Verdict(undoing: .gone)) }
    guard hook.url == change.name else {
      return .failure(Verdict(undoing: .left("somebody has pointed it elsewhere since, and it stays")))
    }
    guard trace.existed, case .object(var body) = trace.before else {
      return .success((api.removeHook(hook.id, of: change.place), .removed))
    }
    let kept = SetupUndoing.left("it was there before: its events are as they were, and its secrets are the gate's")
    if hook.flags.canonicalText == trace.before.canonicalText { return .failure(Verdict(undoing: kept)) }
    body["url"] = .string(hook.url)
    return .success((api.updateHook(hook.id, of: change.place, .object(body)), kept))
  }

  private func sentence(_ fault: SetupFault) -> String {
    "GitLab \(api.instance) does not let \(trace.text) be removed (\(fault.message)); "
      + (fault.isUnavailable
        ? "undo again when it answers: what is done is not done twice" : "undo again with the token of an Owner or Maintainer")
  }

  package func outcome(cutOffBecause reason: String) -> SetupUndoing { .failed(reason) }
}
