internal import Gate
internal import HTTPMessages
internal import HTTPTypes

/// What is owed to GitLab for a decision.
enum CallbackResource {
  static let routes: [Route] = [Route(.post, "/api/v1/changes/{key}/callbacks/retry", needs: .operate, .write(retry))]

  private static func retry(_ call: Call) throws -> Route.Writes {
    let precondition = try Precondition(call.request.head.headerFields)
    return { caller, transaction in
      try precondition.check(call.key, in: transaction)
      return .change(
        try call.gate.retryCallbacks(key: call.key, by: caller.actor, requestID: call.requestID, in: transaction), in: call.gate)
    }
  }
}
