package import ChangeControl

/// The projects that the configuration's patterns mean in one GitLab at one moment.
package struct ResolvedProjects: Sendable, Hashable {
  /// A pattern that could not be resolved, or not wholly.
  package struct Problem: Sendable, Hashable {
    package var pattern: String
    package var obstacle: Obstacle
    /// GitLab knows it by another path now, or itself is elsewhere.
    package var isRedirected = false

    package init(pattern: String, obstacle: Obstacle) {
      self.pattern = pattern
      self.obstacle = obstacle
    }
  }

  /// By id, each once.
  package var projects: [Project]
  /// Configured by number, and GitLab did not tell their path: they count all the same.
  package var unnamed: [Int64]
  /// Asked for by number, and GitLab says that there is no such project, as of one that it does not show.
  package var absent: [Int64] = []
  /// Asked for by number, and marked for deletion: GitLab has renamed those already.
  package var ending: Set<Int64> = []
  package var problems: [Problem]

  package init(projects: [Project], unnamed: [Int64], problems: [Problem]) {
    self.projects = projects
    self.unnamed = unnamed
    self.problems = problems
  }

  /// Those without a path too.
  package var named: [Project] { projects + unnamed.map { Project(id: $0, path: "", webURL: nil) } }

  package var ids: [Int64] { (projects.map(\.id) + unnamed).sorted() }
}
