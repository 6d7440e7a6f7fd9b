import JSON

/// Reads server-sent events as the gate writes them: an `id`, and JSON on one line of `data` (WHATWG HTML, "Interpreting an event stream").
struct ServerSentEvents {
  /// The longest line that is taken; the gate's are some KiB.
  static let longestLine = 1 << 20

  /// The id of the last event that was whole: from there on one goes on.
  private(set) var lastID: Int64?
  private var id: Int64?
  private var data: JSONValue?
  private var rest: [UInt8] = []

  /// On a new connection: what was cut off on the one before is told again.
  init(after lastID: Int64? = nil) { self.lastID = lastID }

  /// The events that end in this piece; nil where this is no stream of events.
  mutating func read(_ piece: [UInt8]) -> [JSONValue]? {
    rest += piece
    var events: [JSONValue] = []
    var start = rest.startIndex
    while let end = rest[start...].firstIndex(of: UInt8(ascii: "\n")) {
      guard let event = read(line: rest[start..<end]) else { return nil }
      events += event
      start = end + 1
    }
    rest.removeSubrange(..<start)
    return rest.count > ServerSentEvents.longestLine ? nil : events
  }

  /// An empty line ends an event. What starts otherwise, as a comment does, means nothing here.
  private mutating func read(line: ArraySlice<UInt8>) -> [JSONValue]? {
    if line.isEmpty {
      defer { data = nil }
      lastID = id ?? lastID
      return data.map { [$0] } ?? []
    }
    if line.starts(with: "id: ".utf8) {
      guard let number = Int64(String(decoding: line.dropFirst(4), as: UTF8.self)) else { return nil }
      id = number
    } else if line.starts(with: "data: ".utf8) {
      guard let value = try? JSONValue.parse(Array(line.dropFirst(6))) else { return nil }
      data = value
    }
    return []
  }
}
