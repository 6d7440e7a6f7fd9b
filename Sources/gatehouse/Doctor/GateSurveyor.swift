import Calendar
import ChangeControl
import Configuration
import GitLab
import HTTPClient
import HTTPMessages

/// Holds the conversations of a survey of one GitLab, some at a time.
struct GateSurveyor: Sendable {
  /// At once: the client has eight connections, and GitLab other guests.
  static let width = 4

  /// Projects, and groups above them, that are looked at.
  private let places: Int
  let api: GitLabAPI
  /// With the token that may read protected environments and webhooks, where one is configured.
  private let maintainer: GitLabAPI
  private let hasMaintainer: Bool
  let client: HTTPClient
  let transport: CourteousTransport

  init(_ instance: Configuration.GitLabInstance, _ reach: Doctor.Reach) throws {
    places = reach.places
    let address = try GitLabAddress(instance.url)
    client = try HTTPClient(certificateAuthorityFile: instance.certificateAuthorityFile)
    transport = CourteousTransport(client, isPaced: reach.isPaced)
    let requestID = freshRequestID()
    func api(_ token: Secret) -> GitLabAPI {
      GitLabAPI(instance: instance.name, address: address, token: token.reveal(), requestID: requestID, version: Version.text)
    }
    self.api = api(instance.token)
    maintainer = api(instance.adminToken ?? instance.token)
    hasMaintainer = instance.adminToken != nil
  }

  func survey(_ expected: GateExpectation) async -> GateSurvey {
    let report = await ProbeConversation(api: api).converse(over: transport)
    var survey = GateSurvey(probe: report)
    // A second of GitLab's clock has half gone by on the average.
    survey.clockOffset = report.clock.map { $0 + .milliseconds(500) - SystemClock.now() }
    guard let account = try? report.account.get() else {
      survey.goneAccount = await goneAccount(expected, report.account)
      return survey
    }
    let resolved = await ResolveProjectsConversation(api: api, patterns: expected.patterns).converse(over: transport)
    survey.problems = resolved.problems
    let missing = await missingProjects(expected, besides: resolved.projects)
    let hidden = missing.hidden
    (survey.departed, survey.isUnsure) = (missing.departed, !missing.isTold)
    let projects = (resolved.named.filter { !hidden.map(\.id).contains($0.id) } + missing.shown).sorted { $0.id < $1.id }
    survey.projectCount = projects.count + min(hidden.count, places)
    // Those that are hidden from the account first: that is drift already.
    let left = hidden.prefix(places)
    let room = places - left.count
    survey.projects = await look(at: projects.prefix(room).map { .project($0) }, account: account.id)
    survey.beyond = Array(projects.dropFirst(room))
    survey.projects += await look(at: left.map { .project($0) }, account: account.id, isHidden: true)
    var paths: [String] = []
    for path in survey.projects.flatMap(\.groupPaths) where !paths.contains(path) { paths.append(path) }
    survey.groups = await look(at: paths.prefix(places).map { .group($0) }, account: account.id)
    let former = GateDiagnosis(survey, expected: expected, at: SystemClock.now()).formerPlaces
    survey.formerPlaces = await each(Array(former.prefix(places))) { place in
      await FormerPlaceConversation(api: api, maintainer: hasMaintainer ? maintainer : nil, place: place).converse(over: transport)
    }
    if hasMaintainer { survey.adminToken = await ProbeConversation(api: maintainer).converse(over: transport).token }
    let named = GateDiagnosis(survey, expected: expected, at: SystemClock.now()).usersOfInterest
    let standings = await each(named) { ($0, await api.standing(of: $0).converse(over: transport)) }
    for (user, standing) in standings {
      if let standing { survey.standings[user] = standing } else { survey.untoldStandings.insert(user) }
    }
    if (try? report.software.get().version?.listsSendings) != false {
      let webhooks = GateDiagnosis(survey, expected: expected, at: SystemClock.now()).webhooksOfInterest
      survey.sendings = Dictionary(
        uniqueKeysWithValues: await each(Array(webhooks.prefix(places))) { key in
          (key, await maintainer.lastSendings(of: key.id, in: key.place).converse(over: transport))
        })
    }
    // Last, for it may take long.
    let looked = Set((survey.projects.compactMap(\.project) + survey.beyond).map(\.id))
    let holding = GateDiagnosis(survey, expected: expected, at: SystemClock.now()).holdingGroups
    survey.uncovered = await each(holding) { group in
      await UncoveredProjectsConversation(api: maintainer, group: group, services: expected.services, besides: looked).converse(
        over: transport)
    }
    return survey
  }

  /// A token that GitLab does not take is also that of an account which is no more: the token that looks is asked whether it is there.
  private func goneAccount(_ expected: GateExpectation, _ account: Result<Person, Obstacle>) async -> Int64? {
    guard hasMaintainer, let made = expected.madeAccount, case .failure(.refused) = account else { return nil }
    let standing = await maintainer.standing(of: made).converse(over: transport)
    return standing == .some(.gone) ? made : nil
  }

  /// What became of projects that were looked at before and that the patterns do not find.
  private struct MissingProjects {
    /// Where services mean them, and shown to the account by their numbers: a list may be refused to it, and not what is in it.
    var shown: [Project] = []
    /// Where services mean them, and shown only to the token that looks: what drifts there is told all the same.
    var hidden: [Project] = []
    var departed: [Int64: FootingLook.Departure] = [:]
    /// Whether GitLab has answered each question.
    var isTold = true
  }

  private func missingProjects(_ expected: GateExpectation, besides shown: [Project]) async -> MissingProjects {
    func isCovered(_ project: Project) -> Bool { expected.services.contains { $0.covers(project: project.id, path: project.path) } }
    let missing = expected.watchedProjects.filter { one in !shown.contains { $0.id == one.id } && isCovered(one) }.prefix(places).map(\.id)
    var became = MissingProjects()
    guard !missing.isEmpty else { return became }
    func note(_ found: ResolvedProjects) {
      for project in found.projects where !isCovered(project) {
        became.departed[project.id] = found.ending.contains(project.id) ? .deleted : .moved(to: project.path)
      }
      became.isTold = became.isTold && found.isTold
    }
    // A project that was moved may show itself to a member by its number.
    let own = await found(missing, by: api)
    note(own)
    became.shown = own.projects.filter(isCovered)
    let known = Set(became.departed.keys).union(became.shown.map(\.id))
    let left = missing.filter { !known.contains($0) }
    guard hasMaintainer, !left.isEmpty else { return became }
    let found = await found(left, by: maintainer)
    note(found)
    became.hidden = found.projects.filter(isCovered)
    if !found.absent.isEmpty, await maintainer.isShownAll.converse(over: transport) {
      // One that is configured by its number is asked for by that again and again: it is the configuration that has to let it go.
      for id in found.absent where !expected.patterns.contains(.id(id)) { became.departed[id] = .deleted }
    }
    return became
  }

  private func found(_ ids: [Int64], by api: GitLabAPI) async -> ResolvedProjects {
    await ResolveProjectsConversation(api: api, patterns: ids.map(ProjectPattern.id)).converse(over: transport)
  }

  private func look(at places: [PlaceSurvey.Place], account: Int64, isHidden: Bool = false) async -> [PlaceSurvey] {
    await each(places) { place in
      await PlaceSurveyConversation(api: api, maintainer: maintainer, account: account, place: place, isHidden: isHidden)
        .converse(over: transport)
    }
  }

  /// In the order of what goes in.
  private func each<Element: Sendable, Value: Sendable>(
    _ elements: [Element], _ ask: @escaping @Sendable (Element) async -> Value
  ) async -> [Value] {
    await withTaskGroup(of: (Int, Value).self) { group in
      var values: [Int: Value] = [:]
      for (index, element) in elements.enumerated() {
        if index >= GateSurveyor.width, let (done, value) = await group.next() { values[done] = value }
        group.addTask { (index, await ask(element)) }
      }
      for await (done, value) in group { values[done] = value }
      return elements.indices.compactMap { values[$0] }
    }
  }
}

extension ResolvedProjects {
  /// Whether GitLab has answered each question, be it with a no.
  fileprivate var isTold: Bool { !problems.contains { if case .retry = $0.obstacle { true } else { false } } }
}
