package import JSON

/// One element of `deploy_access_levels` or `approval_rules`, as GitLab shows it.
package struct AccessRow: Sendable, Hashable {
  package var id: Int64
  package var holder: AccessHolder
  /// Nil in `deploy_access_levels`.
  package var requiredApprovals: Int64?
  package var description: String

  init?(_ value: JSONValue) {
    guard let id = value.id("id"), let holder = AccessHolder(value) else { return nil }
    self.id = id
    self.holder = holder
    requiredApprovals = value["required_approvals"]?.integer
    description = value.text("access_level_description", limit: 80) ?? holder.text
  }
}

/// Who a row speaks of: exactly one of the three (GitLab's protected environments API).
package enum AccessHolder: Sendable, Hashable {
  case user(Int64)
  case group(Int64)
  case level(Int64)
  /// The service account, whose id is known once it is made.
  case account

  init?(_ value: JSONValue) {
    if let user = value.id("user_id") {
      self = .user(user)
    } else if let group = value.id("group_id") {
      self = .group(group)
    } else if let
      level = value["access_level"]?.integer
    {
      self = .level(level)
    } else {
      return nil
    }
  }

  package func resolved(account: Int64) -> AccessHolder { self == .account ? .user(account) : self }

  var members: [(String, JSONValue)] {
    switch self {
    case .user(let id): [("user_id", .integer(id))]
    case .group(let id): [("group_id", .integer(id))]
    case .level(let level): [("access_level", .integer(level))]
    case .account: []
    }
  }

  package var text: String {
    switch self {
    case .user(let id): "user \(id)"
    case .group(let id): "group \(id)"
    case .level(30): "Developers + Maintainers"
    case .level(40): "Maintainers"
    case .level(60): "administrators"
    case .level(let level): "access level \(level)"
    case .account: "the service account"
    }
  }
}

/// A protected environment of a project, or a protected tier of a group, as GitLab shows it.
package struct ProtectionReading: Sendable, Hashable {
  package var name: String
  package var deployAccess: [AccessRow]
  package var approvalRules: [AccessRow]
  /// What GitLab before approval rules counted.
  package var requiredApprovalCount: Int64

  package init?(_ value: JSONValue) {
    guard let name = value["name"]?.string, !name.isEmpty else { return nil }
    self.name = name
    deployAccess = (value["deploy_access_levels"]?.array ?? []).compactMap(AccessRow.init)
    approvalRules = (value["approval_rules"]?.array ?? []).compactMap(AccessRow.init)
    requiredApprovalCount = value["required_approval_count"]?.integer ?? 0
  }

  package func isApprover(_ user: Int64) -> Bool { approvalRules.contains { $0.holder == .user(user) } }

  package func mayDeploy(_ user: Int64) -> Bool { deployAccess.contains { $0.holder == .user(user) } }
}
