/// What happened, in words that stay. Each state change has one entry, written in the same transaction.
package enum AuditAction: String, Sendable, Hashable, CaseIterable {
  case changeOpened = "change.opened"
  case edited = "change.edited"
  case approvalRecorded = "approval.recorded"
  case approvalWithdrawn = "approval.withdrawn"
  case gateTurned = "gate.turned"
  case statusChanged = "change.status"
  case outOfBand = "change.out_of_band"
  case commented = "change.commented"
  case recordedInGitLab = "gitlab.approval"
  case callbackDelivered = "callback.delivered"
  case callbackAbandoned = "callback.abandoned"
  case callbackRetried = "callback.retried"
  case tokenCreated = "token.created"
  case tokenRevoked = "token.revoked"
}
