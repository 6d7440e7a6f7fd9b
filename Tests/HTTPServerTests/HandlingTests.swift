import Glibc
import HTTPMessages
import HTTPTypes
import Synchronization
import Testing

@testable import HTTPServer

/// The ways in which a request comes to its reply.
@Suite struct HandlingTests {
  /// A request comes to its reply as its path says.
  struct Ways: RequestHandler {
    let loop = LoopThread()

    func admit(_ head: HTTPRequest) -> Admission {
      loop.note()
      return .body(limit: 1_024)
    }

    func respond(to request: Request, pass: Admission.Pass?) -> Handling {
      let answer: @Sendable () -> Handling = { [loop] in .done(.whole(reply(loop.isHere ? "on the loop" : "elsewhere"))) }
      let later: @Sendable () -> Handling = { .announced { announce in elsewhere { announce(answer) } } }
      switch request.head.path {
      case "/done": return answer()
      case "/awaiting": return .awaiting { [loop] in .whole(reply(loop.isHere ? "on the loop" : "elsewhere")) }
      case "/announced": return later()
      // Where nobody takes it: before the call that starts it is back.
      case "/at-once": return .announced { $0(answer) }
      case "/in-steps": return .announced { announce in elsewhere { announce { .announced { $0(later) } } } }
      case "/then-awaited": return .announced { announce in elsewhere { announce { .awaiting { .whole(await echo(request)) } } } }
      default: return .announced { announce in elsewhere { announce { .done(.streamed(HTTPResponse(status: .ok), Counting())) } } }
      }
    }
  }

  /// Which thread is the loop's.
  final class LoopThread: Sendable {
    private let thread = Mutex<UInt>(0)

    func note() { thread.withLock { $0 = Thread.current } }
    var isHere: Bool { thread.withLock { $0 == Thread.current } }
  }

  private actor Counting: ContentSource {
    private var count = 0

    func next() -> [UInt8]? {
      count += 1
      return count > 3 ? nil : Array("\(count)".utf8)
    }
  }

  @Test(arguments: [
    ("/done", "on the loop"), ("/awaiting", "on the loop"), ("/announced", "on the loop"), ("/at-once", "on the loop"),
    ("/in-steps", "on the loop"), ("/then-awaited", "/then-awaited"),
  ])
  func isAnswered(_ path: String, _ text: String) async throws {
    try await withServer(Ways()) { address, _, _ in
      let client = try Client(address)
      // Twice: the connection goes on.
      for _ in 0..<2 {
        try client.send(get(path))
        #expect(try client.receive().text == text)
      }
    }
  }

  /// What comes from elsewhere keeps its place among what is answered at once.
  @Test func pipelinedRequestsKeepTheirOrder() async throws {
    let paths = ["/then-awaited", "/done", "/announced", "/in-steps", "/at-once", "/awaiting", "/then-awaited"]
    try await withServer(Ways()) { address, _, _ in
      let client = try Client(address)
      try client.send(paths.map { get($0) }.joined())
      let texts = try paths.map { _ in try client.receive().text }
      #expect(texts == paths.map { $0 == "/then-awaited" ? $0 : "on the loop" })
    }
  }

  @Test func aStreamMayBeAnnounced() async throws {
    try await withServer(Ways()) { address, _, _ in
      let client = try Client(address)
      try client.send("GET /stream HTTP/1.0\r\nHost: a\r\n\r\n")
      #expect(try client.receiveToEnd().hasSuffix("\r\n\r\n123"))
    }
  }

  /// Nobody is there any more when the answer comes, and the server has ended: nothing is lost or freed twice.
  @Test func anAnswerMayComeAfterTheEnd() async throws {
    struct Silent: RequestHandler {
      let keep: @Sendable (Announcement) -> Void
      func admit(_ head: HTTPRequest) -> Admission { .body(limit: 1_024) }
      func respond(to request: Request, pass: Admission.Pass?) -> Handling { .announced(keep) }
    }
    let (arrivals, arrived) = AsyncStream<Announcement>.makeStream()
    let (kept, keeping) = AsyncStream<Announcement>.makeStream()
    var limits = Limits()
    limits.drain = .milliseconds(1)
    try await withServer(limits: limits, Silent { arrived.yield($0) }) { address, _, _ in
      let client = try Client(address)
      try client.send(get("/x"))
      for await announcement in arrivals {
        keeping.yield(announcement)
        break
      }
    }
    for await announcement in kept {
      // What runs it now is a thread made for it.
      await withCheckedContinuation { continuation in
        announcement {
          continuation.resume()
          return .done(.whole(reply("too late")))
        }
      }
      break
    }
  }
}

private func reply(_ text: String) -> Response { Response(head: HTTPResponse(status: .ok), body: Array(text.utf8)) }

private func elsewhere(_ body: @escaping @Sendable () -> Void) {
  do { try Thread.start(body) } catch { preconditionFailure(error.message) }
}
