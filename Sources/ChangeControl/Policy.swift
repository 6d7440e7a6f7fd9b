/// Who must say yes. Exactly one kind of approver each, as in GitLab's protected environments API.
package struct ApprovalRule: Sendable, Hashable {
  package enum Approver: Sendable, Hashable {
    /// One GitLab username.
    case user(String)
    /// A group of the configuration, by its name.
    case group(String)
  }

  package var approver: Approver
  package var requiredApprovals: Int

  package init(approver: Approver, requiredApprovals: Int = 1) {
    self.approver = approver
    self.requiredApprovals = requiredApprovals
  }

  /// `user alice` or `group release-managers`: how pages, refusals and the log name the rule.
  package var name: String {
    switch approver {
    case .user(let username): "user \(username)"
    case .group(let group): "group \(group)"
    }
  }
}

package enum CommentRequirement: String, Sendable, Hashable, CaseIterable {
  case never
  case onRejection = "on_rejection"
  case always
}

/// What must hold before a deployment is let through.
package struct Policy: Sendable, Hashable {
  package var name: String
  /// All of them must be met, by distinct people. Never empty: a gate that nobody guards is a configuration error.
  package var approvalRules: [ApprovalRule]
  /// Whether the person who triggered the deployment is kept from approving it.
  package var preventSelfApproval: Bool
  package var commentRequired: CommentRequirement

  package init(
    name: String, approvalRules: [ApprovalRule], preventSelfApproval: Bool = true, commentRequired: CommentRequirement = .onRejection
  ) {
    self.name = name
    self.approvalRules = approvalRules
    self.preventSelfApproval = preventSelfApproval
    self.commentRequired = commentRequired
  }
}
