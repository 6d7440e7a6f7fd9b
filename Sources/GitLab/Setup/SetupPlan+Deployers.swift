internal import ChangeControl

/// Who may deploy to what apply has protected itself: whom `setup.deployers` names. What others have put there or taken out stays so.
extension SetupPlanner {
  struct DeployerDifference {
    var missing: [(deployer: SetupTarget.Deployer, grantee: Grantee)] = []
    /// Rows of apply's that the configuration asks for no more.
    var former: [AccessGrant] = []
  }

  /// Nothing for a protection that others have made: who may deploy there is theirs to say.
  func deployerDifference(of protection: ProtectedEnvironment, in place: SetupPlace) -> DeployerDifference {
    let made = made(of: protection, in: place)
    guard made.contains(where: \.isWhole) else { return DeployerDifference() }
    let present = Set(protection.deployAccessLevels.map(\.grantee))
    let missing = target.deployers.compactMap { deployer -> (SetupTarget.Deployer, Grantee)? in
      guard let grantee = grantee(of: deployer), !present.contains(grantee) else { return nil }
      // A role that apply has put in once somebody has taken out. A group that is not invited, and a person who is no member, GitLab drops (facts E).
      if case .accessLevel = deployer, isTakenOut(grantee, made) { return nil }
      return (deployer, grantee)
    }
    return DeployerDifference(missing: missing, former: unnamedRows(of: protection, made, besides: missing.map(\.1)))
  }

  /// By somebody else: what apply did last was to put them in.
  private func isTakenOut(_ grantee: Grantee, _ made: [SetupMemory.MadeProtection]) -> Bool {
    // The newest comes first.
    made.first { $0.deployers.contains(grantee) || $0.formerDeployers.contains(grantee) }.map { $0.deployers.contains(grantee) } ?? false
  }

  private func unnamedRows(
    of protection: ProtectedEnvironment, _ made: [SetupMemory.MadeProtection], besides missing: [Grantee]
  ) -> [AccessGrant] {
    let named = target.deployers.compactMap(grantee)
    // One whose name GitLab does not know may be any of them.
    guard named.count == target.deployers.count else { return [] }
    let former = protection.deployAccessLevels.filter { row in
      !named.contains(row.grantee) && made.contains { $0.deployRows.contains(row.id) && $0.deployers.contains(row.grantee) }
    }
    let staysOpen = target.playsAfterApproval || !missing.isEmpty || former.count < protection.deployAccessLevels.count
    return staysOpen ? former : []
  }

  func unknownDeployers(of protection: ProtectedEnvironment, in place: SetupPlace) -> [String] {
    guard made(of: protection, in: place).contains(where: \.isWhole) else { return [] }
    return target.deployers.filter { grantee(of: $0) == nil }.map(whyUnknown)
  }

  /// Why GitLab would leave out one who may deploy: of a project it takes only groups that were invited to the project itself (facts E).
  func whyDropped(_ deployer: SetupTarget.Deployer, _ grantee: Grantee, in place: SetupPlace) -> String? {
    guard case .group(let id) = grantee, place.level == .project,
      let invited = projects.first(where: { $0.id == place.id })?.own?.invitedGroups, !invited.contains(id)
    else { return nil }
    // GitLab invites to a project no group that it is in.
    if case .group(let path) = deployer, place.path?.lowercased().hasPrefix(path.lowercased() + "/") == true {
      return
        "\(text(of: deployer)) of `setup.deployers` is above \(place.text): GitLab leaves out such a group, and invites it to no project that is in it. Name a "
        + "role, people or another group in its place"
    }
    return
      "\(text(of: deployer)) of `setup.deployers` is not invited to \(place.text), and GitLab leaves out one that is not: invite it there (Manage > Members > "
      + "Invite a group), or take it out of `setup.deployers`"
  }

  func whyUnknown(_ deployer: SetupTarget.Deployer) -> String {
    let hidden = if case .group = deployer { ", or, where it is private, run this with the token of one of its members" } else { "" }
    return "GitLab shows \(survey.person.username) nobody of the name in `setup.deployers`: \(text(of: deployer)); correct it\(hidden)"
  }

  func grantee(of deployer: SetupTarget.Deployer) -> Grantee? {
    if case .accessLevel(let level) = deployer { .accessLevel(level) } else { survey.deployers[deployer] }
  }

  func text(of deployer: SetupTarget.Deployer) -> String {
    switch deployer {
    case .accessLevel(let level): Grantee.accessLevel(level).people
    case .user(let name): name
    case .group(let path): "group \(path)"
    }
  }

  /// Takes it into a change, and says so.
  func note(_ difference: DeployerDifference, in change: inout SetupChange, _ lines: inout [String]) {
    for (deployer, grantee) in difference.missing {
      change.deployers.append(.other(grantee))
      lines.append("+ deploy_access_levels: \(text(of: deployer))")
    }
    change.formerDeployRows += difference.former.map(\.id)
    change.formerDeployers = difference.former.map(\.grantee)
    lines += difference.former.map { row in
      if case .accessLevel = row.grantee { return "- deploy_access_levels: \(row.grantee.people), whom `setup.deployers` names no more" }
      return "- deploy_access_levels: \(row.accessLevelDescription) (\(row.grantee.people)), whom `setup.deployers` names no more"
    }
  }
}
