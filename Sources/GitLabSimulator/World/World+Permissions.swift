extension World {
  /// The highest level that a user has on a project, directly or through a group above it.
  package func level(of userID: Int64, onProject projectID: Int64) -> AccessLevel? {
    let groupIDs = Set(ancestry(of: projects[projectID].groupID).map(\.id))
    return memberships.filter { membership in
      guard membership.userID == userID else { return false }
      return switch membership.source {
      case .project(let id): id == projectID
      case .group(let id): groupIDs.contains(id)
      }
    }.map(\.level).max()
  }

  func mayRead(project projectID: Int64, _ user: User) -> Bool {
    user.isAdministrator || level(of: user.id, onProject: projectID) != nil
  }

  func has(_ wanted: AccessLevel, onProject projectID: Int64, _ user: User) -> Bool {
    user.isAdministrator || (level(of: user.id, onProject: projectID).map { $0 >= wanted } ?? false)
  }

  /// The protections that hold for an environment: its own by name, and those of its tier in the groups above. All of them apply.
  func protections(of environment: Environment) -> [ProtectedEnvironment] {
    guard instance.isLicensed else { return [] }
    let groupIDs = Set(ancestry(of: projects[environment.projectID].groupID).map(\.id))
    return protections.all.filter { protection in
      switch protection.source {
      case .project(let id): id == environment.projectID && protection.name == environment.name
      case .group(let id): groupIDs.contains(id) && protection.name == environment.tier
      }
    }
  }

  func approvalRules(of environment: Environment) -> [AccessRule] { protections(of: environment).flatMap(\.approvalRules) }

  func grants(_ rule: AccessRule, _ user: User, project projectID: Int64) -> Bool {
    if user.isAdministrator { return true }
    switch rule.holder {
    case .user(let id): return id == user.id && mayRead(project: projectID, user)
    case .level(let level): return has(level, onProject: projectID, user)
    case .group(let id):
      let sources = rule.groupInheritance == 1 ? ancestry(of: id).map(\.id) : [id]
      return memberships.contains { membership in
        guard case .group(let source) = membership.source else { return false }
        return membership.userID == user.id && sources.contains(source)
      }
    }
  }

  /// Whether GitLab lets the user write to jobs that deploy there (the list "allowed to deploy").
  package func mayDeploy(_ user: User, to environment: Environment) -> Bool {
    guard has(.developer, onProject: environment.projectID, user) else { return false }
    return protections(of: environment).allSatisfy { protection in
      protection.deployAccess.contains { grants($0, user, project: environment.projectID) }
    }
  }

  /// The name that `represented_as` is compared with, and `access_level_description`.
  func displayName(of holder: Holder) -> String {
    switch holder {
    case .user(let id): users.find(id)?.name ?? "Removed user"
    case .group(let id): groups.find(id)?.name ?? "Removed group"
    case .level(.developer): "Developers + Maintainers"
    case .level(.administrator): "Administrators"
    case .level: "Maintainers"
    }
  }
}
