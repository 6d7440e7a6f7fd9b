/// Protecting environments, as GitLab's services for it do: what may be named, what is dropped in silence, what is a validation error.
extension World {
  /// One element of `deploy_access_levels` or `approval_rules` in a request.
  struct AccessRuleChange: Sendable {
    var id: Int64?
    var isRemoval = false
    /// Nil: none of `user_id`, `group_id`, `access_level` was given.
    var holder: Holder?
    var groupInheritance: Int64?
    var requiredApprovals: Int64?
  }

  struct ProtectionChange: Sendable {
    var deployAccess: [AccessRuleChange] = []
    var approvalRules: [AccessRuleChange] = []
    var requiredApprovalCount: Int64?
  }

  static let tiers = ["production", "staging", "testing", "development", "other"]

  mutating func protect(_ source: Source, name: String, _ change: ProtectionChange) throws(APIError) -> ProtectedEnvironment {
    var new = ProtectedEnvironment(id: nextIDs.take(\.row), source, name: name, deployAccess: [], approvalRules: [])
    try apply(change, to: &new)
    var faults = validationErrors(of: new)
    if new.deployAccess.isEmpty { faults.insert("Deploy access levels is too short (minimum is 1 character)", at: 0) }
    guard faults.isEmpty else { throw .unprocessable(messages: faults) }
    protections.insert(new)
    return new
  }

  /// Rows that are not named stay. Taking the last deploy access level away is allowed, as in GitLab's documentation.
  mutating func update(_ protection: ProtectedEnvironment, _ change: ProtectionChange) throws(APIError) -> ProtectedEnvironment {
    var changed = protection
    try apply(change, to: &changed)
    let faults = validationErrors(of: changed)
    guard faults.isEmpty else { throw .unprocessable(messages: faults) }
    protections[protection.id] = changed
    return changed
  }

  private mutating func apply(_ change: ProtectionChange, to protection: inout ProtectedEnvironment) throws(APIError) {
    let source = protection.source
    let deployAccess = change.deployAccess.filter { mayBeNamed($0, in: source) }
    let approvalRules = change.approvalRules.filter { mayBeNamed($0, in: source) }
    guard deployAccess.allSatisfy({ $0.isRemoval || $0.holder != nil || $0.id != nil }) else {
      throw .unprocessable(messages: ["Deploy access levels base One of the Group ID, User ID or Access Level must be specified."])
    }
    if let count = change.requiredApprovalCount { protection.requiredApprovalCount = count }
    try apply(deployAccess, to: &protection.deployAccess)
    try apply(approvalRules, to: &protection.approvalRules)
  }

  private mutating func apply(_ changes: [AccessRuleChange], to rules: inout [AccessRule]) throws(APIError) {
    for change in changes {
      guard let id = change.id else {
        // An element that is to go and has no id is ignored (Rails' nested attributes).
        guard !change.isRemoval, let holder = change.holder else { continue }
        rules.append(
          AccessRule(
            id: nextIDs.take(\.row), holder, requiredApprovals: change.requiredApprovals ?? 1,
            groupInheritance: change.groupInheritance ?? 0))
        continue
      }
      guard let place = rules.firstIndex(where: { $0.id == id }) else { throw .notFound }
      guard !change.isRemoval else {
        rules.remove(at: place)
        continue
      }
      if let holder = change.holder { rules[place].holder = holder }
      if let inheritance = change.groupInheritance { rules[place].groupInheritance = inheritance }
      if let required = change.requiredApprovals { rules[place].requiredApprovals = required }
    }
  }

  private func validationErrors(of protection: ProtectedEnvironment) -> [String] {
    var faults: [String] = []
    if protection.name.isEmpty { faults.append("Name can't be blank") }
    if case .group = protection.source, !World.tiers.contains(protection.name) {
      faults.append("Name must be one of environment tiers: \(World.tiers.joined(separator: ", ")).")
    }
    if protection.approvalRules.contains(where: { $0.requiredApprovals < 1 }) {
      faults.append("Approval rules required approvals must be greater than or equal to 1")
    }
    if protection.approvalRules.contains(where: { $0.requiredApprovals > Limits.mostRequiredApprovals }) {
      faults.append("Approval rules required approvals must be less than or equal to \(Limits.mostRequiredApprovals)")
    }
    if protection.requiredApprovalCount < 0 { faults.append("Required approval count must be greater than or equal to 0") }
    if protection.requiredApprovalCount > Limits.mostRequiredApprovals {
      faults.append("Required approval count must be less than or equal to \(Limits.mostRequiredApprovals)")
    }
    return faults
  }

  /// Whom a protection may name (facts E). Whoever else is named is left out without a word; what is to be removed may name anybody.
  private func mayBeNamed(_ change: AccessRuleChange, in source: Source) -> Bool {
    guard !change.isRemoval, let holder = change.holder else { return true }
    switch (source, holder) {
    case (_, .level): return true
    case (.project(let projectID), .user(let id)):
      return users.find(id) != nil && (level(of: id, onProject: projectID).map { $0 >= .developer } ?? false)
    case (.project, .group(let id)): return invitedGroups(of: source).contains { $0.groupID == id }
    case (.group(let groupID), .user(let id)):
      // Members of the group or of one above it; whoever came in through an invited group is not among them.
      return membershipLevel(of: id, in: ancestry(of: groupID).map { .group($0.id) }).map { $0 >= .maintainer } ?? false
    case (.group(let groupID), .group(let id)):
      return ancestry(of: id).contains { $0.id == groupID } || invitedGroups(of: source).contains { $0.groupID == id }
    }
  }

  /// Who is no longer a member or invited loses their place in the protected environments of that very project. Newer releases keep an
  /// approval rule that is an environment's only one, lest the environment need no approval at all (GitLab's `revoke_user`).
  mutating func revoke(_ holder: Holder, from source: Source) {
    guard case .project = source else { return }
    for protection in protections.all where protection.source == source {
      protections[protection.id].deployAccess.removeAll { $0.holder == holder }
      let isOnlyOne = protection.approvalRules.allSatisfy { $0.holder == holder }
      if isOnlyOne && instance.has(.approvalRulesOnly) { continue }
      protections[protection.id].approvalRules.removeAll { $0.holder == holder }
    }
  }
}
