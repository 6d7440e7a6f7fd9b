package import GitLab
package import HTTPMessages
package import Storage

/// Work that a GitLab has to be asked for: a chain of steps, each on the thread it is for, each saying what follows. Nothing in it waits; the rim
/// takes the steps, and what it cannot finish in time it ends at a step.
package struct Errand: Sendable {
  package enum Step: Sendable {
    case answer(Response)
    /// To run on a reader.
    case read(@Sendable (Reading) throws -> Step)
    /// To run in the writer's transaction.
    case write(@Sendable (Transaction) throws -> Step)
    /// To be asked of GitLab. Changes nothing there: it may be ended at any exchange.
    case ask(@Sendable (GitLabAPI) -> any Conversation<Step>)
    /// To be done in GitLab. Heard to its end, whoever still waits for the answer.
    case act(@Sendable (GitLabAPI) -> any Conversation<Step>)
    /// To run in the writer's transaction, after something was done in GitLab: it is tried for as long as there is hope.
    case record(@Sendable (Transaction) throws -> Step)
  }

  /// The GitLab's name in the configuration.
  package var instance: String
  /// Whether it changes something there. Of those one goes after another, so that what is read before and after is one request's doing.
  package var isExclusive: Bool
  package var first: Step
}

extension Errand {
  /// Nothing has been sent, and nothing will be: there was no time left for it.
  package static func tooSlow(_ instance: String) -> RelayedRefusal {
    RelayedRefusal(
      status: 504,
      message: "504 Gateway Timeout - GitLab \(instance) takes too long to answer; nothing was changed, try again when it is faster")
  }

  /// What was asked for is on its way.
  package static func underWay(_ instance: String) -> RelayedRefusal {
    RelayedRefusal(
      status: 504,
      message:
        "504 Gateway Timeout - GitLab \(instance) has not said yet whether it is done; look at it with GET before you try again. The audit "
        + "log will have what came of it")
  }

  package static func busy(_ instance: String) -> RelayedRefusal {
    RelayedRefusal(
      status: 503,
      message: "503 Service Unavailable - as much is being asked of GitLab \(instance) as may be at once; try again in a moment",
      pause: .seconds(Limits.retryAfterSeconds))
  }

  package static func unknownInstance(_ instance: String) -> RelayedRefusal {
    RelayedRefusal(
      status: 503, message: "503 Service Unavailable - the configuration has just been read anew, without GitLab \(instance); try again",
      pause: .seconds(Limits.retryAfterSeconds))
  }

  package static func unrecorded(_ instance: String) -> RelayedRefusal {
    RelayedRefusal(
      status: 500,
      message:
        "500 Internal Server Error - GitLab \(instance) was asked to do it, and what came of it could not be recorded; look at it with GET. "
        + "The audit log has what was asked for, the log why")
  }
}
