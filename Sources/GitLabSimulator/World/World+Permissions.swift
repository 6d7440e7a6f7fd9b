extension World {
  /// The highest level that a user has on a project: directly, through a group above it, or through a group that was invited.
  package func level(of userID: Int64, onProject projectID: Int64) -> AccessLevel? {
    level(of: userID, on: [.project(projectID)] + ancestry(of: projects[projectID].groupID).map { .group($0.id) })
  }

  /// The same on a group.
  package func level(of userID: Int64, onGroup groupID: Int64) -> AccessLevel? {
    level(of: userID, on: ancestry(of: groupID).map { .group($0.id) })
  }

  private func level(of userID: Int64, on sources: [Source]) -> AccessLevel? {
    let own = membershipLevel(of: userID, in: sources)
    let invited = groupLinks.filter { sources.contains($0.source) }.compactMap { link in
      membershipLevel(of: userID, in: ancestry(of: link.groupID).map { .group($0.id) }).map { min($0, link.level) }
    }
    return (invited + [own].compactMap { $0 }).max()
  }

  func membershipLevel(of userID: Int64, in sources: [Source]) -> AccessLevel? {
    memberships.filter { $0.userID == userID && sources.contains($0.source) && isCurrent($0) }.map(\.level).max()
  }

  func isCurrent(_ membership: Membership) -> Bool { membership.expiresAt.map { now < $0 } ?? true }

  func mayRead(project projectID: Int64, _ user: User) -> Bool {
    user.isAdministrator || level(of: user.id, onProject: projectID) != nil
  }

  func has(_ wanted: AccessLevel, onProject projectID: Int64, _ user: User) -> Bool {
    user.isAdministrator || (level(of: user.id, onProject: projectID).map { $0 >= wanted } ?? false)
  }

  func has(_ wanted: AccessLevel, onGroup groupID: Int64, _ user: User) -> Bool {
    user.isAdministrator || (level(of: user.id, onGroup: groupID).map { $0 >= wanted } ?? false)
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

  /// The approval rules that a user fits.
  func approvalRules(of environment: Environment, granting user: User) -> [AccessRule] {
    protections(of: environment).flatMap { protection in
      protection.approvalRules.filter { grants($0, of: protection, user, project: environment.projectID) }
    }
  }

  /// A level is the one in the project or the group that the environment is protected in (GitLab's `container_access_level`).
  private func grants(_ rule: AccessRule, of protection: ProtectedEnvironment, _ user: User, project projectID: Int64) -> Bool {
    if user.isAdministrator { return true }
    switch rule.holder {
    case .user(let id): return id == user.id && mayRead(project: projectID, user)
    case .level(let level):
      return switch protection.source {
      case .project(let id): has(level, onProject: id, user)
      case .group(let id): has(level, onGroup: id, user)
      }
    case .group(let id):
      let sources = rule.groupInheritance == 1 ? ancestry(of: id).map(\.id) : [id]
      return memberships.contains { membership in
        guard case .group(let source) = membership.source else { return false }
        return membership.userID == user.id && sources.contains(source) && isCurrent(membership)
      }
    }
  }

  /// Whether GitLab lets the user write to jobs that deploy there (the list "allowed to deploy").
  package func mayDeploy(_ user: User, to environment: Environment) -> Bool {
    guard has(.developer, onProject: environment.projectID, user) else { return false }
    return protections(of: environment).allSatisfy { protection in
      protection.deployAccess.contains { grants($0, of: protection, user, project: environment.projectID) }
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
