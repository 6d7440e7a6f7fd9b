internal import ChangeControl
internal import GitLab
package import HTTPMessages
internal import HTTPTypes
internal import Storage

extension Application {
  /// The answer to whatever a request's work threw, or what kept it from being committed. Says nothing about the inside; that is for the log.
  package func response(to error: any Error, requestID: String) -> Response {
    response(to: error, requestID: requestID, in: .own)
  }

  func response(to error: any Error, requestID: String, in shape: ErrorShape) -> Response {
    let answer = (error as? RelayedRefusal)?.response ?? answer(to: error, requestID: requestID)
    return (shape == .gitLab && !(error is RelayedRefusal) ? answer.inGitLabShape : answer).stamped(requestID)
  }

  /// An answer that is shared, with what this one request's answer carries.
  package func stamped(_ response: Response, requestID: String) -> Response { response.stamped(requestID) }

  private func answer(to error: any Error, requestID: String) -> Response {
    switch error {
    case let fault as Fault:
      return .error(status: fault.status, code: fault.code, message: fault.message, requestID: requestID, fields: fault.fields)
    case let refusal as Refusal:
      return .error(status: refusal.kind.status, code: refusal.code, message: refusal.message, requestID: requestID)
    case let error as StorageError:
      let (code, message) = error.told
      return .error(
        status: .serviceUnavailable, code: code, message: message, requestID: requestID,
        fields: [.retryAfter: String(Limits.retryAfterSeconds)])
    default:
      return .error(
        status: .internalServerError, code: "internal_error",
        message: "something went wrong here that is not your doing; tell an administrator the request id \(requestID)", requestID: requestID
      )
    }
  }
}

extension Refusal.Kind {
  fileprivate var status: HTTPResponse.Status {
    switch self {
    case .forbidden: .forbidden
    case .notFound: .notFound
    case .conflict: .conflict
    case .invalid: .unprocessableContent
    }
  }
}

extension StorageError {
  /// What a caller is told. Whatever the cause, nothing of the request stands, and a GitLab that sends its delivery again may succeed.
  fileprivate var told: (code: String, message: String) {
    switch self {
    case .full: ("storage_full", "the disk is full and nothing was stored; send it again once an administrator has freed some space")
    case .busy: ("busy", "more waits than can be done at once, and nothing was stored; send it again in a moment")
    case .overran: ("too_slow", "this takes longer than it may; ask for less: name a service or a project, since and until")
    case .closed: ("shutting_down", "the server is shutting down and nothing was stored; send it again in a moment")
    case .cannotOpen, .inUse, .schema, .failed:
      ("storage_failed", "the database cannot be used now and nothing was stored; send it again later, the log has the reason")
    }
  }
}

extension Work {
  /// Whatever the work answers, with what every answer carries.
  func stamped(_ requestID: String) -> Work {
    switch self {
    case .answer(let response): .answer(response.stamped(requestID))
    case .read(let body): .read { try body($0).stamped(requestID) }
    case .write(let body): .write { try body($0).stamped(requestID) }
    case .stream(let body):
      .stream {
        var response = try body($0)
        response.head.stamp(requestID)
        return response
      }
    case .subscribe(let body):
      .subscribe {
        var subscription = try body($0)
        subscription.head.stamp(requestID)
        return subscription
      }
    // Its answer is made later, and stamped where it is.
    case .prove, .errand: self
    }
  }
}
