internal import ChangeControl
internal import Gate
internal import HTTPMessages
internal import HTTPTypes
internal import JSON

/// One person's yes or no, as in GitLab's approval API.
enum ApprovalResource {
  static let routes: [Route] = [
    Route(.post, "/api/v1/changes/{key}/approval", needs: .decide, content: .json, .write(decide)),
    Route(.delete, "/api/v1/changes/{key}/approval", needs: .decide, .write(withdraw)),
  ]

  private static func decide(_ call: Call) throws -> Route.Writes {
    let precondition = try Precondition(call.request.head.headerFields)
    let members = try JSONMembers(call.request.body, known: ["status", "comment", "represented_as", "effective_at"])
    let word = try members.choice("status", of: [ApprovalStatus.approved.rawValue, ApprovalStatus.rejected.rawValue])
    let status: ApprovalStatus = word == ApprovalStatus.approved.rawValue ? .approved : .rejected
    let comment = try members.comment("comment")
    let representedAs = try members.line("represented_as")
    let effectiveAt = try members.instant("effective_at")
    if effectiveAt != nil, status == .rejected {
      throw Fault.invalidValue("effective_at", "goes with an approval only: a rejection counts at once")
    }
    return { caller, transaction in
      let decision = DecisionRequest(
        key: call.key, status: status, comment: comment, representedAs: representedAs, effectiveAt: effectiveAt,
        expectedRevision: try precondition.expectedRevision(of: call.key, in: transaction), requestID: call.requestID)
      return .change(try call.gate.decide(decision, by: caller.actor, in: transaction), in: call.gate, status: .created)
    }
  }

  private static func withdraw(_ call: Call) throws -> Route.Writes {
    let precondition = try Precondition(call.request.head.headerFields)
    return { caller, transaction in
      let expected = try precondition.expectedRevision(of: call.key, in: transaction)
      let view = try call.gate.withdraw(
        key: call.key, expectedRevision: expected, by: caller.actor, requestID: call.requestID, in: transaction)
      return .change(view, in: call.gate)
    }
  }
}
