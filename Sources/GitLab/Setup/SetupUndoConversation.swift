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
    /// Whether what was not found would be shown at all, were it there.
    case confirming
    case acting(SetupUndoing)
    case readingBack(SetupUndoing, AnswerMeaning)
  }

  private let api: GitLabAPI
  /// With the token that is to be taken back, where it is still there: it can end itself where nobody else can.
  private let ownAPI: GitLabAPI?
  /// Whether the token itself is asked.
  private var asksToken = false
  /// Whether an account is removed as any user is.
  private var removesAsUser = false
  private let trace: SetupTrace
  private let account: Int64
  private var phase = Phase.reading
  private var pages: PageTurner?
  private var elements: [JSONValue] = []

  /// - Parameter ownAPI: with the token that is to be taken back; nil where it is not there any more.
  package init(api: GitLabAPI, ownAPI: GitLabAPI? = nil, trace: SetupTrace) {
    self.api = api
    self.ownAPI = ownAPI
    self.trace = trace
    account = trace.account ?? trace.gitlabID ?? 0
  }

  private var change: SetupChange { trace.change }
  private var isList: Bool { !asksToken && (change.kind == .token || change.kind == .adminToken) }

  private var reading: Request {
    switch change.kind {
    case .token where asksToken: (ownAPI ?? api).ownAccessToken()
    case .account: api.user(trace.gitlabID ?? 0)
    case .membership: api.member(account, of: change.place)
    case .token: api.accessTokens(of: account, in: change.place)
    case .adminToken: api.accessTokens(in: change.place)
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

  /// GitLab answers 404 to whoever may not see a thing, and for all protected environments where the licence has ended (facts F): what it keeps
  /// beside the thing tells whether it is gone.
  private var confirmation: Request? {
    switch change.kind {
    case .protection: api.protections(in: change.place)
    case .hook, .secret: api.hooks(of: change.place)
    case .membership: api.place(change.place)
    case .account, .token, .adminToken: nil
    }
  }

  package mutating func hear(_ answer: Answer) -> ConversationMove<SetupUndoing> {
    let meaning = api.meaning(of: answer)
    if case .confirming = phase {
      if case .content = meaning { return .end(.gone) }
      return .end(
        .failed(
          "whether \(trace.text) is still there GitLab \(api.instance) does not show: undo again with the token of a Maintainer there, or once "
            + "its licence has protected environments again"))
    }
    if case .acting(let planned) = phase {
      // GitLab removes a user in the background: what it answers is all there is to read.
      if change.kind == .account {
        if let move = removeAsUser(meaning, planned) { return move }
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
      case .success(.end), nil: value = elements.first { $0.id("id") == trace.gitlabID && $0.isServing }
      }
    case .content(let found): value = asksToken && found.id("id") != trace.gitlabID ? nil : found
    case .notFound where !isList:
      if case .reading = phase, let confirmation {
        phase = .confirming
        return .send(confirmation)
      }
      value = nil
    case .unauthorized where asksToken: value = nil
    case .notFound, .invalid(_, status: 405):
      // Before 17.11 an account's tokens are listed to nobody (facts F).
      guard change.kind == .token, isList else { return .end(.failed(sentence(SetupFault(meaning) ?? SetupFault(.invalid, "no answer")))) }
      guard ownAPI != nil else {
        return .end(.left("before 17.11 GitLab lists it to nobody, and nobody has it here any more: it ends with its account"))
      }
      asksToken = true
      return read()
    default: return .end(.failed(sentence(SetupFault(meaning) ?? SetupFault(.invalid, "no answer"))))
    }
    return judge(value)
  }

  /// Before 17.1 a group's accounts can be made, and removed only as any user is, by an administrator (facts F): GitLab knows no such address then, for
  /// an account that it has just shown. Nil where that is not so.
  private mutating func removeAsUser(_ meaning: AnswerMeaning, _ planned: SetupUndoing) -> ConversationMove<SetupUndoing>? {
    guard let fault = SetupFault(meaning) else { return nil }
    if removesAsUser {
      guard fault.kind == .forbidden || fault.kind == .unauthorized else { return nil }
      return .end(
        .left(
          "this GitLab lets only administrators remove it (before 17.1): have one remove the user \(change.name) (Admin > Users), and its "
            + "tokens go with it"))
    }
    var isUnknown = fault.kind == .missing
    if case .invalid(_, status: 405) = meaning { isUnknown = true }
    guard isUnknown, change.place != .instance else { return nil }
    removesAsUser = true
    return .send(api.removeServiceAccount(account, in: .instance))
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
    case .token where asksToken: return .success(((ownAPI ?? api).revokeOwnAccessToken(), .removed))
    case .token: return .success((api.revokeAccessToken(trace.gitlabID ?? 0, of: account, in: change.place), .removed))
    case .adminToken: return .success((api.revokeAccessToken(trace.gitlabID ?? 0, in: change.place), .removed))
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
    guard let protection = ProtectedEnvironment(found) else {
      return .failure(
        Verdict(
          undoing: .failed("GitLab \(api.instance) shows \(trace.text) in a form that is not known here; remove it in GitLab by hand")))
    }
    let own = trace.deployRows + trace.approvalRows
    let others = (protection.deployAccessLevels + protection.approvalRules).filter { !own.contains($0.id) }
    if !trace.existed, others.isEmpty { return .success((api.unprotect(change.name, in: change.place), .removed)) }
    func removals(_ rows: [AccessGrant], _ ours: [Int64]) -> JSONValue {
      .array(rows.filter { ours.contains($0.id) }.map { ["id": .integer($0.id), "_destroy": true] })
    }
    let deploy = removals(protection.deployAccessLevels, trace.deployRows)
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
