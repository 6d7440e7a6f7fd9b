import Logging
import Synchronization

/// A log that is kept: each line as `message key=value …`, the keys in their order; from `warning` on with the level before it.
final class LogLines: Sendable {
  private let lines = Mutex<[String]>([])

  var all: [String] { lines.withLock { $0 } }

  var logger: Logger { Logger(label: "test") { _ in Collector(lines: self) } }

  private struct Collector: LogHandler {
    let lines: LogLines
    var logLevel = Logger.Level.info
    var metadata: Logger.Metadata = [:]

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
      let fields = (event.metadata ?? [:]).map { "\($0)=\($1)" }.sorted().joined(separator: " ")
      let level = event.level >= .warning ? "\(event.level.rawValue): " : ""
      lines.lines.withLock { $0.append("\(level)\(event.message) \(fields)") }
    }
  }
}
