import HTTPMessages
import HTTPTypes
import NetworkAddresses
import TestSupport
import Testing

@testable import HTTPServer

/// What bodies may hold in all, whoever sends them and however long their handlers take.
@Suite struct HeldBodyTests {
  private static func limits(_ change: (inout Limits) -> Void) -> Limits {
    var limits = Limits()
    change(&limits)
    return limits
  }

  private static func text(_ count: Int) -> String { String(repeating: "x", count: count) }

  /// What arrived is seen to be held when a later request is answered.
  private static func begin(_ client: Client, _ path: String, sending sent: Int, of length: Int) throws {
    try client.send("POST \(path) HTTP/1.1\r\nHost: a\r\nContent-Length: \(length)\r\nExpect: 100-continue\r\n\r\n")
    #expect(try client.receive().status == 100)
    try client.send(text(sent))
  }

  private static func post(_ address: ListenAddress, _ path: String, _ count: Int) throws -> Int {
    let client = try Client(address)
    // The last byte may find the connection closed.
    try? client.send("POST \(path) HTTP/1.1\r\nHost: a\r\nContent-Length: \(count)\r\n\r\n" + text(count))
    return try client.receive().status
  }

  @Test func strangersHaveLessRoomAndLeaveTheRestToOthers() async throws {
    let handler = Functions(admission: { .body(limit: 1_000_000, isAnonymous: $0.path == "/anybody") }, answer: echo)
    try await withServer(limits: Self.limits { $0.anonymousBodiesInAll = 100_000 }, handler) { address, _, _ in
      let stranger = try Client(address)
      try Self.begin(stranger, "/anybody", sending: 99_000, of: 100_000)
      let second = try Client(address)
      try Self.begin(second, "/anybody", sending: 60_000, of: 70_000)
      #expect(try second.receive().status == 503)
      #expect(try Self.post(address, "/proved", 70_000) == 200)
      // A small body is always taken.
      let small = try Client(address)
      try Self.begin(small, "/anybody", sending: 15_000, of: 16_000)
      #expect(try Self.post(address, "/proved", 1) == 200)
      try small.send(Self.text(1_000))
      #expect(try small.receive().status == 200)
      try stranger.send(Self.text(1_000))
      #expect(try stranger.receive().status == 200)
      #expect(try Self.post(address, "/anybody", 70_000) == 200)
    }
  }

  @Test(.timeLimit(.minutes(1 * slowness))) func aBodyCountsAsLongAsItsHandlerIsAtWorkEvenWhenNobodyWaits() async throws {
    let barrier = Barrier()
    let handler = Functions { request in
      if request.head.path == "/hang" { await barrier.pass() }
      return await echo(request)
    }
    let limits = Self.limits {
      $0.bodiesInAll = 100_000
      $0.handler = .milliseconds(30)
    }
    try await withServer(limits: limits, handler) { address, _, _ in
      #expect(try Self.post(address, "/hang", 90_000) == 503)
      let client = try Client(address)
      try Self.begin(client, "/", sending: 50_000, of: 70_000)
      let refused = try client.receive()
      #expect(refused.status == 503)
      #expect(refused.text.contains("overloaded"))
      await barrier.open()
      var status = 503
      while status == 503, !Task.isCancelled { status = try Self.post(address, "/", 70_000) }
      #expect(status == 200)
    }
  }
}
