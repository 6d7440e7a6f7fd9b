import ArgumentParser
import Calendar
import JSON
import Storage
import Web

struct AuditCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "audit",
    abstract: "Proves and exports what happened.",
    discussion: "Example: gatehouse audit verify --config config/gatehouse.yaml",
    subcommands: [Verify.self, Export.self])

  struct Verify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Recomputes the hash chain of the audit log from its first entry to its head.",
      discussion: """
        Prints the head as SEQ:HASH. Keep it somewhere else: given back as --head it proves that nothing before it was changed or cut off.
        Example: gatehouse audit verify --head 120:9f2c…
        Exit status: 0 the chain holds, 1 it is broken.
        """)

    @OptionGroup var options: ConfigurationOptions

    @Option(help: "A head printed earlier, SEQ:HASH, that the chain must still contain.")
    var head: String?

    func run() async throws {
      let expected = try head.map(AuditHead.init(text:))
      let connection = try options.openExistingDatabase()
      let verdict = try connection.reading(at: SystemClock.now()) { try AuditChain.verify($0, expecting: expected) }
      switch verdict {
      case .holds(let head): try printAnswer("ok: \(head.seq) entries, head \(head.text)")
      case .broken(let reason): throw Failure.no("the audit log does not verify: \(reason)")
      }
    }
  }

  struct Export: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Prints the audit log, oldest entry first.",
      discussion: "Example: gatehouse audit export --format csv --since 2026-01-01 > audit.csv")

    @OptionGroup var options: ConfigurationOptions

    @Option(help: "json (one entry a line) or csv.")
    var format: AuditExport = .json

    @Option(help: "From this time on, ISO 8601.")
    var since: String?

    @Option(help: "Before this time, ISO 8601.")
    var until: String?

    func run() async throws {
      var filter = AuditFilter()
      filter.since = try since.map(instant(from:))
      filter.until = try until.map(instant(from:))
      let connection = try options.openExistingDatabase()
      if let heading = format.heading { try printAnswer(heading) }
      try connection.reading(at: SystemClock.now()) { reading in
        var last: Int64 = 0
        while true {
          let page = try reading.auditEntries(filter, after: last, limit: 500)
          guard let end = page.last else { return }
          try printAnswer(page.map(format.line).joined(separator: "\n"))
          last = end.seq
        }
      }
    }
  }
}

extension AuditExport: ExpressibleByArgument {}

/// Reads a time given on the command line.
func instant(from text: String) throws -> Instant {
  guard let instant = Instant(iso8601: text) else {
    throw Failure.usage("'\(text)' is no ISO 8601 time; write 2026-09-03 or 2026-09-03T09:15:00Z")
  }
  return instant
}

extension AuditHead {
  init(text: String) throws {
    let parts = text.split(separator: ":")
    guard parts.count == 2, let seq = Int64(parts[0]), seq >= 0, parts[1].count == 64 else {
      throw Failure.usage("'\(text)' is no head; it is SEQ:HASH as `gatehouse audit verify` prints it")
    }
    self.init(seq: seq, hash: String(parts[1]))
  }

  var text: String { "\(seq):\(hash)" }
}
