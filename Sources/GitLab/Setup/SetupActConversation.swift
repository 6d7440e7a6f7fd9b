package import HTTPMessages
internal import JSON

/// What came of one change.
package enum SetupOutcome: Sendable {
  /// It stands, and nothing was done now.
  case stands(SetupTrace)
  /// It was brought about now and read back. `token` is there where one was made: nobody else has it.
  case done(SetupTrace, token: String?)
  /// It stands in part: GitLab dropped something without an error. The sentence says what and why.
  case partly(SetupTrace, String)
  /// It is not there, and was only to be looked for.
  case absent
  /// It was only to be looked for, and GitLab does not show this person whether it is there. Its words.
  case unknown(String)
  /// The sentence says why, and what to do.
  case failed(String)
}

/// Brings one change about as every conversation does: read, act once if the facts ask for it, read back, and let the facts decide.
///
/// Without `acts` it only looks whether the change stands: a run before may have been cut off between GitLab's deed and our note of it.
package struct SetupActConversation: Conversation {
  package typealias Outcome = SetupOutcome

  private enum Phase: Sendable {
    case reading
    /// Whether what was not found would be shown, were it there.
    case confirming
    case acting
    case readingBack(AnswerMeaning)
  }

  let api: GitLabAPI
  let secrets: HookSecrets
  /// What is known so far; once `isActing`, how it was before too.
  package var trace: SetupTrace
  private let acts: Bool
  private var phase = Phase.reading
  /// Of a protection: whether what has to go was asked to.
  private var hasTakenOut = false
  private var pages: PageTurner?
  private var elements: [JSONValue] = []
  /// Why GitLab did not do or show it, where it has failed.
  package private(set) var fault: SetupFault?
  /// GitLab's own no to what was to be made: nothing came of it, and nothing will.
  package private(set) var refused: SetupFault?

  var change: SetupChange { trace.change }
  var account: Int64 { trace.account ?? 0 }

  package init(api: GitLabAPI, change: SetupChange, account: Int64?, secrets: HookSecrets = HookSecrets()) {
    var trace = SetupTrace(change, account: account)
    trace.url = api.address.text
    self.init(api: api, trace: trace, acts: true, secrets: secrets)
  }

  /// Looks whether what an earlier run began stands.
  package init(api: GitLabAPI, lookingFor trace: SetupTrace) {
    self.init(api: api, trace: trace, acts: false, secrets: HookSecrets())
  }

  private init(api: GitLabAPI, trace: SetupTrace, acts: Bool, secrets: HookSecrets) {
    self.api = api
    self.trace = trace
    self.acts = acts
    self.secrets = secrets
  }

  /// Whether the request that it asked for last is the one that changes something: what is about to happen is written down before it goes out.
  package var isActing: Bool { if case .acting = phase { true } else { false } }

  package mutating func start() -> ConversationMove<SetupOutcome> { read(reading) }

  private mutating func read(_ request: Request) -> ConversationMove<SetupOutcome> {
    elements = []
    pages = PageTurner(request, doing: "looking for \(trace.text)", api: api)
    return .send(request)
  }

  package mutating func hear(_ answer: Answer) -> ConversationMove<SetupOutcome> {
    let meaning = api.meaning(of: answer)
    if case .acting = phase { return heard(meaning) }
    if case .confirming = phase { return confirmed(meaning) }
    if isList, case .content(.array(let page)) = meaning {
      elements += page
      switch pages?.turn(answer, isEmpty: page.isEmpty) {
      case .success(.next(let request)): return .send(request)
      case .failure(let obstacle): return .end(.failed(obstacle.reason))
      case .success(.end), nil: return judge(.success(.array(elements)))
      }
    }
    if case .content(let value) = meaning { return judge(.success(value)) }
    let fault = SetupFault(meaning) ?? SetupFault(.invalid, "no answer")
    // Before 17.1 service accounts, and before 17.11 their tokens, can be made and not listed (facts F): the answer to the making tells alone.
    if fault.isMethodUnknown, change.kind == .token || isAccountUnknown, !isRemoval {
      return judge(acts ? .success(.array([])) : .failure(SetupFault(.missing, fault.message)))
    }
    return judge(.failure(fault))
  }

  /// A token is in the answer to its making and nowhere else; what else is in a list is known by the id in that.
  private mutating func heard(_ meaning: AnswerMeaning) -> ConversationMove<SetupOutcome> {
    if isList, !isToken, case .content(let value) = meaning { trace.gitlabID = value.id("id") }
    if isToken, change.existingID == nil {
      guard case .content(let value) = meaning, let id = value.id("id"), let token = value["token"]?.string, !token.isEmpty else {
        noteRefusal(meaning)
        return .end(.failed(refusal(meaning)))
      }
      trace.gitlabID = id
      return .end(.done(trace, token: token))
    }
    if let name = nameOfGitLabs(meaning) {
      let wanted = change.name
      trace.change.name = name
      return .end(
        .partly(
          trace,
          "GitLab \(api.instance) has called it \(name) and not \(wanted), as those before 16.10 do, and apply would not find it again: "
            + "`gatehouse setup undo` takes it back; then update GitLab, or make a plain user for the gate by hand and put its token where `token` says"
        ))
    }
    phase = .readingBack(meaning)
    return read(readingBack)
  }

  /// What GitLab has called an account that was asked to have another name: under that one it would never be found.
  private func nameOfGitLabs(_ meaning: AnswerMeaning) -> String? {
    guard change.kind == .account, change.existingID == nil, case .content(let value) = meaning, let name = value.text("username"),
      name.lowercased() != change.name.lowercased(), let id = value.id("id"), trace.gitlabID == nil || trace.gitlabID == id
    else { return nil }
    return name
  }

  private mutating func judge(_ result: Result<JSONValue, SetupFault>) -> ConversationMove<SetupOutcome> {
    let found: JSONValue?
    switch result {
    case .success(let value): found = pick(value)
    case .failure(let fault) where !acts && [.missing, .forbidden, .unauthorized].contains(fault.kind):
      // A 404 is also what GitLab answers to whoever may not see the place (facts H).
      guard fault.kind == .missing, let confirmation else { return .end(.unknown(fault.message)) }
      phase = .confirming
      return .send(confirmation)
    // Where the place itself is not shown, its tokens are not either: none is taken for gone by that.
    case .failure(let fault) where fault.kind == .missing && !(isRemoval && change.kind == .adminToken): found = nil
    case .failure(let fault):
      self.fault = fault
      return .end(.failed(sentence(fault)))
    }
    if let found, change.kind == .protection, ProtectedEnvironment(found) == nil {
      return .end(.failed("GitLab \(api.instance) shows \(trace.text) in a form that is not known here; look at it in GitLab"))
    }
    switch phase {
    case .reading:
      if let found, isStanding(found, isOwn: !acts) {
        if !acts { noteOthers(found) }
        note(found)
        return .end(.stands(trace))
      }
      guard acts else { return .end(.absent) }
      noteBefore(found)
      guard let request = act(on: found) else { return .end(.stands(trace)) }
      phase = .acting
      return .send(request)
    case .readingBack(let acted):
      // A no to what was to go last takes back nothing of what was made before.
      if !isRemoval, !hasTakenOut { noteRefusal(acted) }
      guard let found else { return .end(isRemoval ? .done(trace, token: nil) : .failed(refusal(acted))) }
      if isRemoval {
        fault = SetupFault(acted)
        return .end(.failed(refusal(acted)))
      }
      // What is there all the same others have made meanwhile.
      if refused != nil {
        guard isStanding(found, isOwn: false) else { return .end(.failed(refusal(acted))) }
        note(found)
        return .end(.stands(trace))
      }
      note(found)
      if !hasTakenOut, let removal = removal(from: found, isHeard: SetupFault(acted) == nil) {
        hasTakenOut = true
        phase = .acting
        return .send(removal)
      }
      if let shortfall = shortfall(found) {
        guard case .content = acted else { return .end(.failed(refusal(acted))) }
        return .end(.partly(trace, shortfall))
      }
      return .end(.done(trace, token: nil))
    case .acting, .confirming: return .end(.failed("an answer came that was not asked for; please report it"))
    }
  }

  /// One that may have been carried out all the same is none; whom GitLab asks to come later (429), nothing was done for.
  private mutating func noteRefusal(_ meaning: AnswerMeaning) {
    guard let fault = SetupFault(meaning), fault.kind != .unavailable(mayHaveTakenEffect: true) else { return }
    refused = fault
    if fault.isUnavailable { return }
    if isToken { trace.before = ["refused": .string(fault.message)] }
  }

  /// What is beside it, and shown to whoever would be shown it. Lists have no other: theirs is the place's own 404. But users are shown to everybody:
  /// where nobody has the account's name it is not there.
  private var confirmation: Request? {
    switch change.kind {
    case .account where isAccountUnknown: api.users(named: change.name)
    case .membership: api.place(change.place)
    case .protection: api.protections(in: change.place)
    case .account, .token, .adminToken, .hook, .secret: nil
    }
  }

  private func confirmed(_ meaning: AnswerMeaning) -> ConversationMove<SetupOutcome> {
    if change.kind == .account, case .content(let users) = meaning, users.array?.isEmpty != true {
      return .end(.unknown("a user of that name is there, whom it does not show to be a service account of \(change.place.text)"))
    }
    guard let fault = SetupFault(meaning) else { return .end(.absent) }
    return .end([.missing, .forbidden, .unauthorized].contains(fault.kind) ? .unknown(fault.message) : .failed(sentence(fault)))
  }

  /// Why it is not there although it was asked for.
  private func refusal(_ meaning: AnswerMeaning) -> String {
    if let fault = SetupFault(meaning) { return sentence(fault) }
    return
      "GitLab \(api.instance) accepted the request for \(trace.text), but does not show it: \(again), and look in GitLab if it stays so"
  }

  package func outcome(cutOffBecause reason: String) -> SetupOutcome { .failed(reason) }
}
