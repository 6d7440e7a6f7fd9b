import HTTPMessages
import HTTPTypes
import JSON

/// Who listens to the events, as a browser's `EventSource` does (WHATWG HTML §9.2): cut off, it comes back with the last id that it has heard.
final class EventClient {
  let user: String
  let token: String
  private unowned let life: Life
  private(set) var hearing: Hearing
  private var lastID: String?
  /// Counts connections: what an earlier one still brings is not heard.
  private var connection = 0
  private var line: EventLine?
  private var buffer: [UInt8] = []
  private let slowness: Int64
  private(set) var isRefused = false

  init(life: Life, user: String, token: String, hearing: Hearing) {
    (self.life, self.user, self.token, self.hearing) = (life, user, token, hearing)
    slowness = life.chance.one(of: [40, 40, 4_000])
  }

  func connect() {
    guard life.node.isUp else { return comeBack() }
    connection += 1
    let mine = connection
    (buffer, line) = ([], nil)
    let query = hearing.change.map { "?change=CHG-\($0)" } ?? ""
    var head = HTTPRequest(method: .get, scheme: nil, authority: "gatehouse.example.com", path: "/api/v1/events\(query)")
    head.headerFields[.authorization] = "Bearer \(token)"
    if let lastID { head.headerFields[.lastEventID] = lastID }
    let (refuse, hear) = ({ [self] (response: Response) in refused(response) }, { [self] (bytes: [UInt8]?) in receive(bytes, over: mine) })
    life.node.listen(Request(head: head), refuse: refuse, hear: hear) { [self] line in
      guard mine == connection else { return line.hangUp() }
      self.line = line
    }
  }

  private func refused(_ response: Response) {
    life.note("\(user) is refused the events: \(response.status.code)")
    guard response.status.code < 500 else { return comeBack() }
    isRefused = true
    if !hearing.isRevoked(life) { life.violate("\(user) may hear the events, and the answer is \(response.status.code)") }
  }

  private func comeBack() { life.after(2_000 + life.chance.within(0...1_000)) { [self] in connect() } }

  private func receive(_ bytes: [UInt8]?, over mine: Int) {
    life.after(life.chance.within(1...slowness)) { [self] in
      guard mine == connection else { return }
      guard let bytes else { return cut() }
      guard life.isQuiet || !life.chance.happens(life.options.answerFaults) else {
        take(bytes.prefix(life.chance.below(bytes.count + 1)))
        return cut()
      }
      take(bytes[...])
      line?.next()
    }
  }

  /// The connection is gone, with what it had brought in part.
  private func cut() {
    connection += 1
    line?.hangUp()
    line = nil
    comeBack()
  }

  // MARK: Understanding

  private func take(_ bytes: ArraySlice<UInt8>) {
    buffer += bytes
    while let end = end(of: buffer) {
      understand(String(decoding: buffer[..<end], as: UTF8.self))
      buffer.removeFirst(end + 2)
    }
  }

  /// Where the empty line is that ends an event.
  private func end(of bytes: [UInt8]) -> Int? {
    let newline = UInt8(ascii: "\n")
    return bytes.indices.dropLast().first { bytes[$0] == newline && bytes[$0 + 1] == newline }
  }

  private func understand(_ text: String) {
    var fields: [Substring: Substring] = [:]
    for line in text.split(separator: "\n") {
      guard let colon = line.firstIndex(of: ":"), colon > line.startIndex else { continue }
      let value = line[line.index(after: colon)...]
      fields[line[..<colon]] = value.first == " " ? value.dropFirst() : value
    }
    if let id = fields["id"] { lastID = String(id) }
    let objection: String?
    if let data = fields["data"] {
      objection = hearing.objection(
        toEvent: fields["event"].map(String.init) ?? "", id: fields["id"].map(String.init) ?? "",
        saying: (try? JSONValue.parse(String(data))) ?? .null, life)
      life.note("\(user) hears event \(fields["id"] ?? "without an id")")
    } else if let id = fields["id"] {
      objection = hearing.objection(toBeginningAfter: String(id), life)
    } else {
      objection = nil
    }
    if let objection { life.violate("\(user) listens: \(objection)") }
  }
}
