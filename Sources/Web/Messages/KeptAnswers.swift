internal import Calendar
internal import HTTPMessages
internal import Storage
import Synchronization

/// Answers that would be made again from the very rows they were made from. Whoever waits for a gate polls it, and many do; between two of
/// their questions nothing is written, mostly.
///
/// An answer serves as long as the reader's view is of the same snapshot: anybody's commit ends it, in this process or in another. What time alone
/// would change in it is at most `Limits.keptFor` late. Each reader's connection counts its own snapshots, and so has its own answers.
final class KeptAnswers: Sendable {
  private struct Shelf: Sendable {
    let version: UInt32
    private(set) var answers: [String: (answer: Response, madeAt: Instant)] = [:]
    private var bytes = 0

    init(version: UInt32) { self.version = version }

    mutating func put(_ answer: Response, _ name: String, at now: Instant) {
      bytes += answer.body.count - (answers[name]?.answer.body.count ?? 0)
      answers[name] = (answer, now)
      if bytes > Limits.keptBytes { self = Shelf(version: version) }
    }
  }

  private let shelves = Mutex<[UInt64: Shelf]>([:])

  /// The answer that was kept under this name, or what `make` returns. What it throws is thrown, and not kept.
  func answer(_ name: String, in reading: Reading, _ make: () throws -> Response) throws -> Response {
    let snapshot = try reading.snapshot()
    if let answer = find(name, of: snapshot, at: reading.now) { return answer }
    let answer = try make()
    keep(answer, name, of: snapshot, at: reading.now)
    return answer
  }

  private func find(_ name: String, of snapshot: Snapshot, at now: Instant) -> Response? {
    shelves.withLock { shelves in
      guard let shelf = shelves[snapshot.connection], shelf.version == snapshot.version, let found = shelf.answers[name] else { return nil }
      // A clock that was set back ends it too.
      return now >= found.madeAt && now < found.madeAt + Limits.keptFor ? found.answer : nil
    }
  }

  private func keep(_ answer: Response, _ name: String, of snapshot: Snapshot, at now: Instant) {
    shelves.withLock { shelves in
      if shelves[snapshot.connection]?.version != snapshot.version { shelves[snapshot.connection] = Shelf(version: snapshot.version) }
      shelves[snapshot.connection]?.put(answer, name, at: now)
    }
  }
}
