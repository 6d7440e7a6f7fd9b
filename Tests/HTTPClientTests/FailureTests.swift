import HTTPMessages
import Testing

@testable import HTTPClient

/// Every way in which an answer can fail to come, over real sockets, with the effect that the caller must reckon with.
@Suite struct FailureTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    var limits = ClientLimits()
    var effect = TransportFailure.Effect.unknown
    var reason: String
    var serve: @Sendable (RawConnection) -> Void

    var testDescription: String { name }
  }

  static let cases: [Case] = [
    Case(name: "reset before the answer", reason: "broke: connection reset by peer") {
      _ = $0.request()
      $0.reset()
    },
    Case(name: "closed before the answer", reason: "closed the connection without an answer") { _ = $0.request() },
    Case(name: "closed within the head", reason: "may have been carried out") {
      _ = $0.request()
      $0.write("HTTP/1.1 200 OK\r\nContent-Le")
    },
    Case(name: "reset within the body", reason: "broke: connection reset by peer") {
      _ = $0.request()
      $0.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
      $0.reset()
    },
    Case(name: "closed within the body", reason: "answer was cut off") {
      _ = $0.request()
      $0.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
    },
    Case(name: "closed within a chunked body", reason: "may have been carried out") {
      _ = $0.request()
      $0.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
    },
    Case(name: "no answer", limits: .with { $0.firstByteTimeout = .milliseconds(400) }, reason: "did not answer within 0.4 seconds") {
      _ = $0.request()
      $0.waitForClose()
    },
    Case(name: "half a head", limits: .with { $0.firstByteTimeout = .milliseconds(400) }, reason: "did not answer within 0.4 seconds") {
      _ = $0.request()
      $0.write("HTTP/1.1 200 OK\r\nServer: nginx\r\n")
      $0.waitForClose()
    },
    Case(name: "half a body", limits: .with { $0.wholeTimeout = .milliseconds(400) }, reason: "was not whole within 0.4 seconds") {
      _ = $0.request()
      $0.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
      $0.waitForClose()
    },
    Case(name: "a body declared too large", limits: .with { $0.bodyBytes = 10 }, reason: "larger than 10 bytes") {
      _ = $0.request()
      $0.write("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n")
      $0.waitForClose()
    },
    Case(name: "a chunked body too large", limits: .with { $0.bodyBytes = 10 }, reason: "larger than 10 bytes") {
      _ = $0.request()
      $0.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
      while $0.write("5\r\nhello\r\n") {}
    },
    Case(name: "a head too large", limits: .with { $0.headBytes = 1_000 }, reason: "larger than 1000 bytes") {
      _ = $0.request()
      $0.write("HTTP/1.1 200 OK\r\n")
      while $0.write("X-Filler: \(String(repeating: "x", count: 80))\r\n") {}
    },
    Case(name: "interim heads without end", limits: .with { $0.headBytes = 1_000 }, reason: "larger than 1000 bytes") {
      _ = $0.request()
      while $0.write("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n") {}
    },
    Case(name: "trailers without end", limits: .with { $0.headBytes = 1_000 }, reason: "larger than 1000 bytes") {
      _ = $0.request()
      $0.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n")
      while $0.write("X-Trailer: x\r\n") {}
    },
    Case(name: "an answer that is not HTTP", reason: "did not answer in HTTP") {
      _ = $0.request()
      $0.write("SSH-2.0-OpenSSH_9.2 and quite a lot more\r\n")
    },
    Case(name: "a compressed answer", reason: "compressed") {
      _ = $0.request()
      $0.write("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc")
    },
    Case(name: "a negative length", reason: "may have been carried out") {
      _ = $0.request()
      $0.write("HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello")
    },
    Case(
      name: "no TLS before its time is over", limits: .with { $0.connectTimeout = .milliseconds(400) }, effect: .none,
      reason: "no connection within 0.4 seconds; is the server up"
    ) { $0.waitForClose() },
    Case(name: "no TLS at all", effect: .none, reason: "does it speak https on that port?") {
      $0.write("HTTP/1.1 400 Bad Request\r\n\r\n")
      $0.waitForClose()
    },
  ]

  @Test(arguments: cases) func classifies(_ failing: Case) async throws {
    let server = try RawServer(failing.serve)
    let client = try HTTPClient(limits: failing.limits)
    let scheme = failing.effect == .none ? "https" : "http"
    let answer = await client.send(request(.post, server.authority, scheme: scheme, body: "body \(secret)"))
    let failure = try #require(answer.failure, "\(answer)")
    #expect(failure.effect == failing.effect)
    #expect(failure.reason.contains(failing.reason), "\(failure.reason)")
    #expect(failure.reason.contains(server.authority))
    #expect(!failure.reason.contains(secret))
    await client.shutDown()
  }

  @Test func nobodyListens() async throws {
    let client = try HTTPClient()
    try await RawServer.withClosedPort { port in
      let reason = "cannot reach 127.0.0.1:\(port): connection refused; is the server up, and does a firewall stand between?"
      let failure = await client.send(request(.post, "127.0.0.1:\(port)", body: "x")).failure
      #expect(failure == TransportFailure(effect: .none, reason: reason))
    }
  }

  @Test func nameIsUnknown() async throws {
    let client = try HTTPClient()
    let failure = try #require(await client.send(request("gitlab.invalid")).failure)
    #expect(failure.effect == .none)
    #expect(failure.reason.hasPrefix("cannot find gitlab.invalid:80: the name does not resolve"))
  }

  @Test(arguments: [
    ("ftp", "127.0.0.1", "/"), ("http", "user:\(secret)@127.0.0.1", "/"), ("http", "127.0.0.1:0", "/"), ("http", "127.0.0.1:x", "/"),
    ("http", "127.0.0.1/path", "/"), ("http", "", "/"), ("http", "127.0.0.1", "no/slash"), ("http", "127.0.0.1", "/a b"),
    ("http", "127.0.0.1", "/#\(secret)"),
  ])
  func refusesWhatIsNoTarget(scheme: String, authority: String, path: String) async throws {
    let client = try HTTPClient()
    let failure = try #require(await client.send(request(authority, scheme: scheme, path: path)).failure)
    #expect(failure.effect == .none)
    #expect(!failure.reason.contains(secret))
  }

  @Test func certificateFileMustBeReadable() {
    #expect(throws: ClientSetupError.self) { try HTTPClient(certificateAuthorityFile: "no/such/file.pem") }
  }
}
