package import HTTPMessages
internal import JSON

/// Reads what needs a service account, as it stands now and wherever it is: what is configured, what apply has ever touched, what lies in the groups
/// that it is a member of, and what the account itself is shown. Nothing is changed.
package struct AccountUseConversation: Conversation {
  package typealias Outcome = Result<AccountUse, SetupTrouble>

  /// Where to look.
  package struct Scope: Sendable {
    package var places: [SetupPlace] = []
    /// Whose projects and subgroups are looked at too.
    package var groups: [SetupPlace] = []
    /// Where somebody has struck a protection from the record: it may stand.
    package var forgotten: [SetupPlace] = []
    /// Where a protection was begun, and nobody knows what became of it.
    package var begun: [SetupPlace] = []
    /// Where apply has made the account a member: what is protected there may be for it.
    package var joined: [SetupPlace] = []
    /// Where apply had made the account a member, and nothing on the record takes that back.
    package var memberships: [SetupPlace] = []

    package init() {}
  }

  private enum Question: Sendable {
    case own(SetupPlace.Level)
    case contents(SetupPlace, SetupPlace.Level)
    case protections(SetupPlace)
    /// Whether it is only what is protected there that is not shown.
    case place(SetupPlace, reason: String)
    case membership(SetupPlace)

    var isList: Bool {
      switch self {
      case .own, .contents, .protections: true
      case .place, .membership: false
      }
    }

    var isOwn: Bool { if case .own = self { true } else { false } }

    /// What is not known without its answer.
    var place: SetupPlace {
      switch self {
      case .own: .instance
      case .contents(let place, _), .protections(let place), .place(let place, _), .membership(let place): place
      }
    }
  }

  private let api: GitLabAPI
  private let ownAPI: GitLabAPI?
  private let account: Int64
  private let scope: Scope
  private var use = AccountUse()
  private var questions: [Question]
  private var known: Set<String> = []
  /// Projects that the account is a member of: what is protected there may be for it.
  private var joined: Set<String> = []
  private var pages: PageTurner?
  private var elements: [JSONValue] = []

  /// - Parameter ownAPI: with the account's own token; nil where that is not there.
  package init(api: GitLabAPI, ownAPI: GitLabAPI?, account: Int64, _ scope: Scope) {
    self.api = api
    self.ownAPI = ownAPI
    self.account = account
    self.scope = scope
    questions = ownAPI == nil ? [] : [.own(.project), .own(.group)]
    for group in scope.groups where known.insert(group.endpoint).inserted {
      questions += [.contents(group, .project), .contents(group, .group)]
    }
    known = []
    for place in scope.places + scope.groups + scope.forgotten + scope.begun { look(at: place) }
    questions += scope.memberships.map(Question.membership)
  }

  package static var mostExchanges: Int { Limits.surveyExchanges }

  private mutating func look(at place: SetupPlace) {
    guard place != .instance, known.insert(place.endpoint).inserted else { return }
    questions.append(.protections(place))
  }

  package mutating func start() -> ConversationMove<Outcome> { ask() }

  private mutating func ask() -> ConversationMove<Outcome> {
    guard let question = questions.first else { return .end(.success(use)) }
    let request = request(for: question)
    elements = []
    pages = PageTurner(request, doing: "looking for what needs the service account", api: speaker(of: question))
    return .send(request)
  }

  private func speaker(of question: Question) -> GitLabAPI { question.isOwn ? ownAPI ?? api : api }

  private func request(for question: Question) -> Request {
    switch question {
    case .own(let level): speaker(of: question).get(level == .project ? Self.ownProjects : Self.ownGroups)
    case .contents(let group, .project): api.get("\(group.endpoint)/projects?include_subgroups=true&with_shared=false&\(Self.brief)")
    case .contents(let group, _): api.get("\(group.endpoint)/descendant_groups?per_page=\(Limits.perPage)")
    case .protections(let place): api.protections(in: place)
    case .place(let place, _): api.place(place)
    case .membership(let place): api.member(account, of: place)
    }
  }

  private static let brief = "simple=true&order_by=id&sort=asc&per_page=\(Limits.perPage)"
  private static let ownProjects = "/projects?membership=true&\(brief)"
  private static let ownGroups = "/groups?min_access_level=10&per_page=\(Limits.perPage)"

  package mutating func hear(_ answer: Answer) -> ConversationMove<Outcome> {
    guard let question = questions.first else { return .end(.success(use)) }
    let meaning = speaker(of: question).meaning(of: answer)
    if let fault = SetupFault(meaning), fault.isUnavailable, fault.message.hasPrefix("429") {
      // GitLab has a bound on what one person asks for: it holds for all that follows. The account has its own.
      guard question.isOwn else { return .end(.success(leaving(questions, fault.message, .later))) }
      use.note(unseen: question.place, fault.message, .later)
      questions.removeFirst()
      return ask()
    }
    if case .content(.array(let page)) = meaning, question.isList {
      elements += page
      switch pages?.turn(answer, isEmpty: page.isEmpty) {
      case .success(.next(let request)): return .send(request)
      // Longer than what is read: what was read counts.
      case .failure(.refused(let reason)): use.note(unseen: question.place, reason, .tooMuch)
      case .failure(let obstacle): return .end(.failure(unknown(obstacle.reason)))
      case .success(.end), nil: break
      }
      if let trouble = take(question, elements) { return .end(.failure(trouble)) }
    } else if let trouble = take(question, meaning) {
      return .end(.failure(trouble))
    }
    questions.removeFirst()
    return ask()
  }

  private mutating func take(_ question: Question, _ all: [JSONValue]) -> SetupTrouble? {
    switch question {
    case .own(let level):
      for place in all.compactMap({ $0.place(level) }) {
        if level == .project { joined.insert(place.endpoint) }
        look(at: place)
      }
    case .contents(let group, let level):
      for place in all.compactMap({ $0.place(level) }) {
        use.contents[group.endpoint, default: []].insert(place.endpoint)
        look(at: place)
      }
    case .protections(let place):
      for value in all {
        guard let protection = ProtectedEnvironment(value) else {
          return unknown("GitLab \(api.instance) shows what is protected in \(place.text) in a form that is not known here")
        }
        let rows = (protection.approvalRules + protection.deployAccessLevels).filter { $0.grantee == .user(account) }.map(\.id)
        if !rows.isEmpty { use.protections.append(.init(place: place, name: protection.name, rows: Set(rows))) }
      }
    case .place, .membership: break
    }
    return nil
  }

  /// One that is no list, or not shown.
  private mutating func take(_ question: Question, _ meaning: AnswerMeaning) -> SetupTrouble? {
    let fault = SetupFault(meaning)
    if case .moved = meaning { return unknown(meaning.obstacle("asking what needs the service account", at: api.instance).reason) }
    if let fault, fault.isUnavailable { return unknown("GitLab \(api.instance) cannot be heard (\(fault.message))") }
    guard let fault else {
      switch question {
      case .place(let place, let reason): use.note(unseen: place, reason, .hidden)
      case .membership(let place): use.memberships.append(place)
      // Anything but a list is no answer of GitLab's to these.
      case .own, .contents, .protections:
        return unknown(meaning.obstacle("asking what needs the service account", at: api.instance).reason)
      }
      return nil
    }
    guard case .protections(let place) = question else { return nil }
    let isHidden = if case .notFound(_, project: true) = meaning { true } else { fault.kind == .forbidden }
    let isRefused = fault.kind == .forbidden && scope.joined.contains { $0.endpoint == place.endpoint }
    let isForgotten = scope.forgotten.contains { $0.endpoint == place.endpoint }
    let isUnseen = isRefused || (joined.contains(place.endpoint) && isHidden)
    if scope.begun.contains(where: { $0.endpoint == place.endpoint }) || (isUnseen && !isForgotten) {
      use.note(unseen: place, fault.message, .hidden)
    } else if isForgotten {
      // With a project that is gone nothing waits in it.
      questions.insert(.place(place, reason: fault.message), at: 1)
    }
    return nil
  }

  private func unknown(_ reason: String) -> SetupTrouble {
    SetupTrouble("\(reason). Whether something waits for the service account is not known: undo again")
  }

  /// What was not asked for any more is a doubt, which a person may decide: no later run gets further.
  package func outcome(cutOffBecause reason: String) -> Outcome {
    .success(leaving(questions, "more than \(Self.mostExchanges) questions are not asked", .tooMuch))
  }

  private func leaving(_ questions: [Question], _ reason: String, _ why: AccountUse.Unseen.Why) -> AccountUse {
    var use = use
    for question in questions { use.note(unseen: question.place, reason, why) }
    return use
  }
}

extension JSONValue {
  /// A project or group as lists show them.
  fileprivate func place(_ level: SetupPlace.Level) -> SetupPlace? {
    SetupPlace(level, id: id("id"), path: text(level == .project ? "path_with_namespace" : "full_path", limit: Limits.urlBytes))
  }
}
