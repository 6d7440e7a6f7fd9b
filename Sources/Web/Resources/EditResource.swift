internal import ChangeControl
internal import Gate
internal import HTTPMessages
internal import HTTPTypes

/// What people tell of a change request: its type, risk, plans and times. Null empties a field (RFC 7396).
enum EditResource {
  static let routes: [Route] = [Route(.patch, "/api/v1/changes/{key}", needs: .operate, content: .json, .write(edit))]

  private static let fields = [
    "type", "risk", "impact", "reason", "implementation_plan", "rollback_plan", "planned_start", "planned_end",
  ]

  private static func edit(_ call: Call) throws -> Route.Writes {
    let precondition = try Precondition(call.request.head.headerFields)
    let edits = try edits(JSONMembers(call.request.body, known: fields))
    return { caller, transaction in
      let expected = try precondition.expectedRevision(of: call.key, in: transaction)
      let view = try call.gate.edit(
        edits, key: call.key, expectedRevision: expected, by: caller.actor, requestID: call.requestID, in: transaction)
      return .change(view, in: call.gate)
    }
  }

  private static func edits(_ members: JSONMembers) throws(Fault) -> [ChangeEdit] {
    var edits: [ChangeEdit] = []
    for name in fields where members.has(name) {
      switch name {
      case "type": edits.append(.type(ChangeType(rawValue: try members.choice(name, of: ChangeType.allCases.map(\.rawValue))) ?? .normal))
      case "risk": edits.append(.risk(try level(name, members)))
      case "impact": edits.append(.impact(try level(name, members)))
      case "reason": edits.append(.reason(try members.comment(name)))
      case "implementation_plan": edits.append(.implementationPlan(try members.comment(name)))
      case "rollback_plan": edits.append(.rollbackPlan(try members.comment(name)))
      case "planned_start": edits.append(.plannedStart(try members.instant(name)))
      default: edits.append(.plannedEnd(try members.instant(name)))
      }
    }
    guard !edits.isEmpty else { throw .invalidBody("names no field; send at least one of \(fields.joined(separator: ", "))") }
    return edits
  }

  private static func level(_ name: String, _ members: JSONMembers) throws(Fault) -> ChangeDetails.Level? {
    guard !members.isNull(name) else { return nil }
    return ChangeDetails.Level(rawValue: try members.choice(name, of: ChangeDetails.Level.allCases.map(\.rawValue)))
  }
}
