package import Calendar
package import HTTPMessages

extension World {
  /// By which way somebody acts on GitLab.
  package enum Door: Sendable, Hashable { case api, interface }

  /// Something that was done to a deployment or a job, as opposed to something that was asked for. "Never twice in effect" is asserted on these.
  package struct Effect: Sendable, Hashable {
    package enum Kind: Sendable, Hashable {
      /// An approval row was made, or its status changed.
      case approvalRecorded(deployment: Int64, rule: Int64?, status: Approval.Status, comment: String?)
      /// The same decision came again; the row and its comment stayed as they were.
      case approvalRepeated(deployment: Int64, status: Approval.Status)
      case jobPlayed(job: Int64)
      /// The last approval without rules starts the job by itself.
      case jobStartedByApproval(job: Int64)
      case jobCanceled(job: Int64)
      /// A rejection ended the job for good.
      case jobRejected(job: Int64)
    }

    package var at: Instant
    package var userID: Int64
    package var door: Door
    package var kind: Kind
  }

  /// One request as it came in, and what was answered.
  package struct ReceivedRequest: Sendable {
    package var at: Instant
    package var request: Request
    /// Whose token it carried, when GitLab knew it.
    package var userID: Int64?
    package var fault: Fault.Action?
    /// The status that was sent, or would have been had the answer not been lost; nil when nothing was done.
    package var status: Int?

    package var method: String { request.head.method.rawValue }
    package var path: String { request.head.path ?? "" }
  }

  mutating func note(_ kind: Effect.Kind, by userID: Int64) {
    effects.append(Effect(at: now, userID: userID, door: door, kind: kind))
  }
}
