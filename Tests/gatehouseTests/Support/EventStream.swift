import JSON

/// One who listens to `GET /api/v1/events`. Asks as a client of HTTP/1.0, to which content comes without chunks.
final class EventStream {
  struct Event {
    var id: Int64
    var name: String
    var data: JSONValue
  }

  private let connection: RawConnection
  private var text = ""
  /// The id of the last event heard.
  private(set) var lastID: Int64?

  /// Returns once the server has begun to answer.
  init(_ url: String, token: String, after lastID: Int64? = nil, change: String? = nil) throws {
    connection = try RawConnection(to: url)
    let query = change.map { "?change=\($0)" } ?? ""
    let field = lastID.map { "Last-Event-ID: \($0)\r\n" } ?? ""
    try connection.send("GET /api/v1/events\(query) HTTP/1.0\r\nAuthorization: Bearer \(token)\r\n\(field)\r\n")
    let head = try connection.receive(upTo: "retry: 2000\n")
    guard head.hasPrefix("HTTP/1.1 200 ") else { throw NeverCame(description: "the events are answered: \(head)") }
    text = String(head[(head.firstRange(of: "retry: 2000\n")?.upperBound ?? head.endIndex)...])
    self.lastID = lastID
  }

  /// The next event; throws when the stream ends, and when nothing comes for a minute.
  func next() throws -> Event {
    while true {
      if let block = takeBlock() {
        if let event = read(block) { return event }
      } else {
        text += try connection.receive(upTo: "\n\n")
      }
    }
  }

  func events(_ count: Int) throws -> [Event] { try (0..<count).map { _ in try next() } }

  /// What still comes until the server ends it.
  func rest() throws -> String { text + (try connection.receiveToEnd()) }

  private func takeBlock() -> Substring? {
    guard let end = text.firstRange(of: "\n\n") else { return nil }
    defer { text.removeSubrange(..<end.upperBound) }
    return text[..<end.lowerBound]
  }

  private func read(_ block: Substring) -> Event? {
    var values: [Substring: Substring] = [:]
    for line in block.split(separator: "\n") {
      let parts = line.split(separator: ":", maxSplits: 1)
      guard parts.count == 2 else { continue }
      values[parts[0]] = parts[1].drop { $0 == " " }
    }
    if let id = values["id"].flatMap({ Int64($0) }) { lastID = id }
    guard let name = values["event"], let data = values["data"] else { return nil }
    return Event(id: lastID ?? 0, name: String(name), data: (try? JSONValue.parse(Array(data.utf8))) ?? .null)
  }
}
