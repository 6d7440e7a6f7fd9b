internal import JSON

/// What of a protection that stands now is apply's, and what stays when that goes.
///
/// An element is apply's while it has the id and speaks of whom apply named. The account's approval rule is, whatever count others gave it:
/// nobody but the account can meet it, and left behind it would hold every deployment for ever.
struct ProtectionRemainder {
  private let deploy: [AccessGrant]
  private let approval: [AccessGrant]
  private let othersDeploy: [AccessGrant]
  private let othersApproval: [AccessGrant]
  private let account: Int64
  /// Elements that apply made and others have made theirs.
  let changed: [AccessGrant]

  init(_ protection: ProtectedEnvironment, _ trace: SetupTrace, account: Int64) {
    self.account = account
    let named = trace.change.deployers.map { $0.resolved(account: account) }
    func isOwnDeploy(_ grant: AccessGrant) -> Bool { trace.deployRows.contains(grant.id) && named.contains(grant.grantee) }
    func isOwnApproval(_ grant: AccessGrant) -> Bool { trace.approvalRows.contains(grant.id) && grant.grantee == .user(account) }
    deploy = protection.deployAccessLevels.filter(isOwnDeploy)
    approval = protection.approvalRules.filter(isOwnApproval)
    othersDeploy = protection.deployAccessLevels.filter { !isOwnDeploy($0) }
    othersApproval = protection.approvalRules.filter { !isOwnApproval($0) }
    changed =
      othersDeploy.filter { trace.deployRows.contains($0.id) } + othersApproval.filter { trace.approvalRows.contains($0.id) }
  }

  var isOnlyOurs: Bool { othersDeploy.isEmpty && othersApproval.isEmpty }

  /// Of ours, those that stay where the protection does: others have built on who may deploy, and without these people deployments would fail
  /// that go now. They only let; what holds goes.
  private var staying: [AccessGrant] { deploy.filter { $0.grantee != .user(account) } }

  /// Whether only the account could deploy, which is on its way out.
  var leavesNobodyToDeploy: Bool { othersDeploy.isEmpty && staying.isEmpty && !deploy.isEmpty }

  /// The body that takes ours out; nil where there is nothing to take.
  var removal: JSONValue? {
    func removals(_ rows: [AccessGrant]) -> JSONValue { .array(rows.map { ["id": .integer($0.id), "_destroy": true] }) }
    let kept = Set(staying.map(\.id))
    let leaving = deploy.filter { !kept.contains($0.id) }
    guard !leaving.isEmpty || !approval.isEmpty else { return nil }
    return ["deploy_access_levels": removals(leaving), "approval_rules": removals(approval)]
  }

  /// The count that others gave the account's rule; nil where it has apply's, or where the rule is gone.
  var changedCount: String? {
    approval.compactMap(\.requiredApprovals).first { $0 != 1 }
      .map { "the account's rule asked for \($0) approvals, and apply had made it 1" }
  }

  /// What of a protection that goes whole was not as apply had made it; nil where all was.
  var whatWasChanged: String? {
    var parts = [changedCount].compactMap(\.self)
    if !isOnlyOurs { parts.append("others had put into it: \(others)") }
    return parts.isEmpty ? nil : parts.joined(separator: "; ")
  }

  /// Who is in it besides, for sentences.
  var others: String {
    let approvers = othersApproval.map { "approval by \($0.accessLevelDescription), \($0.requiredApprovals ?? 1)" }
    let deployers = othersDeploy.map { "deployment by \($0.accessLevelDescription)" }
    let all = approvers + deployers
    return all.prefix(5).joined(separator: "; ") + (all.count > 5 ? " and \(all.count - 5) more" : "")
  }

  func sentence(existed: Bool) -> String {
    if existed {
      let theirs = changed.map(\.accessLevelDescription).joined(separator: ", ")
      return "somebody has changed what apply had put into it, and that stays (\(theirs))"
    }
    var parts = ["others have put rows into it since (\(others)): the account is taken out, and it stays protected"]
    if !staying.isEmpty {
      parts.append("\(staying.map(\.accessLevelDescription).joined(separator: ", ")) may still deploy, whom apply had named")
    }
    if let changedCount { parts.append(changedCount) }
    if othersApproval.isEmpty { parts.append("nobody's approval is asked for there any more") }
    return parts.joined(separator: "; ")
      + "; to take it away whole, unprotect it in GitLab (Settings > CI/CD > Protected environments)"
  }
}
