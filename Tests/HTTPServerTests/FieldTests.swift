import HTTPTypes
import Testing

@testable import HTTPServer

private func head(_ fields: String, version: String = "1.1") -> String { "GET / HTTP/\(version)\r\n\(fields)\r\n" }
private let get = Outcome.requests("GET /")

@Suite struct FieldTests {
  static let cases: [WireCase] = [
    WireCase("RFC 9112 §5", "no white space is needed", head("Host:a\r\nX:1\r\n"), get),
    WireCase("RFC 9112 §5", "tabs are white space", head("Host:\ta\t\r\n"), get),
    WireCase("RFC 9112 §5.1", "a space before the colon", head("Host: a\r\nX : 1\r\n"), .fault(.malformedField)),
    WireCase("RFC 9112 §5.1", "a tab before the colon", head("Host: a\r\nContent-Length\t: 1\r\n"), .fault(.malformedField)),
    WireCase("RFC 9112 §5", "no colon", head("Host: a\r\nX\r\n"), .fault(.malformedField)),
    WireCase("RFC 9110 §5.1", "no name", head("Host: a\r\n: 1\r\n"), .fault(.malformedField)),
    WireCase("RFC 9110 §5.1", "a name is a token", head("Host: a\r\nX@Y: 1\r\n"), .fault(.malformedField)),
    WireCase("RFC 9110 §5.1", "not UTF-8 either", head("Host: a\r\nÜ: 1\r\n"), .fault(.malformedField)),
    WireCase("RFC 9110 §5.1", "no NUL in a name", head("Host: a\r\nX\0: 1\r\n"), .fault(.malformedField)),
    WireCase("RFC 9112 §5.2", "a folded line", head("Host: a\r\nX: 1\r\n 2\r\n"), .fault(.foldedField)),
    WireCase("RFC 9112 §5.2", "folded with a tab", head("Host: a\r\nX: 1\r\n\t2\r\n"), .fault(.foldedField)),
    WireCase("RFC 9112 §2.2", "white space before the first field", head(" Host: a\r\n"), .fault(.foldedField)),
    WireCase("RFC 9112 §2.2", "a line of white space", head("Host: a\r\n \r\n"), .fault(.foldedField)),
    WireCase("RFC 9112 §2.2", "a bare CR in a value", head("Host: a\r\nX: 1\r2\r\n"), .fault(.malformedField)),
    WireCase("RFC 9112 §2.2", "a bare CR in a name", head("Host: a\r\n\rX: 1\r\n"), .fault(.malformedField)),
    WireCase("RFC 9112 §2.2", "a bare LF ends no field", head("Host: a\nX: 1\r\n"), .fault(.bareLineFeed)),
    WireCase("RFC 9112 §2.2", "nor the head", "GET / HTTP/1.1\r\nHost: a\r\n\n", .fault(.bareLineFeed)),
    WireCase("RFC 9112 §2.2", "CR LF CR X does not end it", "GET / HTTP/1.1\r\nHost: a\r\n\rX\r\n\r\n", .fault(.malformedField)),
    WireCase("RFC 9110 §5.5", "NUL in a value", head("Host: a\r\nX: 1\0\r\n"), .fault(.malformedField)),
    WireCase("RFC 9110 §5.5", "a control character", head("Host: a\r\nX: \u{1B}[0m\r\n"), .fault(.malformedField)),
    WireCase("RFC 9110 §5.5", "DEL", head("Host: a\r\nX: \u{7F}\r\n"), .fault(.malformedField)),
    WireCase("RFC 9110 §5.6.3", "VT is no white space", head("Host: a\r\nContent-Length: \u{B}0\r\n"), .fault(.malformedField)),
    WireCase("RFC 9110 §5.5", "a tab within a value", head("Host: a\r\nX: 1\t2\r\n"), get),
    WireCase(
      "RFC 9110 §5.5", "0x80 to 0xFF are opaque",
      bytes: Array("GET / HTTP/1.1\r\nHost: a\r\nX: ".utf8) + [0x80, 0xFF] + Array("\r\n\r\n".utf8),
      get),
    WireCase("RFC 9110 §5.4", "a field too long", head("Host: a\r\nX: \(String(repeating: "a", count: 8200))\r\n"), .fault(.fieldTooLarge)),
    WireCase(
      "RFC 9110 §5.4", "a head too long",
      head("Host: a\r\n" + String(repeating: "X: \(String(repeating: "a", count: 1000))\r\n", count: 17)),
      .fault(.headTooLarge)),
    WireCase("RFC 6585 §5", "100 fields are read", head("Host: a\r\n" + String(repeating: "X: 1\r\n", count: 99)), get),
    WireCase("RFC 6585 §5", "101 are not", head("Host: a\r\n" + String(repeating: "X: 1\r\n", count: 100)), .fault(.tooManyFields)),

    WireCase("RFC 9112 §3.2", "Host is required", head(""), .fault(.missingHost)),
    WireCase("RFC 9112 §3.2", "but may be empty", head("Host:\r\n"), get),
    WireCase("RFC 9112 §3.2", "twice", head("Host: a\r\nHost: a\r\n"), .fault(.repeatedHost)),
    WireCase("RFC 9112 §3.2", "twice in HTTP/1.0", head("Host: a\r\nHost: a\r\n", version: "1.0"), .fault(.repeatedHost)),
    WireCase("RFC 9112 §3.2", "twice, one empty", head("Host:\r\nHost: a\r\n"), .fault(.repeatedHost)),
    WireCase("RFC 9112 §3.2", "with a port", head("Host: a.example:8080\r\n"), get),
    WireCase("RFC 9112 §3.2", "an IPv6 address", head("Host: [::1]:80\r\n"), get),
    WireCase("RFC 9112 §3.2", "no IPv6 address", head("Host: [::g]\r\n"), .fault(.malformedHost)),
    WireCase("RFC 9112 §3.2", "a bracket too few", head("Host: [::1\r\n"), .fault(.malformedHost)),
    WireCase("RFC 9112 §3.2", "text behind the bracket", head("Host: [::1]a\r\n"), .fault(.malformedHost)),
    WireCase("RFC 9112 §3.2", "a space", head("Host: a b\r\n"), .fault(.malformedHost)),
    WireCase("RFC 9112 §3.2", "a path", head("Host: a/b\r\n"), .fault(.malformedHost)),
    WireCase("RFC 9112 §3.2", "user information", head("Host: u@a\r\n"), .fault(.malformedHost)),
    WireCase("RFC 9112 §3.2", "two ports", head("Host: a:1:2\r\n"), .fault(.malformedHost)),
    WireCase("RFC 9112 §3.2", "a port that is no number", head("Host: a:b\r\n"), .fault(.malformedHost)),
    WireCase("RFC 9112 §3.2", "a signed port", head("Host: a:+80\r\n"), .fault(.malformedHost)),
    WireCase("RFC 9112 §3.2", "a port alone", head("Host: :80\r\n"), .fault(.malformedHost)),
    WireCase("RFC 3986 §3.2.2", "an escape", head("Host: a%20b\r\n"), get),
    WireCase("RFC 3986 §3.2.2", "half an escape", head("Host: a%2\r\n"), .fault(.malformedHost)),
    WireCase("RFC 9112 §3.2", "two in one line", head("Host: a, b\r\n"), .fault(.malformedHost)),

    WireCase("RFC 9110 §10.1.1", "an unknown expectation", head("Host: a\r\nExpect: tea\r\n"), .fault(.unknownExpectation)),
    WireCase("RFC 9110 §10.1.1", "ignored in HTTP/1.0", head("Expect: tea\r\n", version: "1.0"), get),
  ]

  @Test(arguments: cases) func verdictDoesNotDependOnTheCut(_ wire: WireCase) {
    #expect(wire.violations == [])
  }

  @Test func headIsHandedOverAsReceived() throws {
    let play = Play()
    play.receive("POST /a?b HTTP/1.1\r\nX-One: 1\r\nhOsT: a.example:81\r\nX-One:\t two \t\r\nX-Empty:\r\n\r\n")
    let request = try #require(play.requests.first)
    #expect(request.head.method == .post)
    #expect(request.head.scheme == "http")
    #expect(request.head.authority == "a.example:81")
    #expect(request.head.path == "/a?b")
    #expect(request.peer == "192.0.2.7")
    let fields = request.head.headerFields.map { "\($0.name.rawName)=\($0.value)" }
    #expect(fields == ["X-One=1", "hOsT=a.example:81", "X-One=two", "X-Empty="])
  }

  @Test func absoluteTargetOutranksHost() throws {
    let play = Play()
    play.receive("GET http://b.example:82/ HTTP/1.1\r\nHost: a.example\r\n\r\n")
    #expect(try #require(play.requests.first).head.authority == "b.example:82")
  }

  @Test func opaqueOctetsSurvive() throws {
    let play = Play()
    play.receive(Array("GET / HTTP/1.1\r\nHost: a\r\nX: ".utf8) + [0x80, 0xFF] + Array("\r\n\r\n".utf8))
    let request = try #require(play.requests.first)
    let field = try #require(request.head.headerFields.last)
    #expect(field.withUnsafeBytesOfValue { Array($0) } == [0x80, 0xFF])
  }
}
