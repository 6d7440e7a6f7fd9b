import HTTPTypes
import Testing

@testable import HTTPServer

@Suite struct FieldTests {
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

  @Test func opaqueOctetsSurvive() throws {
    let play = Play()
    play.receive(Array("GET / HTTP/1.1\r\nHost: a\r\nX: ".utf8) + [0x80, 0xFF] + Array("\r\n\r\n".utf8))
    let request = try #require(play.requests.first)
    let field = try #require(request.head.headerFields.last)
    #expect(field.withUnsafeBytesOfValue { Array($0) } == [0x80, 0xFF])
  }
}
