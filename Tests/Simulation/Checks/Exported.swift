import JSON

/// What an auditor has been given, read back.
struct Exported {
  /// Each line as its eight fields.
  private var rows: [[String]]

  /// - Parameter format: as the query names it.
  init?(_ bytes: [UInt8], format: String) {
    let text = String(decoding: bytes, as: UTF8.self)
    if format == "csv" {
      var found = Exported.records(text)
      guard !found.isEmpty, found.removeFirst() == Exported.names else { return nil }
      rows = found
    } else {
      rows = []
      for line in text.split(separator: "\n") {
        guard let members = (try? JSONValue.parse(String(line)))?.object?.members, members.map(\.name) == Exported.names else { return nil }
        rows.append(members.map { $0.value.string ?? ($0.value == .null ? "" : $0.value.text) })
      }
    }
  }

  private static let names = ["seq", "at", "actor", "action", "change", "detail", "previous_hash", "hash"]

  /// What differs from what is committed; nil if nothing does.
  func objection(against entries: [Books.Entry]) -> String? {
    if rows.count != entries.count { return "it has \(rows.count) entries of \(entries.count)" }
    for (row, entry) in zip(rows, entries) {
      let right = [
        "\(entry.seq)", Books.Entry.iso(entry.at), entry.actor, entry.action, entry.change.map { "CHG-\($0)" } ?? "", entry.detail,
        entry.previousHash, entry.hash,
      ]
      if row != right { return "entry \(entry.seq) is another there" }
    }
    return nil
  }

  /// RFC 4180, with lines that end with LF.
  private static func records(_ text: String) -> [[String]] {
    var (records, record, field) = ([[String]](), [String](), "")
    var isQuoted = false
    var wasQuote = false
    for scalar in text.unicodeScalars {
      if isQuoted, scalar == "\"" {
        (isQuoted, wasQuote) = (false, true)
        continue
      }
      switch scalar {
      case "\"" where wasQuote:
        field.unicodeScalars.append(scalar)
        isQuoted = true
      case "\"": isQuoted = true
      case "," where !isQuoted:
        record.append(field)
        field = ""
      case "\n" where !isQuoted:
        records.append(record + [field])
        (record, field) = ([], "")
      default: field.unicodeScalars.append(scalar)
      }
      wasQuote = false
    }
    return records
  }
}
