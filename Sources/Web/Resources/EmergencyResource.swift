internal import ChangeControl
internal import Gate
internal import HTTPMessages
internal import HTTPTypes
internal import Storage

/// What people may do past the rules, each with a reason: break the glass, look back at it, override a freeze.
enum EmergencyResource {
  static let routes: [Route] = [
    Route(.post, "/api/v1/changes/{key}/break-glass", needs: .operate, content: .json, .write(breakGlass)),
    Route(.post, "/api/v1/changes/{key}/review", needs: .decide, content: .json, .write(review)),
    Route(.post, "/api/v1/changes/{key}/freeze-override", needs: .decide, content: .json, .write(overrideFreeze)),
  ]

  private static func breakGlass(_ call: Call) throws -> Route.Writes {
    let precondition = try Precondition(call.request.head.headerFields)
    let reason = try reason(call)
    return { caller, transaction in
      let expected = try precondition.expectedRevision(of: call.key, in: transaction)
      let view = try call.gate.breakGlass(
        key: call.key, reason: reason, expectedRevision: expected, by: caller.actor, requestID: call.requestID, in: transaction)
      return .change(view, in: call.gate, status: .created)
    }
  }

  private static func review(_ call: Call) throws -> Route.Writes {
    let precondition = try Precondition(call.request.head.headerFields)
    guard let comment = try JSONMembers(call.request.body, known: ["comment"]).comment("comment") else { throw Fault.commentMissing }
    return { caller, transaction in
      try precondition.check(call.key, in: transaction)
      let view = try call.gate.review(
        key: call.key, comment: comment, by: caller.actor, requestID: call.requestID, in: transaction)
      return .change(view, in: call.gate, status: .created)
    }
  }

  private static func overrideFreeze(_ call: Call) throws -> Route.Writes {
    let precondition = try Precondition(call.request.head.headerFields)
    let reason = try reason(call)
    return { caller, transaction in
      try precondition.check(call.key, in: transaction)
      let view = try call.gate.overrideFreeze(
        key: call.key, reason: reason, by: caller.actor, requestID: call.requestID, in: transaction)
      return .change(view, in: call.gate, status: view.isRepetition ? .ok : .created)
    }
  }

  private static func reason(_ call: Call) throws(Fault) -> String {
    guard let reason = try JSONMembers(call.request.body, known: ["reason"]).comment("reason") else { throw .reasonMissing }
    return reason
  }
}
