import Calendar
import ChangeControl
import Glibc
import JSON
import Logging

/// One line on standard error for each event: JSON for machines, text on a terminal. Each line is one `write`, so lines never mix.
struct LineLogHandler: LogHandler {
  enum Format: Sendable {
    case json
    case text

    /// Text where a person looks on, JSON where a collector reads.
    static var forStandardError: Format { isatty(STDERR_FILENO) == 1 ? .text : .json }
  }

  var logLevel: Logger.Level
  var metadata: Logger.Metadata = [:]
  let format: Format

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    let own = event.metadata ?? [:]
    let fields = (metadata.isEmpty ? own : metadata.merging(own) { $1 }).sorted { $0.key < $1.key }
    write(
      line(
        at: SystemClock.now(), event.level, event.message.description, fields.map { (name: $0.key, value: $0.value.description) }))
  }

  /// Writes the line that `log` would, for an event that comes with each request: without a dictionary, and without a look at each character
  /// where none needs it. False, and nothing is written, where one does.
  /// - Parameter fields: in the order of their names.
  func logPlain(_ level: Logger.Level, _ message: StaticString, _ fields: [PlainField]) -> Bool {
    guard metadata.isEmpty, let line = plainLine(at: SystemClock.now(), level, message, fields) else { return false }
    write(line)
    return true
  }

  func line(at now: Instant, _ level: Logger.Level, _ message: String, _ fields: [(name: String, value: String)]) -> [UInt8] {
    switch format {
    case .json:
      var object: JSONObject = ["at": .string(now.iso8601), "level": .string(level.rawValue), "message": .string(message)]
      for field in fields { object[field.name] = .string(field.value) }
      return JSONValue.object(object).bytes + [UInt8(ascii: "\n")]
    case .text:
      let details = fields.map { " \($0.name)=\(terminalSafe($0.value))" }.joined()
      return Array("\(clock(now)) \(level.rawValue) \(terminalSafe(message))\(details)\n".utf8)
    }
  }

  func plainLine(at now: Instant, _ level: Logger.Level, _ message: StaticString, _ fields: [PlainField]) -> [UInt8]? {
    var line = LineBytes()
    switch format {
    case .json:
      line.add(#"{"at":""#, now.iso8601)
      line.add(#"","level":""#, level.rawValue)
      line.add(#"","message":""#)
      line.add(message)
      for field in fields {
        line.add(#"",""#)
        line.add(field.name)
        line.add(#"":""#, field.value)
      }
      line.add("\"}\n")
    case .text:
      line.add("", String(clock(now)))
      line.add(" ", level.rawValue)
      line.add(" ")
      line.add(message)
      for field in fields {
        line.add(" ")
        line.add(field.name)
        line.add("=", field.value)
      }
      line.add("\n")
    }
    return line.isPlain ? line.bytes : nil
  }

  private func clock(_ now: Instant) -> Substring { now.iso8601.dropFirst(11).dropLast(1) }

  private func write(_ line: [UInt8]) { _ = line.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) } }
}

/// One field of a line, whose name stands in the program.
struct PlainField {
  var name: StaticString
  var value: String
}

/// The bytes of a line, and whether every text in it stands there as it is.
private struct LineBytes {
  var bytes: [UInt8] = []
  var isPlain = true

  init() { bytes.reserveCapacity(512) }

  mutating func add(_ text: StaticString) {
    bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  mutating func add(_ label: StaticString, _ text: String) {
    add(label)
    var text = text
    text.withUTF8 { text in
      // Neither a JSON string nor a terminal wants anything else than that it is copied.
      for byte in text where byte < 0x20 || byte > 0x7E || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { isPlain = false }
      bytes.append(contentsOf: text)
    }
  }
}
