internal import ChangeControl
internal import JSON

/// What lies below a group and no service covers. A tier of the group holds it all the same: it waits for an account that nobody asks, and would be
/// open as soon as the tier goes.
extension SetupSurveyConversation {
  /// Of the group whose tiers are protected, and of those whose tiers apply has protected. Whoever is shown those is a Maintainer there, and is shown all
  /// that lies below.
  var belowQuestions: [Question] {
    guard isForPlan else { return [] }
    let wanted = target.protections == .group && !target.services.allSatisfy(\.gatedTiers.isEmpty) ? survey.groupPath(target) : nil
    return groupsInOrder.filter { group in
      guard let all = try? group.protections?.get() else { return false }
      return group.path.lowercased() == wanted?.lowercased() || (!all.isEmpty && made.protections.contains(where: group.place.isSame))
    }.map { .below($0.place) }
  }

  private var groupsInOrder: [SetupSurvey.GroupReading] { survey.groups.values.sorted { $0.path < $1.path } }

  /// Of more the plan says that they were not looked at.
  var uncoveredQuestions: [Question] {
    survey.uncovered.values.filter { !$0.isIdle }.sorted { $0.id < $1.id }.prefix(Limits.uncoveredProjects).map {
      .uncoveredEnvironments($0.id)
    }
  }

  func questions(ofUncovered id: Int64) -> [Question] {
    guard let project = survey.uncovered[id], let environments = try? project.environments?.get() else { return [] }
    let tiers = Set(target.services.flatMap(\.gatedTiers))
      .union(groupsInOrder.flatMap { (try? $0.protections?.get()) ?? [] }.map(\.name))
    return environments.contains { $0.tier.map(tiers.contains) ?? false } ? [.uncoveredProtections(project.place)] : []
  }

  /// Whether so much is read of a list that the rest is left.
  mutating func isCutShort(_ question: Question, after count: Int) -> Bool {
    guard case .uncoveredEnvironments(let id) = question, count >= Limits.uncoveredEnvironments else { return false }
    survey.uncovered[id]?.isCutShort = true
    return true
  }

  mutating func takeUncovered(_ question: Question, _ result: Result<JSONValue, SetupFault>) {
    switch question {
    case .below(.group(_, let path)):
      let ids = result.map { note(below: $0) }
      survey.groups[path.lowercased()]?.uncovered = ids
    case .uncoveredEnvironments(let id): survey.uncovered[id]?.environments = result.map { $0.all(EnvironmentReading.init) }
    case .uncoveredProtections(.project(let id, _)): survey.uncovered[id]?.protections = result.flatMap(\.protections)
    default: break
    }
  }

  private mutating func note(below value: JSONValue) -> [Int64] {
    let configured = Set(survey.projects.map(\.id))
    let found = value.all(SetupSurvey.UncoveredProject.init).filter { !configured.contains($0.id) }
    for project in found where survey.uncovered[project.id] == nil { survey.uncovered[project.id] = project }
    return found.map(\.id)
  }
}

extension SetupSurveyConversation.Question {
  var isOfUncovered: Bool {
    switch self {
    case .below, .uncoveredEnvironments, .uncoveredProtections: true
    default: false
    }
  }

  /// Of what nothing configured lies in: without an answer the rest is true all the same.
  var isBesideConfigured: Bool {
    switch self {
    case .formerPlace, .formerProtections, .formerHooks, .formerTokens, .formerLevel, .resourceTokens, .directLevel: true
    default: isOfUncovered
    }
  }
}

extension SetupSurvey.UncoveredProject {
  init?(_ value: JSONValue) {
    guard let id = value.id("id") else { return nil }
    self.init(id: id, path: value.text("path_with_namespace", limit: Limits.urlBytes) ?? String(id))
    let isLeft = value.isEnding || value["archived"]?.bool == true
    isSwitchedOff = !isLeft && ProjectAttributes(value).isSwitchedOff
    isIdle = isLeft || isSwitchedOff
  }
}

extension JSONValue {
  /// Of a project or group: whether it is marked for deletion.
  var isEnding: Bool { ["marked_for_deletion_on", "marked_for_deletion_at"].contains { self[$0].map { !$0.isNull } ?? false } }
}

extension EnvironmentReading {
  init?(_ value: JSONValue) {
    guard let name = value["name"]?.string, !name.isEmpty, name.unicodeScalars.count <= Limits.environmentName else { return nil }
    self.init(name: name, tier: value.text("tier") ?? guessedTier(ofEnvironment: name))
  }
}
