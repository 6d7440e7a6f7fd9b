internal import ChangeControl
internal import Gate
internal import HTTPMessages
internal import HTTPTypes
internal import JSON

/// What leads a change on along its workflow, and a person's step along it.
enum TransitionResource {
  static let routes: [Route] = [
    Route(.get, "/api/v1/changes/{key}/transitions", .read(list)),
    Route(.post, "/api/v1/changes/{key}/transitions", needs: .decide, content: .json, .write(take)),
  ]

  private static func list(_ call: Call) -> Route.Reads {
    { caller, reading in
      let view = try call.gate.view(key: call.key, in: reading)
      let offers = try call.gate.transitions(key: call.key, for: caller.actor, in: reading)
      return .json(
        [
          "change": .string(view.change.key), "status": .string(view.change.status), "gate": .string(view.change.gate.rawValue),
          "transitions": .array(offers.map(\.json)),
        ], fields: [.eTag: EntityTags.tag(of: view.change.revision)])
    }
  }

  private static func take(_ call: Call) throws -> Route.Writes {
    let precondition = try Precondition(call.request.head.headerFields)
    let members = try JSONMembers(call.request.body, known: ["name", "comment"])
    guard let name = try members.line("name") else {
      throw Fault.missingMember("name", expecting: "the name of a transition; GET lists those that there are")
    }
    let comment = try members.comment("comment")
    return { caller, transaction in
      let request = TransitionRequest(
        key: call.key, name: name, comment: comment,
        expectedRevision: try precondition.expectedRevision(of: call.key, in: transaction), requestID: call.requestID)
      return .change(try call.gate.transition(request, by: caller.actor, in: transaction), in: call.gate, status: .created)
    }
  }
}

extension TransitionOffer {
  fileprivate var json: JSONValue {
    [
      "name": .string(transition.name), "to": .string(transition.to), "gate": .string(gate.rawValue),
      "by": .string(transition.trigger.word), "open": .bool(refusal == nil),
      "why_not": refusal.map { ["code": .string($0.code), "message": .string($0.message)] } ?? .null,
    ]
  }
}
