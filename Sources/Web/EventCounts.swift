package import ChangeControl
import Synchronization

/// What has happened since the process started, counted for `/metrics`: a counter of Prometheus's begins anew with each process. Everything that
/// must not be lost is in the database.
package final class EventCounts: Sendable {
  /// What somebody did in GitLab past the gate.
  package enum PastTheGate: String, Sendable, Hashable, CaseIterable {
    case approval, rejection, play
    /// GitLab asks for no approval any more, and nobody gave one.
    case waiver
  }

  /// What came of a server's own try to rotate an access token.
  package enum Rotation: String, Sendable, Hashable, CaseIterable { case done, failed }

  struct RotationKey: Sendable, Hashable {
    var instance: String
    var outcome: Rotation
  }

  struct DriftKey: Sendable, Hashable {
    var instance: String
    var check: String
    var turn: String
  }

  struct Counts: Sendable {
    var drifts: [DriftKey: Int] = [:]
    var pastTheGate: [PastTheGate: Int] = [:]
    var rotations: [RotationKey: Int] = [:]
  }

  private let counts = Mutex(Counts())

  package init() {}

  package func countDrift(instance: String, check: String, turn: Drift.Turn) {
    counts.withLock { $0.drifts[DriftKey(instance: instance, check: check, turn: turn.rawValue), default: 0] += 1 }
  }

  package func count(_ what: PastTheGate) { counts.withLock { $0.pastTheGate[what, default: 0] += 1 } }

  package func count(_ outcome: Rotation, instance: String) {
    counts.withLock { $0.rotations[RotationKey(instance: instance, outcome: outcome), default: 0] += 1 }
  }

  var all: Counts { counts.withLock { $0 } }
}
