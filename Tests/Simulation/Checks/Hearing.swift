import JSON
import Storage

/// What one listener must hear: each committed entry of the audit log that speaks of a change request, once and in order.
struct Hearing {
  /// Only events of this change request.
  var change: Int64?
  var tokenID: String
  /// The last event that was heard, or where hearing began.
  private(set) var last: Int64?

  init(change: Int64?, tokenID: String) { (self.change, self.tokenID) = (change, tokenID) }

  /// The connection says where it begins, and nothing has happened yet.
  mutating func objection(toBeginningAfter id: String, _ life: Life) -> String? {
    guard let number = Int64(id) else { return "it begins after '\(id)', which is no event" }
    guard last == nil else { return "it begins after \(number), and \(last ?? 0) was heard" }
    guard let eyes = life.eyes, let head = try? Books(connection: eyes).head().seq, number <= head else {
      return "it begins after \(number), which is not there yet"
    }
    last = number
    return nil
  }

  mutating func objection(toEvent name: String, id: String, saying data: JSONValue, _ life: Life) -> String? {
    guard let number = Int64(id), let heard = last else { return "event '\(id)' \(name) comes before it was told where it begins" }
    guard let entry = next(after: heard, life) else { return "event \(number) comes after \(heard), and nothing is committed after that" }
    guard entry.seq == number else { return "event \(number) comes after \(heard), and \(entry.seq) is next" }
    last = number
    if let end = revocation(life), number > end { return "event \(number) is told, and the token was revoked by \(end)" }
    guard name == Hearing.name(of: entry.action), data["event"]?.string == name else { return "\(entry.action) is told as \(name)" }
    let isSo =
      data["id"]?.integer == entry.seq && data["action"]?.string == entry.action && data["actor"]?.string == entry.actor
      && data["at"]?.string == Books.Entry.iso(entry.at) && data["change"]?.string == entry.change.map { "CHG-\($0)" }
      && data["detail"] == entry.said
    return isSo ? nil : "event \(number) does not say what the audit log says"
  }

  /// Whether there is nothing that was not heard.
  func isComplete(_ life: Life) -> Bool { last.map { next(after: $0, life) == nil } ?? false }

  func isRevoked(_ life: Life) -> Bool { revocation(life) != nil }

  private func next(after seq: Int64, _ life: Life) -> Books.Entry? {
    guard let eyes = life.eyes else { return nil }
    return try? Books(connection: eyes).entries(after: seq).first { $0.change != nil && (change == nil || $0.change == change) }
  }

  /// The entry by which the listener's token was revoked.
  private func revocation(_ life: Life) -> Int64? {
    let sql = "SELECT seq FROM audit_entry WHERE action = 'token.revoked' AND json_extract(detail, '$.token') = ?"
    return try? life.eyes?.query(sql, tokenID) { $0.requiredInteger(0) }.first
  }

  private static func name(of action: String) -> String {
    switch action {
    case "change.opened": "opened"
    case "gate.turned": "decided"
    case "callback.delivered": "delivered"
    default: "changed"
    }
  }
}
