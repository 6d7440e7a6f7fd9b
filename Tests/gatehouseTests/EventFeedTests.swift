import ChangeControl
import HTTPTypes
import Storage
import TestSupport
import Testing

@testable import gatehouse

/// The feed of events over a real database, without a socket.
@Suite struct EventFeedTests {
  /// At the seam between what is kept and the database, and where the last one goes and the next one comes, nothing is missed and nothing
  /// is told twice.
  @Test(.timeLimit(.minutes(2 * slowness)), arguments: [1, 32])
  func whoeverComesAndGoesHearsEachEventOnce(_ listeners: Int) async throws {
    let house = try Broadcast(limit: 40)
    let feeding = Task { await house.feed.run() }
    defer { feeding.cancel() }
    let last = try await house.commit(1)
    // More than is kept: who begins here comes from the database's side.
    try await house.commit(800)
    let heard = try await withThrowingTaskGroup { group in
      for number in 0..<listeners {
        group.addTask {
          let change: Int64? = number % 4 == 3 ? Int64(number % Broadcast.changes + 1) : nil
          return (change, try await house.hear(of: change, after: last, patience: number + 2))
        }
      }
      for round in 1...150 { try await house.commit(round % 15 == 0 ? 150 : 1) }
      try await house.commitFarewell()
      return try await group.reduce(into: []) { $0.append($1) }
    }
    for (change, ids) in heard { #expect(ids == (try await house.entries(of: change, after: last))) }
    try await house.isEmpty()
  }

  /// It would else read the whole log for somebody who is long gone.
  @Test func whoIsGoneIsNotLookedFor() async throws {
    let house = try Broadcast(limit: 1)
    let first = try await house.commit(1)
    try await house.commit(800)
    let listener = try #require(try await house.subscribe(after: first))
    _ = try await listener.next()
    let listening = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      return try await listener.next()
    }
    #expect(try await listening.value == nil)
  }
}
