internal import ChangeControl

/// Which of the approvals that GitLab has recorded is ours.
struct OwnApproval: Sendable, Hashable {
  /// The key of the change, `CHG-42`: our comments begin with it.
  var key: String
  /// The service account, once `ProbeConversation` or an answer has told it.
  var userID: Int64?

  /// By the account if we know it: GitLab keeps the first comment when the same is said twice. Else by the comment, which nobody writes
  /// by chance; `CHG-4` is not `CHG-42`.
  func isOurs(_ approval: RecordedApproval) -> Bool {
    if let userID { return approval.person.id == userID }
    guard let comment = approval.comment, comment.hasPrefix(key) else { return false }
    return comment.utf8.dropFirst(key.utf8.count).first.map { !(0x30...0x39).contains($0) } ?? true
  }

  func stands(_ status: ApprovalStatus, in facts: DeploymentFacts) -> Bool {
    facts.approvals.contains { $0.status == status && isOurs($0) }
  }

  /// The answer to a recorded decision names the account that made it: us.
  func learning(from acted: AnswerMeaning?) -> OwnApproval {
    guard case .content(let value) = acted, let id = value["user"]?.id("id") else { return self }
    return OwnApproval(key: key, userID: id)
  }
}

extension DeploymentFacts {
  var isRejected: Bool { approvals.contains { $0.status == .rejected } }
}
