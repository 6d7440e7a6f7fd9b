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

  func respond(to request: Request, pass: Admission.Pass?) -> Handling {
    guard let admitted = pass as? AdmittedHead else { preconditionFailure("a request came in without being admitted") }
    let requestID = Application.requestID(from: request.head, fresh: freshRequestID())
    return takeApart(Visit(request: request, admitted: admitted, requestID: requestID, began: .now))
  }

  private func takeApart(_ visit: Visit) -> Handling {
    guard visit.request.body.count > FrontDesk.smallBody else { return carryOut(visit.work, for: visit) }
    return .announced { [self] announce in
      // Not on the listener's loop, which a task of a handler's prefers, and an actor would follow it there.
      Task(executorPreference: globalConcurrentExecutor) {
        let work = await self.largeBodies.work(for: visit.request, of: visit.admitted, requestID: visit.requestID)
        announce { self.carryOut(work, for: visit) }
      }
    }
  }

  /// A request on its way through the house.
  private final class Visit: Sendable {
    let request: Request
    let admitted: AdmittedHead
    let requestID: String
    let began: ContinuousClock.Instant

    init(request: Request, admitted: AdmittedHead, requestID: String, began: ContinuousClock.Instant) {
      self.request = request
      self.admitted = admitted
      self.requestID = requestID
      self.began = began
    }

    var work: Work { admitted.work(for: request, requestID: requestID, at: SystemClock.now()) }
  }

  private func carryOut(_ work: Work, for visit: Visit) -> Handling {
    let application = visit.admitted.application
    switch work {
    case .answer(let answer): return .done(conclude(visit, .success(.whole(answer))))
    case .read(let body):
      return .announced { [self] announce in
        readers.submit(within: FrontDesk.readBudget, body) { result in
          announce { .done(self.conclude(visit, result.map { .whole($0) })) }
        }
      }
    case .stream(let body):
      return awaiting(visit) { [self] in stream(try await read(body), requestID: visit.requestID) }
    case .subscribe(let body): return awaiting(visit) { [self] in try subscribe(try await read(body)) }
    case .write(let body):
      return .announced { [self] announce in
        writer.submit({ self.isInForce(application) ? try body($0) : nil }) { result in announce { self.conclude(visit, written: result) } }
      }
    case .prove(let body):
      return awaiting(visit) { [self] in
        .whole(application.stamped(try await readiness.get { [writer] in try await writer.perform(body) }, requestID: visit.requestID))
      }
    case .errand(let errand):
      return awaiting(visit) { [self] in
        guard let errands = errands() else { throw Errand.unknownInstance(errand.instance) }
        return .whole(application.stamped(try await errands.carryOut(errand, requestID: visit.requestID), requestID: visit.requestID))
      }
    }
  }

  private func awaiting(_ visit: Visit, _ work: @escaping @Sendable () async throws -> Reply) -> Handling {
    .awaiting { [self] in
      let result: Result<Reply, any Error>
      do { result = .success(try await work()) } catch { result = .failure(error) }
      return conclude(visit, result)
    }
  }

  /// What was written is true; where another configuration came into force meanwhile nothing was, and it answers.
  private func conclude(_ visit: Visit, written result: Result<Response?, any Error>) -> Handling {
    switch result {
    case .success(let answer?):
      wroteSomething()
      return .done(conclude(visit, .success(.whole(answer))))
    case .success(nil):
      let successor = application.withLock { $0 }
      let admitted = visit.admitted.answered(by: successor)
      return takeApart(Visit(request: visit.request, admitted: admitted, requestID: visit.requestID, began: visit.began))
    case .failure(let error): return .done(conclude(visit, .failure(error)))
    }
  }

  /// The reply to a request, once it is known, told to the log.
  private func conclude(_ visit: Visit, _ result: Result<Reply, any Error>) -> Reply {
    let reply: Reply
    do {
      reply = try result.get()
    } catch {
      let response = visit.admitted.response(to: error, requestID: visit.requestID)
      reply = .whole(response)
      // What a caller did wrong is the caller's to mend, and told there.
      if response.status.code >= 500 {
        log.error("a request failed", metadata: ["request_id": "\(visit.requestID)", "reason": "\(FrontDesk.reason(error))"])
      }
    }
    report(visit.request, reply.status, requestID: visit.requestID, took: ContinuousClock.now - visit.began)
    return reply
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
