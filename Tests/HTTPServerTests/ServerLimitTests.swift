import HTTPMessages
import HTTPTypes
import Testing

@testable import HTTPServer

/// Time-outs and bounds over real sockets, made small; the tests wait for what the server does, not for time to pass.
@Suite struct ServerLimitTests {
  private static func limits(_ change: (inout Limits) -> Void) -> Limits {
    var limits = Limits()
    change(&limits)
    return limits
  }

  struct Wait: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var limits: Limits
    var input: String
    /// The status line's code, or nil for an end without a word.
    var status: Int?
  }

  static let waits = [
    Wait(testDescription: "a silent connection", limits: limits { $0.firstByte = .milliseconds(30) }, input: ""),
    Wait(testDescription: "half a head", limits: limits { $0.headComplete = .milliseconds(30) }, input: "GET / HTT", status: 408),
    Wait(
      testDescription: "half a body", limits: limits { $0.bodyRead = .milliseconds(30) }, input: post("Content-Length: 2\r\n", "x"),
      status: 408),
    Wait(
      testDescription: "an endless body", limits: limits { $0.bodyComplete = .milliseconds(30) }, input: post("Content-Length: 2\r\n"),
      status: 408),
    Wait(testDescription: "an endless handler", limits: limits { $0.handler = .milliseconds(30) }, input: get("/hang"), status: 503),
  ]

  @Test(arguments: waits) func everyWaitEnds(_ wait: Wait) async throws {
    let barrier = Barrier()
    let handler = Functions { request in
      if request.head.path == "/hang" { await barrier.pass() }
      return await echo(request)
    }
    try await withServer(limits: wait.limits, handler) { address, _, _ in
      let client = try Client(address)
      try client.send(wait.input)
      let text = try client.receiveToEnd()
      if let status = wait.status { #expect(text.hasPrefix("HTTP/1.1 \(status) ")) } else { #expect(text == "") }
      await barrier.open()
    }
  }

  @Test func anIdleConnectionEnds() async throws {
    try await withServer(limits: Self.limits { $0.idle = .milliseconds(30) }) { address, events, _ in
      let client = try Client(address)
      try client.send(get())
      #expect(try client.receive().status == 200)
      #expect(try client.receiveToEnd() == "")
      #expect(events.all == [])
    }
  }

  @Test func aClientThatDoesNotReadIsDropped() async throws {
    let handler = Functions { _ in Response(head: HTTPResponse(status: .ok), body: [UInt8](repeating: 0, count: 16_000_000)) }
    try await withServer(limits: Self.limits { $0.writeStall = .milliseconds(50) }, handler) { address, events, server in
      let client = try Client(address)
      try client.send(get())
      // Once it is dropped there is nothing left to wait for.
      await server.shutDown()
      #expect(events.all == [])
      #expect(((try? client.receiveToEnd()) ?? "").utf8.count < 16_000_000)
    }
  }

  @Test func connectionsAboveTheLimitAreTold() async throws {
    let limits = Self.limits {
      $0.connections = 2
      $0.connectionsByAddress = 2
    }
    try await withServer(limits: limits) { address, events, _ in
      var clients = [try Client(address), try Client(address)]
      for client in clients {
        try client.send(get())
        #expect(try client.receive().status == 200)
      }
      for _ in 0..<3 {
        let refused = try Client(address)
        let answer = try refused.receive()
        #expect(answer.status == 503)
        #expect(answer.head.contains("Retry-After: 5"))
        #expect(answer.head.contains("Connection: close"))
      }
      #expect(events.all == [.connectionLimitReached(limit: 2)])
      // One of them goes, and there is room again.
      try clients.removeLast().send("GET / HTTP/1.0\r\n\r\n")
      var status = 503
      while status == 503 {
        let client = try Client(address)
        try client.send(get())
        status = try client.receive().status
      }
      #expect(status == 200)
    }
  }

  @Test func anAbandonedHandlerCountsAsAConnection() async throws {
    let barrier = Barrier()
    let handler = Functions { request in
      await barrier.pass()
      return await echo(request)
    }
    let limits = Self.limits {
      $0.connections = 1
      $0.handler = .milliseconds(30)
    }
    try await withServer(limits: limits, handler) { address, _, _ in
      do {
        let client = try Client(address)
        try client.send(get())
        #expect(try client.receiveToEnd().contains("handler_timeout"))
      }
      #expect(try Client(address).receiveToEnd().contains("overloaded"))
      await barrier.open()
      var status = 503
      while status == 503 {
        let client = try Client(address)
        try client.send(get())
        status = try client.receive().status
      }
      #expect(status == 200)
    }
  }

  /// What a client sends on while it is answered stays with the kernels, whose buffers are a few megabytes.
  @Test func requestsThatAreNotYetBegunAreNotTakenIn() async throws {
    let barrier = Barrier()
    let handler = Functions { request in
      await barrier.pass()
      return await echo(request)
    }
    try await withServer(handler) { address, _, _ in
      let client = try Client(address)
      let requests = Array(String(repeating: get(), count: 4_000).utf8)
      var sent = 0
      while sent < 100_000_000, let count = client.sendWhatIsTaken(requests, within: .milliseconds(200)) { sent += count }
      #expect(sent < 100_000_000)
      await barrier.open()
      #expect(try client.receive().status == 200)
    }
  }

  @Test func bodiesAreBoundedInAll() async throws {
    try await withServer(limits: Self.limits { $0.bodiesInAll = 100_000 }) { address, _, _ in
      let part = String(repeating: "x", count: 60_000)
      let first = try Client(address)
      try first.send(post("Content-Length: 70000\r\nExpect: 100-continue\r\n"))
      #expect(try first.receive().status == 100)
      try first.send(part)
      // The server has read the first part when it answers a later connection's request.
      let second = try Client(address)
      try second.send(post("Content-Length: 70000\r\n", part))
      #expect(try second.receive().status == 503)
      try first.send(String(repeating: "x", count: 10_000))
      #expect(try first.receive().status == 200)
      let third = try Client(address)
      try third.send(post("Content-Length: 70000\r\n", part + String(repeating: "x", count: 10_000)))
      #expect(try third.receive().status == 200)
    }
  }
}
