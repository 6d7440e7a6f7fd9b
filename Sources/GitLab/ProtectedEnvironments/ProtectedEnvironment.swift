package import JSON

/// A protected environment of a project, or a protected tier of a group, as GitLab shows it.
package struct ProtectedEnvironment: Sendable, Hashable {
  package var name: String
  package var deployAccessLevels: [AccessGrant]
  package var approvalRules: [AccessGrant]
  /// As GitLab wrote it, with members too that we do not know.
  package let value: JSONValue

  /// Nil for what is no protected environment, and for one of more elements than GitLab's page would ever show.
  package init?(_ value: JSONValue) {
    guard let name = value["name"]?.string, !name.isEmpty else { return nil }
    let levels = value["deploy_access_levels"]?.array ?? []
    let rules = value["approval_rules"]?.array ?? []
    guard levels.count <= Limits.shownGrants, rules.count <= Limits.shownGrants else { return nil }
    self.name = name
    deployAccessLevels = levels.compactMap(AccessGrant.init)
    approvalRules = rules.compactMap(AccessGrant.init)
    guard deployAccessLevels.count == levels.count, approvalRules.count == rules.count else { return nil }
    self.value = value
  }

  /// What GitLab before approval rules counted; later answers still show it, as 0.
  var requiredApprovalCount: Int64 { value["required_approval_count"]?.integer ?? 0 }

  func isApprover(_ user: Int64) -> Bool { approvalRules.contains { $0.grantee == .user(user) } }

  /// Rules of one account's own that ask for another number of approvals than the one that it gives.
  func miscountedRules(for user: Int64) -> [AccessGrant] { approvalRules.filter { $0.grantee == .user(user) && $0.miscount != nil } }

  func mayDeploy(_ user: Int64) -> Bool { deployAccessLevels.contains { $0.grantee == .user(user) } }

  func grants(_ list: AccessGrant.List) -> [AccessGrant] { list == .deployAccessLevels ? deployAccessLevels : approvalRules }

  /// What the audit log keeps of it: what GitLab documents, and nothing that it may add.
  package var record: JSONValue {
    [
      "name": .string(name.bounded(to: Limits.environmentName)),
      "deploy_access_levels": .array(deployAccessLevels.map(\.record)),
      "approval_rules": .array(approvalRules.map(\.record)),
    ]
  }
}

/// One element of `deploy_access_levels` or `approval_rules`.
package struct AccessGrant: Sendable, Hashable {
  package enum List: String, Sendable, CaseIterable {
    case deployAccessLevels = "deploy_access_levels"
    case approvalRules = "approval_rules"

    /// One element, for sentences.
    var singular: String { self == .deployAccessLevels ? "deploy access level" : "approval rule" }
  }

  package var id: Int64
  package var grantee: Grantee
  package var groupInheritance: Int64
  /// Nil in `deploy_access_levels`.
  package var requiredApprovals: Int64?
  /// GitLab's words for whom it speaks of: a role's label, or a name that somebody has chosen. For people, never to go by (facts A.3).
  package var accessLevelDescription: String

  /// Of an account's own rule: what is amiss with the approvals that it asks for. GitLab's API takes 1 to 5 (facts E); what stands there, by another way,
  /// is held to no bound.
  var miscount: String? {
    switch requiredApprovals ?? 1 {
    case 1: nil
    case let count where count > 1: "asks for \(count) approvals, and one account gives one"
    case let count: "asks for \(count) approvals, and nothing waits for it"
    }
  }

  init?(_ value: JSONValue) {
    guard let id = value.id("id"), let grantee = Grantee(value) else { return nil }
    self.id = id
    self.grantee = grantee
    groupInheritance = value["group_inheritance_type"]?.integer ?? 0
    requiredApprovals = value["required_approvals"]?.integer
    accessLevelDescription = value.text("access_level_description", limit: 80) ?? grantee.people
  }

  fileprivate var record: JSONValue {
    var object: JSONObject = ["id": .integer(id)]
    object.append(grantee.member, .integer(grantee.number))
    object.append("group_inheritance_type", .integer(groupInheritance))
    if let requiredApprovals { object.append("required_approvals", .integer(requiredApprovals)) }
    return .object(object)
  }
}

/// Whom an element speaks of: exactly one of the three.
package enum Grantee: Sendable, Hashable {
  case user(Int64)
  case group(Int64)
  case accessLevel(Int64)

  /// What to do for one that may not be shared with anything (GitLab's `share_with_group_lock`, and sharing outside a hierarchy).
  static let insteadOfGroup =
    "where a group above forbids that (its Settings > General > Permissions and group features), name a role or people in its place"

  /// GitLab shows an `access_level` beside the group of an element too (its documentation's examples).
  init?(_ value: JSONValue) {
    if let user = value.id("user_id") {
      self = .user(user)
    } else if let group = value.id("group_id") {
      self = .group(group)
    } else if let level = value["access_level"]?.integer {
      self = .accessLevel(level)
    } else {
      return nil
    }
  }

  var member: String {
    switch self {
    case .user: "user_id"
    case .group: "group_id"
    case .accessLevel: "access_level"
    }
  }

  var number: Int64 {
    switch self {
    case .user(let number), .group(let number), .accessLevel(let number): number
    }
  }

  /// As it stands in a request: `user_id 97`.
  var text: String { "\(member) \(number)" }

  /// For sentences.
  var people: String {
    switch self {
    case .user(let id): "user \(id)"
    case .group(let id): "group \(id)"
    case .accessLevel(30): "Developers + Maintainers"
    case .accessLevel(40): "Maintainers"
    case .accessLevel(60): "administrators"
    case .accessLevel(let level): "access level \(level)"
    }
  }
}
