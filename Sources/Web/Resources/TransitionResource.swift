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
      return .json(fields: [.eTag: EntityTags.tag(of: view.change.revision)]) { json in
        json.object { json in
          json.member("change", view.change.key)
          json.member("status", view.change.status)
          json.member("gate", view.change.gate.rawValue)
          json.array("transitions") { json in
            for offer in offers { json.object { offer.writeMembers(to: &$0) } }
          }
        }
      }
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
  fileprivate func writeMembers(to json: inout JSONWriter) {
    json.member("name", transition.name)
    json.member("to", transition.to)
    json.member("gate", gate.rawValue)
    json.member("by", transition.trigger.word)
    json.member("open", refusal == nil)
    guard let refusal else { return json.member("why_not", .null) }
    json.object("why_not") { json in
      json.member("code", refusal.code)
      json.member("message", refusal.message)
    }
  }
}
