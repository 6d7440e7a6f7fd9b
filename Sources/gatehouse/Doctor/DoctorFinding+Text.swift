import ChangeControl
import GitLab
import JSON
import Storage

extension DoctorFinding {
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

  var json: JSONValue {
    ["name": .string(name), "status": .string(status.rawValue), "seen": .string(seen), "remedy": .string(remedy)]
  }

  /// What it is about: a GitLab, the policies, or the machine that the gate runs on.
  var subject: String {
    let words = name.split(separator: " ")
    return switch words.first {
    case "gitlab": words.prefix(2).joined(separator: " ")
    case "policy": "policies"
    case "callback", "callbacks", "state", "audit": "records"
    default: "machine"
    }
  }

  /// - Parameter width: of the names around it, so that what was seen stands in a column.
  func text(nameWidth width: Int) -> String {
    let line = "\(status.rawValue.padded(to: 4))  " + "\(name): ".padded(to: width + 2) + terminalSafe(seen)
    return remedy.isEmpty ? line : line + "\n      → \(terminalSafe(remedy))"
  }
}

extension [DoctorFinding] {
  /// For people: by subject, each in a block of its own, in the order in which subjects first come.
  var text: String {
    var subjects: [String] = []
    for finding in self where !subjects.contains(finding.subject) { subjects.append(finding.subject) }
    return subjects.map { subject in
      let block = filter { $0.subject == subject }
      let width = block.map(\.name.count).max() ?? 0
      return block.map { $0.text(nameWidth: Swift.min(width, 34)) }.joined(separator: "\n")
    }
    .joined(separator: "\n\n")
  }
}

extension String {
  /// With spaces at the end up to `width` characters.
  func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
