import ChangeControl
import JSON
import Logging
import Storage
import Web

/// What happened in GitLab that whoever watches the log wants to know at once: what the gate stands on has drifted, or somebody went past it. Read
/// from its entry in the audit log.
struct Irregularity {
  static let actions: [AuditAction] = [.driftDetected, .driftResolved, .driftUnwatched, .outOfBand, .recordedInGitLab, .gateTurned]

  private let entry: AuditEntry
  private let action: AuditAction
  private let detail: JSONValue
  /// Whether a gate turned by it, in the same commit: that has a line of its own.
  private let isTurn: Bool

  /// - Parameter entries: those around it.
  ///
  /// Nil for an entry that is none: the one about a drift that a change has of its own, an approval that others had to give.
  init?(_ entry: AuditEntry, among entries: [AuditEntry]) {
    guard let action = AuditAction(rawValue: entry.action), Self.actions.contains(action) else { return nil }
    self.entry = entry
    self.action = action
    detail = (try? JSONValue.parse(entry.detail)) ?? .null
    isTurn =
      entry.change != nil
      && entries.contains { $0.action == AuditAction.gateTurned.rawValue && $0.change == entry.change && $0.at == entry.at }
    switch action {
    case .driftDetected, .driftResolved, .driftUnwatched: guard entry.change == nil else { return nil }
    case .recordedInGitLab: guard detail["status"]?.string == ApprovalStatus.rejected.rawValue else { return nil }
    // The rejection itself has an entry.
    case .outOfBand: guard detail["deployment_status"]?.string != DeploymentStatus.failed.rawValue, !isTurn else { return nil }
    // It ran before anything was decided here.
    case .gateTurned: guard detail["gate"]?.string == GateState.invalid.rawValue, detail["out_of_band"]?.bool == true else { return nil }
    default: return nil
    }
  }

  func count(in counts: EventCounts) {
    switch action {
    case .driftDetected: count(.detected, in: counts)
    case .driftResolved: count(.resolved, in: counts)
    case .driftUnwatched: count(.unwatched, in: counts)
    case .recordedInGitLab: counts.count(.rejection)
    case .gateTurned: counts.count(.play)
    default: counts.count(isStart ? .play : people.isEmpty ? .waiver : .approval)
    }
  }

  private func count(_ turn: Drift.Turn, in counts: EventCounts) {
    counts.countDrift(instance: detail["instance"]?.string ?? "", check: detail["check"]?.string ?? "", turn: turn)
  }

  func tell(to log: Logger) {
    guard !isTurn else { return }
    log.log(level: [.driftResolved, .driftUnwatched].contains(action) ? .notice : .warning, "\(message)", metadata: metadata)
  }

  private var people: [String] { (detail["approved_in_gitlab_by"]?.array ?? []).compactMap(\.string) }

  private var isStart: Bool {
    let status = detail["deployment_status"]?.string.flatMap(DeploymentStatus.init)
    return detail["step"]?.string == CallbackStep.play.rawValue || status == .running || status == .success
  }

  private var message: String {
    switch action {
    case .driftDetected: "drift: what the gate stands on in GitLab has changed"
    case .driftResolved: "drift: it is right again, or not there any more"
    case .driftUnwatched: "drift: it is looked at no more, and was not seen mended"
    case .recordedInGitLab: "rejected in GitLab itself, past the gate"
    default:
      if isStart {
        "started in GitLab itself, past the gate"
      } else if people.isEmpty {
        "GitLab asks for no approval any more, past the gate: its rules were taken away"
      } else {
        "approved in GitLab itself, past the gate"
      }
    }
  }

  private var metadata: Logger.Metadata {
    let changes = (detail["changes"]?.array ?? []).compactMap(\.string)
    let values: [String: String?] = [
      "change": entry.change.map(ChangeRequest.key), "instance": detail["instance"]?.string, "check": detail["check"]?.string,
      "place": detail["place"]?.string, "seen": detail["seen"]?.string, "since": detail["since"]?.string,
      "changes": changes.isEmpty ? nil : SomePeople(changes).text,
      "by": entry.change == nil ? nil : people.isEmpty ? entry.actor : SomePeople(people).text,
      "comment": detail["comment"]?.string,
    ]
    return values.compactMapValues { $0.map { .string(GateTurn.safe($0)) } }
  }
}
