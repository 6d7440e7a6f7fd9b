package import HTTPMessages
package import HTTPTypes

/// What the server serves. Its functions run on the server's loop: what takes long belongs on another thread, awaited.
package protocol RequestHandler: Sendable {
  /// Called once the head is complete, before any of the body is read and before the client is told to go on sending it (100 Continue).
  ///
  /// `head.path` is the request target as received: percent-escapes are whole and none is a NUL, but nothing is decoded; it is `*` for
  /// `OPTIONS *`. `head.authority` comes from an absolute target or else from the Host field.
  func admit(_ head: HTTPRequest) -> Admission

  /// Called when `admit` gave the answer: who was turned away, for the log. The request has no body.
  func turnedAway(_ request: Request, with response: Response)

  /// Called with the whole request, and with what `admit` gave it on its way. Whoever takes longer than `Limits.handler` has the client answered 503
  /// in its place, and is not cancelled: a command that is half carried out is worse than an answer nobody reads.
  ///
  /// The server adds Date, Content-Length or Transfer-Encoding, and Connection. A HEAD is handed over as it is, and its response's content is
  /// dropped.
  func respond(to request: Request, pass: Admission.Pass?) -> Handling
}

extension RequestHandler {
  package func turnedAway(_ request: Request, with response: Response) {}
}

/// What becomes of a request whose head is known.
package enum Admission: Sendable {
  /// What was found out about the head, so that nobody has to look at it again.
  package typealias Pass = any AnyObject & Sendable

  /// Read the body, of at most this many bytes; a larger one is answered 413. An anonymous one is from somebody whom the head does not prove:
  /// less memory is given to all of those together.
  case body(limit: Int, isAnonymous: Bool = false, pass: Pass? = nil)
  /// The final answer, before the body is read (401, 404, 405, 413, …).
  case answer(Response)
}

/// How a request comes to its reply.
package enum Handling: Sendable {
  /// It has it.
  case done(Reply)
  /// By work that waits. Begins at once and on the loop, and resumes there.
  case awaiting(@Sendable () async -> Reply)
  /// By somebody on another thread, who says when it is there: a task for one wait costs as much as reading the request.
  case announced(@Sendable (Announcement) -> Void)
}

/// Says that a request can go on. Once, from any thread.
package struct Announcement: Sendable {
  let announce: @Sendable (@escaping @Sendable () -> Handling) -> Void

  /// - Parameter next: how it goes on; called on the loop.
  package func callAsFunction(_ next: @escaping @Sendable () -> Handling) { announce(next) }
}
