import Glibc
import HTTPMessages
import HTTPTypes
import Testing

@testable import HTTPServer

/// The whole server over real sockets.
@Suite struct ServerTests {
  @Test func aConnectionIsKept() async throws {
    try await withServer { address, _, _ in
      let client = try Client(address)
      for path in ["/one", "/two", "/three"] {
        try client.send(get(path))
        let answer = try client.receive()
        #expect(answer.status == 200)
        #expect(answer.text == path)
        #expect(answer.head.contains("\r\nDate: "))
      }
    }
  }

  @Test func largeBodiesGoBothWays() async throws {
    let body = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
    try await withServer { address, _, _ in
      let client = try Client(address)
      try client.send(Array(post("Content-Length: \(body.count)\r\n").utf8) + body)
      #expect(try client.receive().body.dropFirst() == body[...])
      var chunks = Array(post("Transfer-Encoding: chunked\r\n").utf8)
      var start = 0
      var size = 1
      while start < body.count {
        let end = min(start + size, body.count)
        chunks += Array("\(String(end - start, radix: 16))\r\n".utf8) + body[start..<end] + Array("\r\n".utf8)
        start = end
        size = size * 3 % 100_003 + 1
      }
      try client.send(chunks + Array("0\r\n\r\n".utf8))
      #expect(try client.receive().body.dropFirst() == body[...])
    }
  }

  @Test func aHandlerNeverLeavesTheLoop() async throws {
    let barrier = Barrier()
    let handler = Functions { request in
      let before = Thread.current
      await barrier.pass()
      let between = Thread.current
      try? await Task.sleep(for: .milliseconds(1))
      let isSame = before == between && between == Thread.current
      return Response(head: HTTPResponse(status: isSame ? .ok : .internalServerError), body: Array((request.peer ?? "").utf8))
    }
    try await withServer(handler) { address, _, _ in
      let client = try Client(address)
      try client.send(get())
      await barrier.arrived(1)
      await barrier.open()
      let answer = try client.receive()
      #expect(answer.status == 200)
      #expect(answer.text == "127.0.0.1")
    }
  }

  @Test func slowClientsDelayNobody() async throws {
    try await withServer { address, _, _ in
      // Heads that do not end, bodies that do not come, and answers that nobody reads.
      var slow: [Client] = []
      let upload = Array(post("Content-Length: 2000000\r\n").utf8) + [UInt8](repeating: 0, count: 2_000_000)
      for _ in 0..<10 {
        slow.append(try Client(address))
        try slow.last?.send("GET / HTTP/1.1\r\nHos")
        slow.append(try Client(address))
        try slow.last?.send(post("Content-Length: 100\r\n", "x"))
        slow.append(try Client(address))
        try slow.last?.send(upload)
      }
      let client = try Client(address)
      let start = ContinuousClock.now
      for _ in 0..<100 {
        try client.send(get())
        #expect(try client.receive().status == 200)
      }
      #expect(ContinuousClock.now - start < .seconds(5))
      #expect(slow.count == 30)
    }
  }
}
