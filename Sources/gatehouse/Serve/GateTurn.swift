import ChangeControl
import Credentials
import JSON
import Logging
import Storage

/// The turn of a gate as one line of the log tells it, read from its entry in the audit log: that has the whole evaluation. So is a glass that was broken
/// for a decision that was held: its gate had turned before.
struct GateTurn {
  /// How long one value of the line may be, in characters: names and reasons are people's and GitLab's.
  static let limit = 500

  static let actions: [AuditAction] = [.gateTurned, .glassBroken]

  private let entry: AuditEntry
  private let detail: JSONValue
  /// Nothing turned: what was owed goes out.
  private let isRelease: Bool

  /// Nil where the entry tells of something else.
  init?(_ entry: AuditEntry) {
    guard let action = AuditAction(rawValue: entry.action), GateTurn.actions.contains(action) else { return nil }
    self.entry = entry
    detail = (try? JSONValue.parse(entry.detail)) ?? .null
    isRelease = action == .glassBroken
    // A glass that opened the gate is told with its turn.
    if isRelease, detail["releases"]?.string == nil { return nil }
  }

  var message: Logger.Message { isRelease ? "the glass was broken for a decision that was held" : "the gate turned" }

  /// Somebody broke the glass, or GitLab went on without this gate: whoever watches the log wants to know at once.
  var isPastTheRules: Bool { isGlassBroken || detail["out_of_band"]?.bool == true }

  var metadata: Logger.Metadata {
    var values: [String: String?] = [
      "change": entry.change.map(ChangeRequest.key), "gate": detail["gate"]?.string, "from": detail["from"]?.string,
      "status": detail["to"]?.string, "because": detail["because"]?.string ?? entry.actor, "policy": detail["policy"]?.string,
      "policy_digest": detail["policy_digest"]?.string, "found": findings, "request_id": detail["request_id"]?.string,
      "releases": detail["releases"]?.string, "reason": isRelease ? detail["reason"]?.string : nil,
    ]
    if isGlassBroken { values["break_glass"] = "true" }
    if detail["out_of_band"]?.bool == true { values["out_of_band"] = "true" }
    return values.compactMapValues { $0.map { .string(GateTurn.safe($0)) } }
  }

  private var evaluation: JSONValue? { detail["evaluation"] }

  private var isGlassBroken: Bool {
    isRelease || evaluation?["children"]?.array?.contains { $0["rule"]?.string == "break_glass" } == true
  }

  /// How many approvals there were, and what made it so: the rules that were met where it was let through, what rejected it where it was not.
  private var findings: String? {
    guard let evaluation, let found = evaluation["found"]?.string else { return nil }
    let outcome = evaluation["outcome"]
    let decisive = outcome?.string == Finding.Outcome.waiting.rawValue ? [] : leaves(of: evaluation).filter { $0["outcome"] == outcome }
    return ([found] + decisive.map(GateTurn.words)).joined(separator: "; ")
  }

  private func leaves(of finding: JSONValue) -> [JSONValue] {
    (finding["children"]?.array ?? []).flatMap { child in child["children"] == nil ? [child] : leaves(of: child) }
  }

  private static func words(_ finding: JSONValue) -> String {
    let counted = (finding["counted"]?.array ?? []).compactMap(\.string)
    let people = counted.isEmpty ? "" : " (\(counted.joined(separator: ", ")))"
    return "\(finding["rule"]?.string ?? "-"): \(finding["found"]?.string ?? "-")\(people)"
  }

  /// On one line, bounded, and without a token that somebody has pasted into a reason.
  static func safe(_ text: String) -> String {
    let line = terminalSafe(TokenText.redacted(text))
    return line.count > limit ? line.prefix(limit) + "…" : line
  }
}
