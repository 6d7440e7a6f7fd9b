internal import ChangeControl
package import Storage

/// How the audit log is written out, over HTTP and by `audit export`: one entry a line, with everything that its hash is taken over.
package enum AuditExport: String, Sendable, CaseIterable {
  /// One JSON object a line.
  case json
  /// RFC 4180, but that lines end with LF alone.
  case csv

  /// The line above the entries.
  package var heading: String? { self == .csv ? "seq,at,actor,action,change,detail,previous_hash,hash" : nil }

  var mediaType: String { self == .csv ? "text/csv; charset=utf-8" : "application/jsonl" }

  package func line(_ entry: AuditEntry) -> String {
    guard self == .csv else { return entry.json.text }
    let change = entry.change.map(ChangeRequest.key) ?? ""
    let fields = [
      String(entry.seq), entry.at.iso8601, entry.actor, entry.action, change, entry.detail, entry.previousHash, entry.hash,
    ]
    return fields.map(AuditExport.quoted).joined(separator: ",")
  }

  /// A leading `=`, `+`, `-` or `@` is set off, so that no spreadsheet runs what somebody wrote in a comment.
  private static func quoted(_ field: String) -> String {
    var text = field
    if let first = text.first, "=+-@\t\r".contains(first) { text = "'" + text }
    guard text.contains(where: { "\",\n\r".contains($0) }) else { return text }
    return "\"" + text.replacing("\"", with: "\"\"") + "\""
  }
}
