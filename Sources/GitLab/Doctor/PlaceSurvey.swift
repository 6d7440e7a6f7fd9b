package import ChangeControl

/// What one project, or one group above projects, has of what a gate stands on.
package struct PlaceSurvey: Sendable, Hashable {
  package enum Place: Sendable, Hashable {
    case project(Project)
    /// By its full path.
    case group(String)

    /// For sentences.
    package var text: String {
      switch self {
      case .project(let project): project.path.isEmpty ? "project \(project.id)" : project.path
      case .group(let path): "group \(path)"
      }
    }

    /// As paths of the API begin.
    var endpoint: String {
      switch self {
      case .project(let project): "/projects/\(project.id)"
      case .group(let path): "/groups/\(percentEncoded(path))"
      }
    }
  }

  package struct Environment: Sendable, Hashable {
    package var name: String
    package var tier: String?

    package init(name: String, tier: String?) {
      self.name = name
      self.tier = tier
    }
  }

  package var place: Place
  /// The service account's level there, through groups too; nil: no member.
  package var level: Result<Int64?, SurveyGap>
  /// "Allow pipeline triggerer to approve deployment"; nil where GitLab does not say, and for a group.
  package var allowsTriggererApproval: Bool?
  /// What a project tells of its plan, or why it was not shown; nil for a group.
  package var own: Result<ProjectAttributes, SurveyGap>?
  /// Of a project.
  package var environments: Result<[Environment], SurveyGap>
  package var protections: Result<[ProtectedEnvironment], SurveyGap>
  package var webhooks: Result<[RegisteredWebhook], SurveyGap>
  /// Whether the account belongs to groups that rules name, by their ids.
  package var memberships: [Int64: Bool] = [:]

  package init(_ place: Place, unreadBecause reason: String = "it was not looked at") {
    self.place = place
    level = .failure(.untold(reason))
    environments = .failure(.untold(reason))
    protections = .failure(.untold(reason))
    webhooks = .failure(.untold(reason))
  }

  /// Why nothing can be protected there: the plan has no protected environments, or its licence has lapsed, and GitLab holds nothing (facts C.1, E).
  ///
  /// GitLab answers 404 then, to whoever is shown the project itself; or 403 to one whom it shows webhooks, and who is a Maintainer so. A
  /// fine-grained token without that permission is refused too, in other words, and so a proxy refuses.
  package var unlicensed: SurveyGap? {
    guard project != nil, let gap = protections.gap else { return nil }
    switch gap {
    case .missing: return gap.isUnlicensed ? gap : nil
    case .forbidden(let message):
      return webhooks.gap == nil && message == "403 Forbidden" ? gap : nil
    case .untold: return nil
    }
  }

  /// It has no environments as long as somebody does not switch on what it does without.
  var isSwitchedOff: Bool { environments.gap != nil && (try? own?.get())?.isSwitchedOff == true }

  package var project: Project? { if case .project(let project) = place { project } else { nil } }

  /// The paths of the groups above, the nearest first.
  package var groupPaths: [String] {
    var segments = (project?.path ?? "").split(separator: "/").dropLast()
    var paths: [String] = []
    while !segments.isEmpty {
      paths.append(segments.joined(separator: "/"))
      segments.removeLast()
    }
    return paths
  }
}
