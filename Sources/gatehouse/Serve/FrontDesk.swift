import ChangeControl
import Credentials
import Gate
import HTTPMessages
import HTTPServer
import HTTPTypes
import Logging
import Storage
import Synchronization
import Web

/// Between the listener and the application: says on which thread a request's work runs, and turns what it throws into an answer.
final class FrontDesk: RequestHandler {
  private let application: Mutex<Application>
  /// A larger body is taken apart away from the listener's loop, which would stand still for it: 25 MiB take 25 ms to
  /// verify and 70 to parse, and hostile ones more.
  static let smallBody = 64 * 1_024
  /// How long a search may take. GitLab and people give up after ten seconds; whoever waits behind it has not asked for it.
  static let readBudget: Duration = .seconds(2)

  private let writer: Writer
  private let readers: Readers
  private let feed: EventFeed
  private let largeBodies = LargeBodies()
  private let readiness = SharedAnswer()
  private let log: Logger
  /// The log's own handler, where it is ours.
  private let lines: LineLogHandler?
  /// Called after something was written: a callback may be due.
  private let wroteSomething: @Sendable () -> Void
  /// Those of the configuration that is in force; nil before the first and after the last.
  private let errands: @Sendable () -> Errands?

  init(
    application: Application, writer: Writer, readers: Readers, feed: EventFeed, log: Logger,
    wroteSomething: @escaping @Sendable () -> Void, errands: @escaping @Sendable () -> Errands?
  ) {
    self.application = Mutex(application)
    self.writer = writer
    self.readers = readers
    self.feed = feed
    self.log = log
    lines = log.handler as? LineLogHandler
    self.wroteSomething = wroteSomething
    self.errands = errands
  }

  /// What is written from now on is written by this one, whenever its request began.
  func replace(with application: Application) {
    self.application.withLock { $0 = application }
    feed.replace(with: application)
  }

  func admit(_ head: HTTPRequest) -> Admission {
    switch application.withLock({ $0 }).admit(head) {
    case .body(let admitted): .body(limit: admitted.limit, isAnonymous: !admitted.isSenderKnown, pass: admitted)
    case .answer(let response): .answer(response)
    }
  }

  func turnedAway(_ request: Request, with response: Response) {
    let requestID = response.head.headerFields.first { $0.name.canonicalName == "x-request-id" }?.value ?? ""
    report(request, response.status, requestID: requestID, took: .zero)
  }

  func respond(to request: Request, pass: Admission.Pass?) async -> Reply {
    guard let admitted = pass as? AdmittedHead else { preconditionFailure("a request came in without being admitted") }
    let requestID = Application.requestID(from: request.head, fresh: freshRequestID())
    let began = ContinuousClock.now
    let reply: Reply
    do {
      reply = try await carryOut(request, of: admitted, requestID: requestID)
    } catch {
      let response = admitted.response(to: error, requestID: requestID)
      reply = .whole(response)
      // What a caller did wrong is the caller's to mend, and told there.
      if response.status.code >= 500 {
        log.error("a request failed", metadata: ["request_id": "\(requestID)", "reason": "\(FrontDesk.reason(error))"])
      }
    }
    report(request, reply.status, requestID: requestID, took: ContinuousClock.now - began)
    return reply
  }

  private func carryOut(_ request: Request, of admitted: AdmittedHead, requestID: String) async throws -> Reply {
    let application = admitted.application
    switch await work(for: request, of: admitted, requestID: requestID) {
    case .answer(let answer): return .whole(answer)
    case .read(let body): return .whole(try await read(body))
    case .stream(let body): return stream(try await read(body), requestID: requestID)
    case .subscribe(let body): return try subscribe(try await read(body))
    case .write(let body):
      guard let answer = try await writer.perform({ self.isInForce(application) ? try body($0) : nil }) else {
        let successor = self.application.withLock { $0 }
        return try await carryOut(request, of: admitted.answered(by: successor), requestID: requestID)
      }
      wroteSomething()
      return .whole(answer)
    case .prove(let body):
      return .whole(application.stamped(try await readiness.get { [writer] in try await writer.perform(body) }, requestID: requestID))
    case .errand(let errand):
      guard let errands = errands() else { throw Errand.unknownInstance(errand.instance) }
      return .whole(application.stamped(try await errands.carryOut(errand, requestID: requestID), requestID: requestID))
    }
  }

  /// A body may come long after its head, and wait for its turn to be written: what people decide is decided by the rules that are in force then.
  private func isInForce(_ application: Application) -> Bool { self.application.withLock { $0 === application } }

  private func read<Value: Sendable>(_ body: @escaping @Sendable (Reading) throws -> Value) async throws -> Value {
    try await readers.perform(within: FrontDesk.readBudget, body)
  }

  /// What fits into one piece is answered whole: most clients like to know the length.
  private func stream(_ response: StreamedResponse, requestID: String) -> Reply {
    guard response.content.next != nil else { return .whole(Response(head: response.head, body: response.content.bytes)) }
    let source = PieceSource(response.content, readers: readers) { [log] error in
      log.error("a long answer was cut off", metadata: ["request_id": "\(requestID)", "reason": "\(FrontDesk.reason(error))"])
    }
    return .streamed(response.head, source)
  }

  private func subscribe(_ subscription: Subscription) throws -> Reply {
    guard let listener = feed.subscribe(subscription) else { throw StorageError.busy("as many listen to the events as may") }
    return .streamed(subscription.head, listener)
  }

  private func work(for request: Request, of admitted: AdmittedHead, requestID: String) async -> Work {
    guard request.body.count > FrontDesk.smallBody else {
      return admitted.work(for: request, requestID: requestID, at: SystemClock.now())
    }
    // A handler's task prefers the listener's loop, and an actor would follow it there.
    return await withTaskExecutorPreference(globalConcurrentExecutor) {
      await largeBodies.work(for: request, of: admitted, requestID: requestID)
    }
  }

  /// What of an error may stand in a log: our own sentences; of anything else only its kind.
  private static func reason(_ error: any Error) -> String {
    (error as? StorageError)?.description ?? "\(type(of: error))"
  }

  private func report(_ request: Request, _ status: HTTPResponse.Status, requestID: String, took duration: Duration) {
    let isQuiet = (request.head.method == .get || request.head.method == .head) && status.code < 400
    let level: Logger.Level = status.code >= 500 ? .error : isQuiet ? .debug : .info
    guard level >= log.logLevel else { return }
    // The query may hold what somebody searched for; the path says enough.
    let target = request.head.path ?? ""
    let path = target[..<(target.utf8.firstIndex(of: UInt8(ascii: "?")) ?? target.endIndex)]
    let fields = [
      PlainField(name: "method", value: request.head.method.rawValue),
      PlainField(name: "milliseconds", value: String(duration.wholeMilliseconds)),
      PlainField(name: "path", value: TokenText.redacted(path.prefix(200))), PlainField(name: "peer", value: request.peer ?? ""),
      PlainField(name: "request_id", value: requestID), PlainField(name: "status", value: String(status.code)),
    ]
    if let lines, lines.logPlain(level, "answered", fields) { return }
    log.log(level: level, "answered", metadata: .init(uniqueKeysWithValues: fields.map { ("\($0.name)", .string($0.value)) }))
  }
}

extension Reply {
  fileprivate var status: HTTPResponse.Status {
    switch self {
    case .whole(let response): response.status
    case .streamed(let head, _): head.status
    }
  }
}
