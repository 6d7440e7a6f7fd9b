internal import Calendar
internal import ChangeControl
internal import HTTPMessages
package import HTTPTypes
internal import Storage

/// The HTTP surface as a function from request to work. It knows its settings and does not change; what it keeps of answers only saves making them
/// again. A class because its settings are large, and looked at by every request.
package final class Application: Sendable {
  let settings: WebSettings
  /// By these settings: others have their own.
  let kept = KeptAnswers()

  package init(settings: WebSettings) { self.settings = settings }

  /// What becomes of a request whose head is known. What is refused here costs no body, no disk and no other thread.
  package func admit(_ head: HTTPRequest) -> Entry {
    lazy var requestID = Application.requestID(from: head, fresh: freshRequestID())
    do {
      switch try door(head, requestID: requestID) {
      case .options(let allow): return .answer(options(allow).stamped(requestID))
      case .open(let admitted): return .body(admitted)
      }
    } catch {
      return .answer(response(to: error, requestID: requestID, in: ErrorShape(path: head.path ?? "")))
    }
  }

  /// The id by which a request is known in answers, log and GitLab calls: the client's, if it is one that may stand there, else `fresh`.
  package static func requestID(from head: HTTPRequest, fresh: @autoclosure () -> String) -> String {
    let given = head.headerFields.values(of: .requestID)
    guard given.count == 1, let id = given.first, (1...Limits.requestID).contains(id.utf8.count),
      id.utf8.allSatisfy({ $0.isDigit || $0.isLetter || "._-".utf8.contains($0) })
    else { return fresh() }
    return id
  }

  func work(_ route: Route, _ call: Call, _ credential: Credential?) throws -> Work {
    if case .open(let answer) = route.handler { return try answer(call, settings) }
    let permission = route.permission
    do {
      var call = call
      call.query = try QueryParameters(call.target.query, known: route.parameters)
      switch route.handler {
      case .open(let answer): return try answer(call, settings)
      case .read(let prepare):
        let read = try prepare(call)
        return .read { [self] in try read(caller(credential, permission: permission, in: $0), $0) }
      case .stream(let prepare):
        let stream = try prepare(call)
        let check: @Sendable (Reading) throws -> Caller = { [self] in try caller(credential, permission: permission, in: $0) }
        return .stream { try stream(check($0), $0).guarded { _ = try check($0) } }
      case .subscribe(let prepare):
        let subscribe = try prepare(call)
        return .subscribe { [self] in try subscribe(caller(credential, permission: permission, in: $0), $0) }
      case .write(let prepare):
        let write = try prepare(call)
        return .write { [self] in try write(caller(credential, permission: permission, in: $0), $0) }
      case .errand(let prepare):
        return .errand(try prepare(call) { [self] in try caller(credential, permission: permission, in: $0) })
      }
    } catch {
      // The request is wrong in itself. Who it comes from still goes first: nobody else is told what would be right.
      return .read { [self] in
        _ = try caller(credential, permission: permission, in: $0)
        throw error
      }
    }
  }

  private func caller(_ credential: Credential?, permission: Permission, in reading: Reading) throws -> Caller {
    guard let credential else { throw Fault.tokenMissing }
    let caller = try credential.caller(in: reading)
    settings.tokenUses.note(caller.token.id, at: reading.now)
    try permission.check(caller.token.role)
    return caller
  }

  /// For a request that is answered before anybody else has seen it: 16 hexadecimal digits.
  private func freshRequestID() -> String {
    let text = String(UInt64.random(in: .min ... .max), radix: 16)
    return String(repeating: "0", count: 16 - text.count) + text
  }

  private func options(_ allow: String) -> Response { .empty(.noContent, fields: [.allow: allow]) }
}
