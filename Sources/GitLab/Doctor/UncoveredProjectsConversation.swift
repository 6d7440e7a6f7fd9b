package import ChangeControl
package import HTTPMessages
internal import JSON

/// What lies below a group and no service covers, where the group's tiers wait for the account: they hold it all the same.
package struct UncoveredSurvey: Sendable, Hashable {
  package var group: PlaceSurvey.Place
  /// Those in which something may be deployed; of those beyond the first hundred no environments were asked.
  package var projects: [SetupSurvey.UncoveredProject] = []
  /// Why they are not listed, or not all of them.
  package var gap: SurveyGap?

  package init(_ group: PlaceSurvey.Place) { self.group = group }
}

/// Reads what lies below a group and no service covers. Asks with the token that may see most; what is not shown to that is not found.
package struct UncoveredProjectsConversation: Conversation {
  package typealias Outcome = UncoveredSurvey

  private let api: GitLabAPI
  private let services: [Service]
  private let known: Set<Int64>
  private var survey: UncoveredSurvey
  private var pages: PageTurner?
  private var elements: [JSONValue] = []
  /// The project whose environments are asked for; nil while projects are listed.
  private var index: Int?

  /// - Parameter known: projects that are looked at by themselves.
  package init(api: GitLabAPI, group: PlaceSurvey.Place, services: [Service], besides known: Set<Int64>) {
    self.api = api
    self.services = services
    self.known = known
    survey = UncoveredSurvey(group)
  }

  package mutating func start() -> ConversationMove<Outcome> {
    read(api.projects(below: survey.group.endpoint), "listing the projects of \(survey.group.text)")
  }

  private mutating func read(_ request: Request, _ doing: String) -> ConversationMove<Outcome> {
    pages = PageTurner(request, doing: doing, api: api)
    elements = []
    return .send(request)
  }

  package mutating func hear(_ answer: Answer) -> ConversationMove<Outcome> {
    let meaning = api.meaning(of: answer)
    guard case .content(.array(let page)) = meaning else {
      return take(.failure(SurveyGap(meaning, pages?.doing ?? "", at: api.instance)), isLast: meaning.concernsEverything)
    }
    elements += page
    switch pages?.turn(answer, isEmpty: page.isEmpty) {
    case .success(.next) where index != nil && elements.count >= Limits.uncoveredEnvironments: survey.projects[index ?? 0].isCutShort = true
    case .success(.next(let request)): return .send(request)
    case .failure(let obstacle): return take(.failure(.untold(obstacle.reason)))
    case .success(.end), nil: break
    }
    return take(.success(elements))
  }

  /// - Parameter isLast: whether whatever else is asked would end like that.
  private mutating func take(_ result: Result<[JSONValue], SurveyGap>, isLast: Bool = false) -> ConversationMove<Outcome> {
    if let index {
      survey.projects[index].environments = result.map { $0.compactMap(EnvironmentReading.init) }.mapError {
        SetupFault(.unavailable(mayHaveTakenEffect: false), $0.reason)
      }
    } else {
      switch result {
      case .success(let all):
        survey.projects = all.compactMap(SetupSurvey.UncoveredProject.init).filter { project in
          !project.isIdle && !known.contains(project.id) && !services.contains { $0.covers(project: project.id, path: project.path) }
        }
      case .failure(let gap): survey.gap = gap
      }
    }
    if isLast { return .end(survey) }
    let next = (index ?? -1) + 1
    guard next < min(survey.projects.count, Limits.uncoveredProjects) else { return .end(survey) }
    index = next
    return read(
      api.get("\(survey.projects[next].place.endpoint)/environments?states=available&per_page=\(Limits.perPage)"),
      "reading the environments of \(survey.projects[next].path)")
  }

  package func outcome(cutOffBecause reason: String) -> Outcome {
    var cut = survey
    if index == nil { cut.gap = .untold(reason) }
    return cut
  }
}
