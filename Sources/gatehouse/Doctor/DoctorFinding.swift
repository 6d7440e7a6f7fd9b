import ChangeControl
import JSON
import Storage

/// One check: what was looked at, what was seen, and what mends it.
struct DoctorFinding: Sendable {
  enum Status: String, Sendable, Comparable {
    case ok, warn, fail

    private var rank: Int { self == .ok ? 0 : self == .warn ? 1 : 2 }

    static func < (left: Status, right: Status) -> Bool { left.rank < right.rank }
  }

  var name: String
  var status: Status
  var seen: String
  /// Empty when the status is ok.
  var remedy: String

  static func ok(_ name: String, _ seen: String) -> DoctorFinding { DoctorFinding(name: name, status: .ok, seen: seen, remedy: "") }

  static func warn(_ name: String, _ seen: String, _ remedy: String) -> DoctorFinding {
    DoctorFinding(name: name, status: .warn, seen: seen, remedy: remedy)
  }

  static func fail(_ name: String, _ seen: String, _ remedy: String) -> DoctorFinding {
    DoctorFinding(name: name, status: .fail, seen: seen, remedy: remedy)
  }

  /// A decision that has not reached GitLab.
  init(callback: CallbackRecord) {
    let key = ChangeRequest.key(callback.change ?? 0)
    let reason = callback.lastError ?? "no reason recorded"
    let isAbandoned = callback.state == .abandoned
    self = .warn(
      "callback \(key)", "\(callback.step.rawValue) \(isAbandoned ? "was abandoned" : "is retried"): \(reason)",
      isAbandoned
        ? "mend the cause, then `gatehouse change retry \(key)` as an operator" : "mend the cause; it is tried again by itself")
  }

  private init(name: String, status: Status, seen: String, remedy: String) {
    self.name = name
    self.status = status
    self.seen = seen
    self.remedy = remedy
  }

  var json: JSONValue {
    ["name": .string(name), "status": .string(status.rawValue), "seen": .string(seen), "remedy": .string(remedy)]
  }

  var text: String {
    let line = "\(status.rawValue.padded(to: 4))  \(name): \(terminalSafe(seen))"
    return remedy.isEmpty ? line : line + "\n      → \(terminalSafe(remedy))"
  }
}

extension String {
  /// With spaces at the end up to `width` characters.
  func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
