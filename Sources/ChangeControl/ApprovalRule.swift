/// Who must say yes. Exactly one kind of approver each, as in GitLab's protected environments API.
package struct ApprovalRule: Sendable, Hashable {
  package enum Approver: Sendable, Hashable {
    /// One GitLab username.
    case user(String)
    /// A group of the configuration, by its name.
    case group(String)
    /// A group of GitLab's.
    case gitLabGroup(GitLabGroup)
    /// Whoever has at least this level in the deployment's project.
    case accessLevel(AccessLevel)
  }

  package var approver: Approver
  package var requiredApprovals: Int
  /// Rules of a later stage are open only once those of every earlier one are met. 1 is the first.
  package var stage: Int

  package init(approver: Approver, requiredApprovals: Int = 1, stage: Int = 1) {
    self.approver = approver
    self.requiredApprovals = requiredApprovals
    self.stage = stage
  }

  /// `user alice` or `group release-managers`: how pages, refusals and the log name the rule.
  package var name: String {
    switch approver {
    case .user(let username): "user \(username)"
    case .group(let group): "group \(group)"
    case .gitLabGroup(let group): "GitLab group \(group.path)"
    case .accessLevel(let level): "access level \(level.rawValue) (\(level.label))"
    }
  }

  /// Whether `represented_as` means this rule: its user's, group's or level's name, or the rule's own.
  func answers(to name: String) -> Bool {
    if self.name == name { return true }
    return switch approver {
    case .user(let user): sameUser(user, name)
    case .group(let group): group == name
    case .gitLabGroup(let group): group.path == name
    case .accessLevel(let level): level.label == name || String(level.rawValue) == name
    }
  }
}

/// The access levels that GitLab's approval rules know.
package enum AccessLevel: Int, Sendable, Hashable, CaseIterable, Comparable {
  case developer = 30
  case maintainer = 40
  /// Administrators of the whole instance; no level of membership.
  case administrator = 60

  /// GitLab's words: a level stands for itself and those above.
  package var label: String {
    switch self {
    case .developer: "Developers + Maintainers"
    case .maintainer: "Maintainers"
    case .administrator: "Administrators"
    }
  }

  package static func < (left: AccessLevel, right: AccessLevel) -> Bool { left.rawValue < right.rawValue }
}
