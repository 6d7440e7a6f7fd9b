import ArgumentParser
import Synchronization

extension ChangeCommand {
  struct Watch: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Prints what happens to change requests, as it happens, until it is interrupted.",
      discussion: """
        Comes back by itself when the connection is lost, and misses nothing.
        Example: gatehouse change watch
        Example: gatehouse change watch --change CHG-42 --json
        """)

    @Option(help: "Only this change request, such as CHG-42.") var change: String?
    @Flag(help: "Print each event's JSON, one a line.") var json = false

    /// How long to wait before coming back: what the server's `retry` says.
    private static let pause: Duration = .seconds(2)

    func run() async throws {
      let path = "/api/v1/events" + (change.map { "?change=\(percentEncoded($0))" } ?? "")
      let progress = Mutex(Progress())
      while true {
        let reason = try await APIClient().follow(path, after: progress.withLock { $0.events.lastID }) { [json] piece in
          progress.withLock { $0.take(piece, json: json) }
        }
        let (hasHeard, failure) = progress.withLock { ($0.events.lastID != nil, $0.failure) }
        if let failure { throw failure }
        // Who has never heard anything has the wrong address, more likely than bad luck.
        guard hasHeard else { throw Failure.no("\(terminalSafe(reason)); nothing was heard from there, is GATEHOUSE_URL right?") }
        printError("\(terminalSafe(reason)); coming back")
        progress.withLock { $0.events = ServerSentEvents(after: $0.events.lastID) }
        try await Task.sleep(for: Watch.pause)
      }
    }
  }

  /// How far the events were heard and printed.
  private struct Progress {
    var events = ServerSentEvents()
    var failure: (any Error)?

    /// False when there is no use in going on.
    mutating func take(_ piece: [UInt8], json: Bool) -> Bool {
      do {
        guard let heard = events.read(piece) else { throw Failure.no("what came is no event of a gate; is GATEHOUSE_URL right?") }
        for event in heard { try printAnswer(json ? event.text : describe(event: event)) }
        return true
      } catch {
        failure = error
        return false
      }
    }
  }
}
