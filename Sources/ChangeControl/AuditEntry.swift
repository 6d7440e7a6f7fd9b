/// What happened, in words that stay. Each state change has one entry, written in the same transaction.
package enum AuditAction: String, Sendable, Hashable, CaseIterable {
  case changeOpened = "change.opened"
  case edited = "change.edited"
  /// A waiting change goes on by another service or policy, which the configuration names now.
  case policyFollowed = "change.policy"
  /// It keeps its own, though the configuration names another.
  case policyKept = "change.policy_kept"
  case approvalRecorded = "approval.recorded"
  case approvalWithdrawn = "approval.withdrawn"
  case gateTurned = "gate.turned"
  case statusChanged = "change.status"
  case outOfBand = "change.out_of_band"
  case glassBroken = "change.glass_broken"
  case reviewed = "change.reviewed"
  case freezeOverridden = "freeze.overridden"
  case commented = "change.commented"
  case recordedInGitLab = "gitlab.approval"
  case callbackDelivered = "callback.delivered"
  case callbackAbandoned = "callback.abandoned"
  case callbackRetried = "callback.retried"
  case protectedEnvironmentRequested = "protected_environment.requested"
  case protectedEnvironmentProtected = "protected_environment.protected"
  case protectedEnvironmentUpdated = "protected_environment.updated"
  case protectedEnvironmentUnprotected = "protected_environment.unprotected"
  case protectedEnvironmentRefused = "protected_environment.refused"
  case protectedEnvironmentUnsettled = "protected_environment.unsettled"
  case driftDetected = "drift.detected"
  case driftResolved = "drift.resolved"
  /// What had drifted is looked at no more, and was not seen mended.
  case driftUnwatched = "drift.unwatched"
  case tokenCreated = "token.created"
  case tokenRevoked = "token.revoked"
  case setupIntended = "setup.intended"
  case setupMade = "setup.made"
  case setupAbandoned = "setup.abandoned"
  case setupUndone = "setup.undone"
  /// Struck from the record because a person says that it is gone, or others' by now.
  case setupForgotten = "setup.forgotten"
  /// Of several things it cannot be told which setup has made: they are named.
  case setupUntold = "setup.untold"
  /// GitLab does not let go what apply was to take back.
  case setupRefused = "setup.refused"
}
