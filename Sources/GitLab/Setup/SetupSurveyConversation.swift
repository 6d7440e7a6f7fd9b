internal import ChangeControl
package import HTTPMessages
internal import JSON

/// Reads what a GitLab has of what the gate needs, with a person's token; nothing is changed. What must be known before anything can be said ends
/// it with a sentence; what only one project lacks is kept with that project.
package struct SetupSurveyConversation: Conversation {
  package typealias Outcome = Result<SetupSurvey, SetupTrouble>

  enum Question: Sendable, Hashable {
    case version(path: String)
    case person
    case administration
    case personToken
    case projects
    case group(String)
    case deployer(SetupTarget.Deployer)
    case personLevel(SetupPlace)
    case attributes(SetupPlace)
    case environments(Int64)
    case protections(SetupPlace)
    case hooks(SetupPlace)
    case ownAccount
    case ownToken
    case adminToken
    case place(SetupPlace)
    case resourceTokens(SetupPlace)
    case accounts(SetupPlace)
    case user(String)
    case accountLevel(SetupPlace)
    case accountTokens
    case standing(Int64)
    case sendings(SetupPlace, hook: Int64)
    case adminSight(SetupPlace)
    case formerPlace(SetupPlace)
    case formerProtections(SetupPlace)
    case formerHooks(SetupPlace)
    case directLevel(SetupPlace)
    case formerLevel(Int64, SetupPlace)
    case formerTokens(Int64, SetupPlace)
    case below(SetupPlace)
    case uncoveredEnvironments(Int64)
    case uncoveredProtections(SetupPlace)
  }

  /// What can be asked once what is before it is known.
  private enum Stage: Int, Sendable { case identity, projects, places, accounts, account, below, uncovered, standings, done }

  let api: GitLabAPI
  /// The same GitLab with the configured token; nil where that is not there.
  let accountAPI: GitLabAPI?
  /// The same with the configured `admin_token`; nil where that is not there.
  let adminAPI: GitLabAPI?
  let target: SetupTarget
  let made: SetupMade
  /// Whether it is also looked at what lies where nothing configured does any more.
  let isForPlan: Bool
  var survey = SetupSurvey(person: Person(id: 0, username: "", name: ""))
  /// The account of the configured token, if it is one.
  var owner: Person?
  /// Those of the account's tokens that serve no more are too many to be read: those that serve are enough for all but a doubt of a lost rotation.
  var areTokensTooMany = false
  private var stage = Stage.identity
  private var questions: [Question]
  private var resolving: ResolveProjectsConversation
  private var pages: PageTurner?
  private var elements: [JSONValue] = []

  package init(
    api: GitLabAPI, accountAPI: GitLabAPI?, adminAPI: GitLabAPI? = nil, target: SetupTarget, made: SetupMade = SetupMade(),
    isForPlan: Bool = false
  ) {
    self.api = api
    self.accountAPI = accountAPI
    self.adminAPI = adminAPI
    self.target = target
    self.made = made
    self.isForPlan = isForPlan
    survey.recordedUsername = made.accounts.first?.username
    resolving = ResolveProjectsConversation(api: api, patterns: target.patterns)
    questions = [.version(path: "/metadata"), .person, .personToken]
  }

  package static var mostExchanges: Int { Limits.surveyExchanges }

  package mutating func start() -> ConversationMove<Outcome> { ask() }

  private mutating func ask() -> ConversationMove<Outcome> {
    while questions.isEmpty {
      guard let next = Stage(rawValue: stage.rawValue + 1), next != .done else { return .end(.success(survey)) }
      stage = next
      if next == .accounts { noteFormerPlaces() }
      questions = questions(of: next)
    }
    elements = []
    pages = nil
    if questions[0] == .projects { return resolved(resolving.start()) }
    let request = request(for: questions[0])
    if questions[0].isList {
      let isOwn = questions[0] == .accountTokens && listsItself
      pages = PageTurner(request, doing: "setting up", api: isOwn ? accountAPI ?? api : api)
    }
    return .send(request)
  }

  private func questions(of stage: Stage) -> [Question] {
    switch stage {
    case .identity, .done: return []
    case .projects: return [.projects]
    case .places:
      var groups: [String] = target.group.map { [$0] } ?? []
      for path in survey.projects.flatMap(\.groupPaths) where !groups.contains(path) { groups.append(path) }
      let named = target.deployers.filter { if case .accessLevel = $0 { false } else { true } }
      return groups.map(Question.group) + named.map(Question.deployer)
        + survey.projects.map(\.place).flatMap { place in
          [.personLevel(place), .attributes(place), .environments(place.id ?? 0), .protections(place)]
            + (target.hooks != nil || made.hooks.contains(where: place.isSame) ? [.hooks(place)] : [])
        } + placesElsewhere.map(Question.place)
    case .accounts:
      let places = survey.groups.values.sorted { $0.path < $1.path }.map(\.place)
      let isGroupNeeded = target.hooks == .group
      // Somebody's may lead here beside what is made.
      let isAnyTold = target.hooks != nil && isForPlan
      let hooked = places.filter { place in
        isAnyTold || (isGroupNeeded && place.path?.lowercased() == survey.groupPath(target)?.lowercased())
          || made.hooks.contains(where: place.isSame)
      }
      return (accountAPI == nil ? [] : [.ownAccount, .ownToken]) + (adminAPI == nil ? [] : [.adminToken]) + places.map(Question.protections)
        + hooked.map(Question.hooks)
        + accountPlaces.map(Question.accounts) + formerPlaceQuestions + resourceTokenQuestions
    case .account: return accountQuestions
    case .below: return belowQuestions
    case .uncovered: return uncoveredQuestions
    case .standings: return standingQuestions
    }
  }

  /// Of what is configured it is known whether it is shown.
  private var placesElsewhere: [SetupPlace] {
    let known = Set(survey.projects.map(\.id))
    return Set(made.adminTokens).filter { if case .project(let id, _) = $0 { !known.contains(id) } else { true } }
      .sorted { $0.endpoint < $1.endpoint }
  }

  private var accountQuestions: [Question] {
    if survey.account == nil, owner == nil { return [.user(survey.username(target))] }
    return levelQuestions
  }

  private var levelQuestions: [Question] {
    guard let account = survey.account else { return formerLevelQuestions + formerTokenQuestions }
    let group = survey.groupPath(target).flatMap { survey.groups[$0.lowercased()] }
    return survey.projects.map { .accountLevel($0.place) } + (group.map { [.accountLevel($0.place)] } ?? [])
      + (account.place == nil && !listsItself ? [] : [.accountTokens]) + directLevelQuestions
      + formerLevelQuestions + formerTokenQuestions
  }

  package mutating func hear(_ answer: Answer) -> ConversationMove<Outcome> {
    guard let question = questions.first else { return .end(.success(survey)) }
    if question == .projects { return resolved(resolving.hear(answer)) }
    let meaning = api.meaning(of: answer)
    if let trouble = trouble(meaning, question) { return .end(.failure(trouble)) }
    if case .version(path: "/metadata") = question, case .notFound = meaning {
      questions[0] = .version(path: "/version")
      return ask()
    }
    if case .content(.array(let page)) = meaning, question.isList {
      elements += page
      switch pages?.turn(answer, isEmpty: page.isEmpty) {
      case .success(.next(let request)): if !isCutShort(question, after: elements.count) { return .send(request) }
      case .failure(let obstacle) where question.isBesideConfigured:
        return next(take(question, .failure(SetupFault(.invalid, obstacle.reason))), after: question)
      case .failure(.refused) where question == .accountTokens && asksAllTokens:
        areTokensTooMany = true
        return ask()
      case .failure(let obstacle): return .end(.failure(SetupTrouble(obstacle.reason)))
      case .success(.end), nil: break
      }
      return next(take(question, .success(.array(elements))), after: question)
    }
    let result: Result<JSONValue, SetupFault> =
      if case .content(let value) = meaning { .success(value) } else {
        .failure(SetupFault(meaning) ?? SetupFault(.invalid, "no answer"))
      }
    return next(take(question, result), after: question)
  }

  private mutating func next(_ trouble: SetupTrouble?, after question: Question) -> ConversationMove<Outcome> {
    if let trouble { return .end(.failure(trouble)) }
    questions.removeFirst()
    if question == .person, survey.administration != nil { questions.insert(.administration, at: 0) }
    if case .user = question { questions += levelQuestions }
    if case .formerPlace(let place) = question { questions += questions(ofFormer: place) }
    if case .uncoveredEnvironments(let id) = question { questions += questions(ofUncovered: id) }
    return ask()
  }

  private mutating func resolved(_ move: ConversationMove<ResolvedProjects>) -> ConversationMove<Outcome> {
    guard case .end(let resolved) = move else {
      if case .send(let request) = move { return .send(request) }
      return ask()
    }
    for problem in resolved.problems {
      if case .retry(let reason, _) = problem.obstacle { return .end(.failure(SetupTrouble(reason))) }
      survey.unresolved.append(
        problem.isRedirected
          ? problem.obstacle.reason
          : "GitLab \(api.instance) shows \(survey.person.username) no project `\(problem.pattern)`; correct `projects`, or use the token of "
            + "somebody who is a Maintainer there")
    }
    survey.projects = resolved.projects.map { .init(id: $0.id, path: $0.path) }
    questions.removeFirst()
    return ask()
  }

  package func outcome(cutOffBecause reason: String) -> Outcome {
    .failure(SetupTrouble("\(reason); configure fewer projects, or narrower patterns"))
  }
}

/// Why nothing can be said of a GitLab: one sentence or two, with what to do.
package struct SetupTrouble: Error, Sendable, Hashable, CustomStringConvertible {
  package var description: String

  init(_ description: String) { self.description = description }
}
