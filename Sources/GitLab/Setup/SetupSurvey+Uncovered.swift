extension SetupSurvey {
  /// A project that no service covers, below a group whose tiers hold it all the same.
  package struct UncoveredProject: Sendable, Hashable {
    package var id: Int64
    package var path: String
    /// Nothing is deployed there: it is archived, marked for deletion, or switched off.
    package var isIdle = false
    /// It has no environments as long as its CI/CD, its repository or they themselves are switched off: somebody may switch them on.
    package var isSwitchedOff = false
    /// It has more environments than are read.
    package var isCutShort = false
    package var environments: Result<[EnvironmentReading], SetupFault>?
    /// Asked only where an environment may be held by a tier.
    package var protections: Result<[ProtectedEnvironment], SetupFault>?

    package init(id: Int64, path: String) {
      self.id = id
      self.path = path
    }

    var place: SetupPlace { .project(id: id, path: path) }
  }
}
