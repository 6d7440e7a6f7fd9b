import HTTPMessages
import HTTPTypes
import NetworkAddresses
import Synchronization

@testable import HTTPServer

/// A handler made of two functions.
struct Functions: RequestHandler {
  var admission: @Sendable (HTTPRequest) -> Admission = { _ in .body(limit: 8 * 1024 * 1024) }
  var answer: @Sendable (Request) async -> Response

  func admit(_ head: HTTPRequest) -> Admission { admission(head) }
  func respond(to request: Request, pass: Admission.Pass?) -> Handling { .awaiting { .whole(await answer(request)) } }
}

/// A handler that answers everything with the content of a source.
struct Streams: RequestHandler {
  var source: @Sendable (Request) -> any ContentSource

  func admit(_ head: HTTPRequest) -> Admission { .body(limit: 1024) }
  func respond(to request: Request, pass: Admission.Pass?) -> Handling { .done(.streamed(HTTPResponse(status: .ok), source(request))) }
}

/// Pieces of content made by a function, which is told how many came before.
actor Pieces: ContentSource {
  private(set) var made = 0
  private let make: @Sendable (Int) async throws -> [UInt8]?

  init(_ make: @escaping @Sendable (Int) async throws -> [UInt8]?) { self.make = make }

  func next() async throws -> [UInt8]? {
    let number = made
    made += 1
    return try await make(number)
  }
}

/// What a server reported.
final class Events: Sendable {
  private let events = Mutex<[ServerEvent]>([])

  var all: [ServerEvent] { events.withLock { $0 } }
  func note(_ event: ServerEvent) { events.withLock { $0.append(event) } }
}

/// Holds handlers back until it is opened.
actor Barrier {
  private var isOpen = false
  private var waiting: [CheckedContinuation<Void, Never>] = []
  private var arrivals: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []

  func pass() async {
    await withCheckedContinuation { continuation in
      // Looked at in here: on its way in the task may be enqueued once more (see `Listener.shutDown`).
      guard !isOpen else { return continuation.resume() }
      waiting.append(continuation)
      for arrival in arrivals where arrival.count <= waiting.count { arrival.continuation.resume() }
      arrivals.removeAll { $0.count <= waiting.count }
    }
  }

  /// Returns once `count` handlers stand before the barrier.
  func arrived(_ count: Int) async {
    await withCheckedContinuation { continuation in
      guard waiting.count < count else { return continuation.resume() }
      arrivals.append((count, continuation))
    }
  }

  func open() {
    isOpen = true
    for continuation in waiting { continuation.resume() }
    waiting = []
  }
}

/// A thread for each job, so that a test may block without taking one of the few threads that all tests share.
final class Threads: TaskExecutor {
  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    do {
      try Thread.start { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    } catch {
      preconditionFailure(error.message)
    }
  }
}

/// A server on a free port for the time of `body`, which may block.
func withServer(
  limits: Limits = Limits(), _ handler: some RequestHandler = Functions(answer: echo),
  _ body: @escaping @Sendable (ListenAddress, Events, HTTPServer) async throws -> Void
) async throws {
  try await withServer(on: [.tcp(host: "127.0.0.1", port: 0)], limits: limits, handler) { try await body($0[0], $1, $2) }
}

/// The same on several addresses.
func withServer(
  on addresses: [ListenAddress], inherited: [Int32] = [], trusting proxies: TrustedProxies = TrustedProxies(), limits: Limits = Limits(),
  _ handler: some RequestHandler = Functions(answer: echo),
  _ body: @escaping @Sendable ([ListenAddress], Events, HTTPServer) async throws -> Void
) async throws {
  let events = Events()
  let server = HTTPServer(addresses: addresses, inherited: inherited, trusting: proxies, limits: limits, handler: handler) {
    events.note($0)
  }
  try await withTaskExecutorPreference(Threads()) {
    let bound = try server.start()
    let result: Result<Void, any Error>
    do { result = .success(try await body(bound, events, server)) } catch { result = .failure(error) }
    await server.shutDown()
    try result.get()
  }
}

/// Answers with the path and the body.
@Sendable func echo(_ request: Request) async -> Response {
  Response(head: HTTPResponse(status: .ok), body: Array((request.head.path ?? "").utf8) + request.body)
}

func get(_ path: String = "/", _ fields: String = "") -> String { "GET \(path) HTTP/1.1\r\nHost: a\r\n\(fields)\r\n" }

func post(_ fields: String, _ body: String = "") -> String { "POST / HTTP/1.1\r\nHost: a\r\n\(fields)\r\n\(body)" }
