internal import Calendar
internal import ChangeControl
internal import Storage

/// What becomes of a callback that GitLab refuses.
extension Gate {
  /// Whoever got as far as to act was not refused till then, and what they did may stand: it is looked for before it is given up.
  func refuse(
    _ callback: CallbackRecord, change: Int64, reason: String, mayHaveActed: Bool, in transaction: Transaction
  ) throws -> Settlement {
    let since = (mayHaveActed ? nil : callback.refusedByGitLabSince) ?? transaction.now
    let limit = plan.instance(named: callback.instance)?.giveUpAfter ?? .seconds(86_400)
    if transaction.now - since >= limit {
      if try isShown(callback, change: change, in: transaction) {
        return try deliver(callback, change: change, note: "GitLab has shown it, and refuses since: \(reason)", in: transaction)
      }
      return try abandon(callback, change: change, reason: reason, in: transaction)
    }
    return try retry(callback, after: nil, reason: reason, refusedSince: since, in: transaction)
  }

  /// Whether what was sent stands by what GitLab has told since, to a look of another kind: then it is not given up.
  private func isShown(_ callback: CallbackRecord, change id: Int64, in transaction: Transaction) throws -> Bool {
    guard callback.mayHaveBeenSent, let change = try transaction.change(id: id)?.change, let deployment = callback.deployment,
      let known = try transaction.deployment(id: deployment)
    else { return false }
    let ourselves = try transaction.instance(named: callback.instance)?.userID
    func isRecorded(_ status: ApprovalStatus) -> Bool {
      known.approvals.contains { $0.status == status && isOurs($0, of: change, account: ourselves) }
    }
    return switch callback.step {
    case .approve: isRecorded(.approved)
    case .reject: isRecorded(.rejected)
    // Who has started it is not told: one of ours was on its way.
    case .play: known.status == .running || known.status == .success
    default: false
    }
  }
}
