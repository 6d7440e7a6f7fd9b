package import HTTPMessages
internal import JSON

/// Takes back what one change brought about, and nothing else: reads, acts once, reads back.
package struct SetupUndoConversation: Conversation {
  package typealias Outcome = SetupUndoing

  enum Phase: Sendable {
    case reading
    /// Whether what was not found would be shown at all, were it there.
    case confirming
    /// Whether the account itself is there, whose token was not found: by its id, and by its name.
    case seekingAccount(byName: Bool)
    /// Whether protected environments depend on a membership.
    case weighing(JSONValue)
    case acting(SetupUndoing)
    case readingBack(SetupUndoing, AnswerMeaning)
    /// Whether the project or group of what cannot be removed is marked for deletion.
    case seekingPlace(String, isSeen: Bool)
  }

  let api: GitLabAPI
  /// With the token that is to be taken back, where it is still there: it can end itself where nobody else can.
  let ownAPI: GitLabAPI?
  /// Whether the token itself is asked.
  var asksToken = false
  /// Whether an account is removed as any user is.
  var removesAsUser = false
  let trace: SetupTrace
  /// All records of the same thing: of a protection, into which several runs may have put rows.
  let records: [SetupTrace]
  let view: SetupUndoView
  let account: Int64
  var phase = Phase.reading
  var pages: PageTurner?
  var elements: [JSONValue] = []

  /// - Parameters:
  ///   - ownAPI: with the token that is to be taken back; nil where it is not there any more.
  ///   - records: all of the same protection, which is taken back at once.
  package init(
    api: GitLabAPI, ownAPI: GitLabAPI? = nil, trace: SetupTrace, records: [SetupTrace] = [], view: SetupUndoView = SetupUndoView()
  ) {
    self.api = api
    self.ownAPI = ownAPI
    self.trace = trace
    self.records = records.isEmpty ? [trace] : records
    self.view = view
    account = trace.account ?? trace.gitlabID ?? 0
  }

  var change: SetupChange { trace.change }

  /// Whether the request that it asked for last is the one that takes it back.
  package var isActing: Bool { if case .acting = phase { true } else { false } }

  private var isList: Bool {
    switch phase {
    case .weighing: true
    case .seekingAccount(let byName): byName
    case .reading, .readingBack: !asksToken && (change.kind == .token || change.kind == .adminToken)
    case .confirming, .acting, .seekingPlace: false
    }
  }

  private var reading: Request {
    switch change.kind {
    case .token where asksToken, .adminToken where asksToken: (ownAPI ?? api).ownAccessToken()
    case .account: api.user(trace.gitlabID ?? 0)
    case .membership: api.member(account, of: change.place)
    case .token: api.accessTokens(of: account, in: change.place)
    case .adminToken: api.accessTokens(in: change.place)
    case .protection: api.protection(change.name, in: change.place)
    case .hook, .secret: api.hook(trace.gitlabID ?? 0, of: change.place)
    }
  }

  package mutating func start() -> ConversationMove<SetupUndoing> { ask(reading) }

  mutating func ask(_ request: Request) -> ConversationMove<SetupUndoing> {
    elements = []
    pages = PageTurner(request, doing: "looking for \(trace.text)", api: api)
    return .send(request)
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
    var meaning = api.meaning(of: answer)
    if isList, case .content(.array(let page)) = meaning {
      elements += page
      switch pages?.turn(answer, isEmpty: page.isEmpty) {
      case .success(.next(let request)): return .send(request)
      case .failure(let obstacle): return .end(.stopped(obstacle.reason))
      case .success(.end), nil: meaning = .content(.array(elements))
      }
    }
    switch phase {
    case .reading, .readingBack: return found(meaning)
    case .confirming:
      if case .content = meaning { return .end(.gone) }
      return unseen(meaning)
    case .seekingAccount(let byName): return sought(meaning, byName: byName)
    case .weighing(let membership): return weighed(meaning, membership)
    case .acting(let planned): return acted(meaning, planned)
    case .seekingPlace(let sentence, let isSeen): return .end(ending(meaning, sentence, isSeen: isSeen))
    }
  }

  private mutating func found(_ meaning: AnswerMeaning) -> ConversationMove<SetupUndoing> {
    switch meaning {
    case .content(.array(let all)) where isList: return judge(all.first { $0.id("id") == trace.gitlabID && $0.isServing })
    case .content(let found): return judge(asksToken && found.id("id") != trace.gitlabID ? nil : found)
    // In GitLab's own words, and some: of one without any it is not told what they are of.
    case .unauthorized(let words) where asksToken && words != "401": return judge(nil)
    // A list that this person is not shown tells nothing of a token that can be asked itself.
    case .unauthorized where asksTokenNext, .forbidden where asksTokenNext, .notFound where asksTokenNext:
      asksToken = true
      return start()
    case .notFound where !isList:
      guard case .reading = phase else { return judge(nil) }
      if let confirmation {
        phase = .confirming
        return .send(confirmation)
      }
      guard change.kind == .account else { return judge(nil) }
      return seekAccount(byName: true)
    case .notFound where change.kind == .token, .invalid(_, status: 405) where change.kind == .token && !asksToken: return unlisted()
    default: return refused(meaning)
    }
  }

  private var asksTokenNext: Bool {
    guard case .reading = phase else { return false }
    return change.kind == .adminToken && ownAPI != nil && !asksToken
  }

  private mutating func judge(_ found: JSONValue?) -> ConversationMove<SetupUndoing> {
    guard case .readingBack(let planned, let acted) = phase else {
      guard let found else { return .end(.gone) }
      switch deed(on: found) {
      case .success(let deed):
        if deed.isWeighed {
          phase = .weighing(found)
          return ask(api.protections(in: change.place))
        }
        phase = .acting(deed.planned)
        return .send(deed.request)
      case .failure(let verdict): return .end(verdict.undoing)
      }
    }
    guard let found else { return .end(planned) }
    if case .failure(let verdict) = deed(on: found) { return .end(verdict.undoing == .gone ? planned : verdict.undoing) }
    if SetupFault(acted) != nil { return refused(acted) }
    return fail("GitLab \(api.instance) accepted that \(trace.text) be removed, and still shows it: \(view.again)")
  }

  private mutating func weighed(_ meaning: AnswerMeaning, _ membership: JSONValue) -> ConversationMove<SetupUndoing> {
    // Where protections are not shown, the plan has none, or the person is no Maintainer and removes nobody either.
    switch meaning {
    case .content(.array(let all)):
      if let sentence = dependence(of: all.compactMap(ProtectedEnvironment.init)) { return .end(.kept(sentence)) }
    case .content, .moved, .unavailable, .unheard:
      let reason = meaning.obstacle("reading the protected environments of \(change.place.text)", at: api.instance).reason
      return .end(.stopped("\(reason). Whether one waits for \(trace.text) is not known: \(view.again)"))
    case .unauthorized, .forbidden, .notFound, .invalid: break
    }
    guard case .success(let deed) = deed(on: membership) else { return .end(.gone) }
    phase = .acting(deed.planned)
    return .send(deed.request)
  }

  private mutating func acted(_ meaning: AnswerMeaning, _ planned: SetupUndoing) -> ConversationMove<SetupUndoing> {
    guard change.kind == .account else {
      phase = .readingBack(planned, meaning)
      return ask(reading)
    }
    // GitLab removes a user in the background: what it answers is all there is to read.
    guard let fault = SetupFault(meaning) else { return .end(planned) }
    if let move = removeAsUser(meaning, fault) { return move }
    guard fault.kind == .missing else { return refused(meaning) }
    // It was shown a moment ago: gone meanwhile, or not this person's to remove.
    phase = .readingBack(.gone, meaning)
    return ask(reading)
  }

  package func outcome(cutOffBecause reason: String) -> SetupUndoing { .stopped(reason) }
}
