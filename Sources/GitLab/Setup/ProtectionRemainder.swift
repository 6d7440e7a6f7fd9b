internal import JSON

/// What of a protection that stands now is apply's, and what stays when that goes.
///
/// An element is apply's while it has the id that one of its records has, and speaks of whom that record named: several runs may have put rows into one
/// protection, for one account after another. The account's approval rule is, whatever count others gave it: nobody but the account can meet it, and
/// left behind it would hold every deployment for ever.
struct ProtectionRemainder {
  private let deploy: [AccessGrant]
  private let approval: [AccessGrant]
  private let othersDeploy: [AccessGrant]
  private let othersApproval: [AccessGrant]
  /// The accounts that apply has put into it.
  private let accounts: Set<Int64>
  /// Elements that apply made and others have made theirs.
  let changed: [AccessGrant]

  /// - Parameter records: all that apply has of this protection.
  init(_ protection: ProtectedEnvironment, _ records: [SetupTrace]) {
    accounts = Set(records.compactMap(\.account))
    func isOwnDeploy(_ grant: AccessGrant) -> Bool {
      records.contains { record in
        guard record.deployRows.contains(grant.id), let account = record.account else { return false }
        return record.change.deployers.contains { $0.resolved(account: account) == grant.grantee }
      }
    }
    func isOwnApproval(_ grant: AccessGrant) -> Bool {
      records.contains { record in record.approvalRows.contains(grant.id) && record.account.map { grant.grantee == .user($0) } ?? false }
    }
    deploy = protection.deployAccessLevels.filter(isOwnDeploy)
    approval = protection.approvalRules.filter(isOwnApproval)
    othersDeploy = protection.deployAccessLevels.filter { !isOwnDeploy($0) }
    othersApproval = protection.approvalRules.filter { !isOwnApproval($0) }
    changed =
      othersDeploy.filter { row in records.contains { $0.deployRows.contains(row.id) } }
      + othersApproval.filter { row in records.contains { $0.approvalRows.contains(row.id) } }
  }

  var isOnlyOurs: Bool { othersDeploy.isEmpty && othersApproval.isEmpty }

  /// Of ours, those that stay where the protection does: others have built on who may deploy, and without these people deployments would fail
  /// that go now. They only let; what holds goes.
  private var staying: [AccessGrant] { deploy.filter { !isAccount($0) } }

  private func isAccount(_ row: AccessGrant) -> Bool { if case .user(let id) = row.grantee { accounts.contains(id) } else { false } }

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
    var parts: [String] = []
    if (othersApproval + othersDeploy).contains(where: isAccount) {
      parts.append(
        "others have put rows into it since (\(others)), and it stays protected: what apply made of it is gone, but the account is in it still, by rows "
          + "that apply did not make")
    } else {
      parts.append("others have put rows into it since (\(others)): the account is taken out, and it stays protected")
    }
    if !staying.isEmpty {
      parts.append("\(staying.map(\.accessLevelDescription).joined(separator: ", ")) may still deploy, whom apply had named")
    }
    if let changedCount { parts.append(changedCount) }
    if othersApproval.isEmpty { parts.append("nobody's approval is asked for there any more") }
    return parts.joined(separator: "; ")
      + "; to take it away whole, unprotect it in GitLab (Settings > CI/CD > Protected environments)"
  }
}
