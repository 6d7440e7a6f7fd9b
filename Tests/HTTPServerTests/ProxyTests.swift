import HTTPMessages
import HTTPTypes
import NetworkAddresses
import Synchronization
import TestSupport
import Testing

@testable import HTTPServer

/// Who a request is said to be from, over real sockets. The fields' grammar has its own tables.
@Suite struct ProxyTests {
  private static let loopback = Result { TrustedProxies(blocks: [try AddressBlock("127.0.0.1")]) }
  private static let address = ListenAddress.tcp(host: "127.0.0.1", port: 0)
  private static let claim = "X-Forwarded-For: 203.0.113.9\r\n"

  private static let whoIsThere = Functions { request in
    Response(head: HTTPResponse(status: .ok), body: Array((request.peer ?? "nobody").utf8))
  }

  private func peer(over client: Client, _ fields: String) throws -> String {
    try client.send(get("/", fields))
    return try client.receive().text
  }

  @Test func aProxyThatIsTrustedIsBelieved() async throws {
    try await withServer(on: [Self.address], trusting: Self.loopback.get(), Self.whoIsThere) { bound, _, _ in
      let client = try Client(bound[0])
      #expect(try peer(over: client, Self.claim) == "203.0.113.9")
      #expect(try peer(over: client, "X-Forwarded-For: 6.6.6.6\r\nx-forwarded-for: 203.0.113.10, 127.0.0.1\r\n") == "203.0.113.10")
      // Each request of a connection has a client of its own.
      #expect(try peer(over: client, "") == "127.0.0.1")
      #expect(try peer(over: client, "X-Forwarded-For: \"nonsense\r\nForwarded: for=203.0.113.9\r\n") == "127.0.0.1")
    }
  }

  @Test func nobodyElseIs() async throws {
    try await withServer(on: [Self.address], trusting: TrustedProxies(includesUnix: true), Self.whoIsThere) { bound, _, _ in
      let client = try Client(bound[0])
      #expect(try peer(over: client, Self.claim) == "127.0.0.1")
    }
  }

  @Test func theOtherFieldIsReadWhereItIsNamed() async throws {
    let folder = TemporaryFolder()
    let proxies = TrustedProxies(includesUnix: true, field: .forwarded)
    try await withServer(on: [.unix(path: folder.file("s"))], trusting: proxies, Self.whoIsThere) { bound, _, _ in
      let client = try Client(bound[0])
      #expect(try peer(over: client, Self.claim) == "unix")
      #expect(try peer(over: client, "Forwarded: for=\"[2001:db8::9]:4711\";proto=https\r\n" + Self.claim) == "2001:db8::9")
    }
  }

  @Test func whomToTrustCanChange() async throws {
    try await withServer(on: [Self.address], Self.whoIsThere) { bound, _, server in
      let client = try Client(bound[0])
      #expect(try peer(over: client, Self.claim) == "127.0.0.1")
      await server.trust(try Self.loopback.get())
      #expect(try peer(over: client, Self.claim) == "203.0.113.9")
      await server.trust(TrustedProxies())
      #expect(try peer(over: client, Self.claim) == "127.0.0.1")
    }
  }

  /// Turns everybody away, and notes whom.
  final class Closed: RequestHandler {
    private let notes = Mutex<[String]>([])

    var all: [String] { notes.withLock { $0 } }

    func admit(_ head: HTTPRequest) -> Admission { .answer(Response(head: HTTPResponse(status: .unauthorized))) }
    func turnedAway(_ request: Request, with response: Response) {
      notes.withLock { $0.append("\(request.peer ?? "nobody") \(response.status.code)") }
    }
    func respond(to request: Request, pass: Admission.Pass?) -> Handling { .awaiting { .whole(await echo(request)) } }
  }

  @Test func whoIsTurnedAwayIsTold() async throws {
    let handler = Closed()
    try await withServer(on: [Self.address], trusting: Self.loopback.get(), handler) { bound, _, _ in
      let client = try Client(bound[0])
      for head in [get("/", Self.claim), get()] {
        try client.send(head)
        #expect(try client.receive().status == 401)
      }
    }
    #expect(handler.all == ["203.0.113.9 401", "127.0.0.1 401"])
  }

  @Test func aRefusalNamesWhoSentTheRequest() async throws {
    let handler = Functions(admission: { _ in .body(limit: 3) }, answer: echo)
    try await withServer(on: [Self.address], trusting: Self.loopback.get(), handler) { bound, events, _ in
      let large = try Client(bound[0])
      try large.send(post(Self.claim + "Content-Length: 4\r\n"))
      #expect(try large.receive().status == 413)
      // A head that cannot be read says nothing, whoever sent the one before.
      let broken = try Client(bound[0])
      try broken.send(get("/", Self.claim))
      #expect(try broken.receive().status == 200)
      try broken.send("NONSENSE\r\n\r\n")
      #expect(try broken.receive().status == 400)
      #expect(
        events.all.map(\.message).map { $0.prefix { $0 != ":" } } == [
          "refused a request from 203.0.113.9", "refused a request from 127.0.0.1",
        ])
    }
  }
}
