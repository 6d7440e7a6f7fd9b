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
    var line: [UInt8]
    switch format {
    case .json:
      var object: JSONObject = [
        "at": .string(SystemClock.now().iso8601), "level": .string(event.level.rawValue), "message": .string(event.message.description),
      ]
      for field in fields { object[field.key] = .string(field.value.description) }
      line = JSONValue.object(object).bytes
    case .text:
      let clock = SystemClock.now().iso8601.dropFirst(11).dropLast(1)
      let details = fields.map { " \($0.key)=\(terminalSafe("\($0.value)"))" }.joined()
      line = Array("\(clock) \(event.level.rawValue) \(terminalSafe(event.message.description))\(details)".utf8)
    }
    line.append(UInt8(ascii: "\n"))
    _ = line.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
  }
}
