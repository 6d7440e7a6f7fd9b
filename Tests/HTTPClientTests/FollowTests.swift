import HTTPMessages
import HTTPTypes
import Testing

@testable import HTTPClient

/// Answers that go on and on, taken as they come.
@Suite struct FollowTests {
  /// A server that says `pieces` one after the other, and then no more.
  private static func server(saying pieces: [String], status: String = "200 OK") throws -> RawServer {
    try RawServer { connection in
      guard connection.request() != nil, connection.write("HTTP/1.1 \(status)\r\nConnection: close\r\n\r\n") else { return }
      for piece in pieces where !connection.write(piece) { return }
    }
  }

  @Test func neitherLengthNorTimeIsLimited() async throws {
    let server = try FollowTests.server(saying: (0..<100).map { "piece \($0)\n" })
    let client = try HTTPClient(
      limits: .with {
        $0.bodyBytes = 10
        $0.wholeTimeout = .milliseconds(1)
      })
    let heard = Record<[UInt8]>([])
    let answer = await client.follow(request(server.authority)) { piece in
      heard.update { $0 += piece }
      return true
    }
    #expect(answer.response?.status == .ok, "\(answer)")
    #expect(answer.response?.body == [])
    #expect(String(decoding: heard.value, as: UTF8.self) == (0..<100).map { "piece \($0)\n" }.joined())
  }

  @Test func whoHasHeardEnoughEndsIt() async throws {
    let server = try FollowTests.server(saying: (0..<100).map { "piece \($0)\n" })
    let times = Record(0)
    let answer = await (try HTTPClient()).follow(request(server.authority)) { _ in
      times.update { $0 += 1 }
      return false
    }
    #expect(answer.response == nil)
    #expect(times.value == 1)
  }

  @Test func whatIsNoYesIsAnAnswerLikeAnyOther() async throws {
    let server = try FollowTests.server(saying: ["not ", "you"], status: "403 Forbidden")
    let answer = await (try HTTPClient()).follow(request(server.authority)) { _ in
      Issue.record("a refusal is not what was asked for")
      return true
    }
    #expect(answer.response?.status == .forbidden)
    #expect(answer.response?.text == "not you")
  }
}
