import ChangeControl
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
  private let writer: Writer
  private let readers: Readers
  private let log: Logger
  /// Called after something was written: a callback may be due.
  private let wroteSomething: @Sendable () -> Void

  init(application: Application, writer: Writer, readers: Readers, log: Logger, wroteSomething: @escaping @Sendable () -> Void) {
    self.application = Mutex(application)
    self.writer = writer
    self.readers = readers
    self.log = log
    self.wroteSomething = wroteSomething
  }

  /// Requests that begin from now on are answered by this one.
  func replace(with application: Application) { self.application.withLock { $0 = application } }

  func admit(_ head: HTTPRequest) -> Admission {
    switch application.withLock({ $0 }).admit(head) {
    case .body(let limit): .body(limit: limit)
    case .answer(let response): .answer(response)
    }
  }

  func respond(to request: Request) async -> Response {
    let application = application.withLock { $0 }
    let requestID = Application.requestID(from: request.head, fresh: freshRequestID())
    let began = ContinuousClock.now
    let response: Response
    do {
      switch application.work(for: request, requestID: requestID, at: SystemClock.now()) {
      case .answer(let answer): response = answer
      case .read(let body): response = try await readers.perform(body)
      case .write(let body):
        response = try await writer.perform(body)
        wroteSomething()
      }
    } catch {
      response = application.response(to: error, requestID: requestID)
      // What a caller did wrong is the caller's to mend, and told there.
      if response.status.code >= 500 {
        log.error("a request failed", metadata: ["request_id": "\(requestID)", "reason": "\(FrontDesk.reason(error))"])
      }
    }
    report(request, response, requestID: requestID, took: ContinuousClock.now - began)
    return response
  }

  /// What of an error may stand in a log: our own sentences; of anything else only its kind.
  private static func reason(_ error: any Error) -> String {
    (error as? StorageError)?.description ?? "\(type(of: error))"
  }

  private func report(_ request: Request, _ response: Response, requestID: String, took duration: Duration) {
    let isQuiet = (request.head.method == .get || request.head.method == .head) && response.status.code < 400
    let level: Logger.Level = response.status.code >= 500 ? .error : isQuiet ? .debug : .info
    guard level >= log.logLevel else { return }
    // The query may hold what somebody searched for; the path says enough.
    let target = request.head.path ?? ""
    let path = target[..<(target.utf8.firstIndex(of: UInt8(ascii: "?")) ?? target.endIndex)]
    log.log(
      level: level, "answered",
      metadata: [
        "method": "\(request.head.method.rawValue)", "path": "\(Tokens.redacted(path.prefix(200)))", "status": "\(response.status.code)",
        "milliseconds": "\(duration.wholeMilliseconds)", "request_id": "\(requestID)", "peer": "\(request.peer ?? "")",
      ])
  }
}
