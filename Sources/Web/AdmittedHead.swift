package import Calendar
internal import ChangeControl
package import HTTPMessages

/// A request's head that was found good, and what was found in it. Only `Application.admit` makes one, and only this makes work: what was
/// refused at the door cannot come in by another.
package final class AdmittedHead: Sendable {
  /// The snapshot by which it was admitted, and is answered unless another has taken its place before anything is written.
  package let application: Application
  /// The largest body that it may bring.
  package let limit: Int
  /// Whether the head proves who sends the body.
  package let isSenderKnown: Bool
  private let route: Route
  private let target: Target
  private let parameters: [String]
  /// Nil where none is asked for. Whose token it is, only the database knows.
  private let credential: Credential?

  init(
    application: Application, route: Route, target: Target, parameters: [String], credential: Credential?, limit: Int, isSenderKnown: Bool
  ) {
    self.application = application
    self.route = route
    self.target = target
    self.parameters = parameters
    self.credential = credential
    self.limit = limit
    self.isSenderKnown = isSenderKnown
  }

  /// The same head, to be answered by another snapshot: who sent it is asked there anew.
  package func answered(by successor: Application) -> AdmittedHead {
    AdmittedHead(
      application: successor, route: route, target: target, parameters: parameters, credential: credential, limit: limit,
      isSenderKnown: isSenderKnown)
  }

  /// What the request with this head comes to. Never waits, but a large body takes its time, a MiB up to 20 ms.
  package func work(for request: Request, requestID: String, at now: Instant) -> Work {
    do {
      guard request.body.count <= limit else { throw Fault.bodyTooLarge(limit: limit) }
      let call = Call(
        request: request, target: target, parameters: parameters, requestID: requestID, now: now, gate: application.settings.gate,
        kept: application.kept)
      return try application.work(route, call, credential).stamped(requestID)
    } catch {
      return .answer(response(to: error, requestID: requestID))
    }
  }

  /// The answer to whatever its work threw, or what kept it from being committed, in the shape that this address has.
  package func response(to error: any Error, requestID: String) -> Response {
    application.response(to: error, requestID: requestID, in: ErrorShape(path: target.path))
  }
}
