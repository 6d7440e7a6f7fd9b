import Glibc
import HTTPMessages
import HTTPTypes
import Testing

@testable import HTTPServer

private func repeated(_ text: String, _ count: Int) -> String { String(repeating: text, count: count) }
private let small = Functions(admission: { _ in .body(limit: 1000) }, answer: echo)
private let guarded = Functions(admission: { $0.method == .post ? .answer(.status(401)) : .body(limit: 0) }, answer: echo)

extension ConformanceTable {
  static let sockets: [Rule] = [
    Rule(
      .pipelining, "Requests are answered in order, whatever the handler takes",
      sockets: [
        SocketCase("500, of which the first takes longest", Functions(answer: firstIsSlow)) { address, _ in
          let client = try Client(address)
          try client.send((0..<500).map { get("/\($0)") }.joined())
          for number in 0..<500 { #expect(try client.receive().text == "/\(number)") }
        },
        SocketCase("a fault behind two of them", Functions(answer: firstIsSlow)) { address, events in
          let client = try Client(address)
          try client.send(get("/0") + get("/1") + "garbage\r\n\r\n")
          #expect(try client.receive().text == "/0")
          #expect(try client.receive().text == "/1")
          #expect(try client.receive().status == 400)
          #expect(try client.receiveToEnd() == "")
          #expect(events.all == [.refused(.malformedRequestLine, peer: "127.0.0.1")])
        },
      ]),
    Rule(
      .expect, "100 comes before the body and the answer after it",
      sockets: [
        SocketCase("a length") { address, _ in
          let client = try Client(address)
          try client.send(post("Content-Length: 5\r\nExpect: 100-continue\r\n"))
          #expect(try client.receive().status == 100)
          try client.send("hello")
          #expect(try client.receive().text == "/hello")
        },
        SocketCase("not where the answer is known", guarded) { address, _ in
          let client = try Client(address)
          try client.send(post("Content-Length: 5\r\nExpect: 100-continue\r\n"))
          #expect(try client.receive().status == 401)
          #expect(try client.receiveToEnd() == "")
        },
      ]),
    Rule(
      .tearDown, "A client that ended its half gets its answer over a socket",
      sockets: [
        SocketCase(
          "while the handler is at work",
          held: { address, _, barrier in
            let client = try Client(address)
            try client.send(get("/wait"))
            client.shutDownWrite()
            await barrier.arrived(1)
            await barrier.open()
            #expect(try client.receive().text == "/wait")
            #expect(try client.receiveToEnd() == "")
          }),
        SocketCase("to all that it pipelined", Functions(answer: firstIsSlow)) { address, _ in
          let client = try Client(address)
          try client.send(get("/0") + get("/1") + get("/2"))
          client.shutDownWrite()
          for number in 0..<3 { #expect(try client.receive().text == "/\(number)") }
          #expect(try client.receiveToEnd() == "")
        },
        SocketCase("after a large body") { address, _ in
          let client = try Client(address)
          try client.send(post("Content-Length: 300000\r\n", repeated("x", 300_000)))
          client.shutDownWrite()
          #expect(try client.receive().body.count == 300_001)
          #expect(try client.receiveToEnd() == "")
        },
      ]),
    Rule(
      .incompleteMessages, "A request that ends early is told so and not handled",
      sockets: [
        SocketCase("a body") { address, _ in
          let client = try Client(address)
          try client.send(post("Content-Length: 5\r\n", "hell"))
          client.shutDownWrite()
          #expect(try client.receive().status == 400)
          #expect(try client.receiveToEnd() == "")
        },
        SocketCase("a reset within it, which nobody can be told of") { address, events in
          for _ in 0..<20 {
            let client = try Client(address)
            try client.send(post("Content-Length: 5\r\nExpect: 100-continue\r\n"))
            #expect(try client.receive().status == 100)
            try client.send("hell")
            client.reset()
          }
          let client = try Client(address)
          try client.send(get())
          #expect(try client.receive().status == 200)
          #expect(events.all == [])
        },
      ]),
    Rule(
      .tearDown, "An early answer arrives though the client is still sending",
      sockets: [
        SocketCase("a body too large", small) { address, events in
          let client = try Client(address)
          try client.send(post("Content-Length: 200000\r\n", repeated("x", 200_000)))
          client.shutDownWrite()
          let answer = try client.receive()
          #expect(answer.status == 413)
          #expect(answer.head.contains("Connection: close"))
          #expect(answer.head.contains("Content-Type: application/json"))
          #expect(answer.text == #"{"error":{"code":"content_too_large","message":"Send a smaller body."}}"#)
          #expect(try client.receiveToEnd() == "")
          #expect(events.all == [.refused(.contentTooLarge, peer: "127.0.0.1")])
        },
        SocketCase("chunks without an end", small) { address, _ in
          let client = try Client(address)
          try client.send(post("Transfer-Encoding: chunked\r\n", repeated("64\r\n\(repeated("x", 100))\r\n", 2000)))
          #expect(try client.receive().status == 413)
          #expect(try client.receiveToEnd() == "")
        },
        SocketCase("a body that nobody wants, and then another request", guarded) { address, events in
          let client = try Client(address)
          try client.send(post("Content-Length: 60000\r\n", repeated("x", 60_000)) + get("/next"))
          #expect(try client.receive().status == 401)
          #expect(try client.receive().text == "/next")
          #expect(events.all == [])
        },
        SocketCase("one too long to drop", guarded) { address, _ in
          let client = try Client(address)
          try client.send(post("Content-Length: 100000\r\n", repeated("x", 100_000)) + get("/next"))
          let answer = try client.receive()
          #expect(answer.status == 401)
          #expect(answer.head.contains("Connection: close"))
          #expect(try client.receiveToEnd() == "")
        },
      ]),
    Rule(
      .tearDown, "After a fault: the answer, the end, and no reset that overtakes them",
      sockets: [
        SocketCase("200 KB behind it") { address, _ in
          for _ in 0..<20 {
            let client = try Client(address)
            try client.send("garbage\r\n\r\n" + repeated(get("/smuggled"), 5000))
            #expect(try client.receive().status == 400)
            #expect(try client.receiveToEnd() == "")
          }
        },
        SocketCase("the client goes on after the end") { address, _ in
          let client = try Client(address)
          try client.send("garbage\r\n\r\n")
          let answer = try client.receiveToEnd()
          #expect(answer.hasPrefix("HTTP/1.1 400 "))
          try client.send(get("/smuggled"))
          client.shutDownWrite()
          #expect(try client.receiveToEnd() == "")
        },
      ]),
    Rule(
      .persistence, "A reset connection harms no other",
      sockets: [
        SocketCase(
          "while its handler is at work",
          held: { address, events, barrier in
            for _ in 0..<20 {
              let client = try Client(address)
              try client.send(get("/wait") + get("/1"))
              client.reset()
            }
            await barrier.arrived(20)
            await barrier.open()
            let client = try Client(address)
            try client.send(get("/alive"))
            #expect(try client.receive().text == "/alive")
            #expect(events.all == [])
          })
      ]),
    Rule(
      .headMethod, "HEAD leaves the connection in step",
      sockets: [
        SocketCase("another request behind it") { address, _ in
          let client = try Client(address)
          try client.send("HEAD /four HTTP/1.1\r\nHost: a\r\n\r\n" + get("/next"))
          #expect(try client.receive(withoutBody: true).head.contains("Content-Length: 5"))
          #expect(try client.receive().text == "/next")
        }
      ]),
    Rule(
      .chunked, "Chunks may drip",
      sockets: [
        SocketCase("byte by byte") { address, _ in
          let client = try Client(address)
          for octet in post("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\n\r\n").utf8 { try client.send([octet]) }
          #expect(try client.receive().text == "/hello")
        }
      ]),
  ]

  /// Answers `/0` only when the requests behind it have long been there.
  @Sendable private static func firstIsSlow(_ request: Request) async -> Response {
    // Each is a turn of the loop, which looks at the sockets in between: what could overtake this answer would.
    if request.head.path == "/0" { for _ in 0..<100 { await Task.yield() } }
    return await echo(request)
  }
}
