import HTTPMessages
import HTTPTypes
import Testing

@testable import HTTPClient

/// What goes out, and what comes back, when all is well.
@Suite struct ExchangeTests {
  @Test func sendsTheRequestAsItIs() async throws {
    let seen = Record<[String]>([])
    let server = try RawServer { connection in
      while let (head, body) = connection.wholeRequest() {
        seen.update { $0.append(head + body) }
        connection.answer("{}", status: "201 Created")
      }
    }
    let client = try HTTPClient()
    let path = "/api/v4/projects/a%2Fb/./x/../environments/prod%2feu?q=%20&x=//y"
    var asked = request(.post, server.authority, path: path, body: #"{"status":"approved"}"#)
    asked.head.headerFields[.contentType] = "application/json"
    asked.head.headerFields[HTTPField.Name("X-Request-Id")!] = "r-1"
    asked.head.headerFields[HTTPField.Name("X-Empty")!] = ""
    asked.head.headerFields[.contentLength] = "7"
    asked.head.headerFields[.acceptEncoding] = "gzip"
    asked.head.headerFields[.expect] = "100-continue"
    let response = try #require(await client.send(asked).response)
    #expect(response.status == .created)
    #expect(response.text == "{}")
    let lines = try #require(seen.value.first).split(separator: "\r\n", omittingEmptySubsequences: false).map(String.init)
    #expect(lines.first == "POST \(path) HTTP/1.1")
    #expect(lines.last == #"{"status":"approved"}"#)
    #expect(
      Set(lines.dropFirst().dropLast(2)) == [
        "Host: \(server.authority)", "Authorization: Bearer \(secret)", "Accept-Encoding: identity", "Accept: */*",
        "Content-Type: application/json",
        "X-Request-Id: r-1", "X-Empty:", "Content-Length: 21",
      ])
  }

  @Test(arguments: [
    (HTTPRequest.Method.get, "", nil), (.get, "query", "5"), (.head, "", nil), (.post, "", "0"), (.put, "", "0"), (.put, "a\0b", "3"),
    (.delete, "", nil),
    (.delete, "why", "3"), (.patch, "x", "1"), (HTTPRequest.Method("PURGE")!, "", nil),
  ])
  func framesEveryMethod(method: HTTPRequest.Method, body: String, length: String?) async throws {
    let seen = Record<[String]>([])
    let server = try RawServer { connection in
      guard let (head, body) = connection.wholeRequest() else { return }
      seen.update { $0 = [head, body] }
      connection.write("HTTP/1.1 204 No Content\r\n\r\n")
    }
    let client = try HTTPClient()
    #expect(await client.send(request(method, server.authority, body: body)).response?.status == .noContent)
    let head = try #require(seen.value.first)
    #expect(head.hasPrefix("\(method.rawValue) /api"))
    #expect(seen.value.last == body)
    #expect(
      head.split(separator: "\r\n").first { $0.hasPrefix("Content-Length: ") }.map(String.init) == length.map { "Content-Length: \($0)" })
    #expect(!head.contains("Content-Type") && !head.contains("Transfer-Encoding") && !head.contains("Expect"))
  }

  @Test func readsChunksInterimAnswersAndTrailers() async throws {
    let server = try RawServer { connection in
      _ = connection.request()
      connection.write(
        "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 Fine\r\nTransfer-Encoding: chunked\r\nX-A: 1\r\nx-a:2  \r\n\r\n")
      connection.write("5\r\nhello\r\n6;x=y\r\n world\r\n0\r\nX-Trailer: t\r\n\r\n")
    }
    let response = try #require(await HTTPClient().send(request(server.authority)).response)
    #expect(response.text == "hello world")
    #expect(response.head.status.reasonPhrase == "Fine")
    #expect(response.head.headerFields[values: HTTPField.Name("X-A")!] == ["1", "2"])
    #expect(response.head.headerFields[HTTPField.Name("Link")!] == nil)
    #expect(response.head.headerFields[HTTPField.Name("X-Trailer")!] == nil)
  }

  @Test func readsABodyThatEndsWithItsConnection() async throws {
    let server = try RawServer { connection in
      _ = connection.request()
      connection.write("HTTP/1.0 200 OK\r\n\r\nhello")
    }
    #expect(try await HTTPClient().send(request(server.authority)).response?.text == "hello")
  }

  @Test func aHeadAnswerHasNoBody() async throws {
    let server = try RawServer { connection in
      _ = connection.request()
      connection.write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")
      connection.waitForClose()
    }
    let client = try HTTPClient()
    let response = try #require(await client.send(request(.head, server.authority)).response)
    #expect(response.head.headerFields[.contentLength] == "5")
    #expect(response.body.isEmpty)
    await client.shutDown()
  }

  @Test(arguments: ["301 Moved Permanently", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"])
  func followsNoRedirect(status: String) async throws {
    let elsewhere = Record(0)
    let other = try RawServer { _ in elsewhere.update { $0 += 1 } }
    let location = "http://\(other.authority)/"
    let server = try RawServer { connection in
      _ = connection.request()
      connection.write("HTTP/1.1 \(status)\r\nLocation: \(location)\r\nContent-Length: 0\r\n\r\n")
      connection.waitForClose()
    }
    let client = try HTTPClient()
    let response = try #require(await client.send(request(server.authority)).response)
    #expect(response.status.kind == .redirection)
    #expect(response.head.headerFields[.location] == location)
    await client.shutDown()
    #expect(elsewhere.value == 0)
  }

  @Test(arguments: [400, 401, 404, 429, 500, 503]) func anErrorStatusIsAnAnswer(code: Int) async throws {
    let server = try RawServer { connection in
      _ = connection.request()
      connection.answer("no", status: "\(code) No")
    }
    let response = try #require(await HTTPClient().send(request(server.authority)).response)
    #expect(response.status.code == code)
    #expect(response.text == "no")
  }

  @Test func readsABodyUpToTheLimit() async throws {
    let server = try RawServer { connection in
      while connection.request() != nil { connection.answer(String(repeating: "x", count: 1 << 20)) }
    }
    let client = try HTTPClient(limits: .with { $0.bodyBytes = 1 << 20 })
    #expect(await client.send(request(server.authority)).response?.body.count == 1 << 20)
  }
}
