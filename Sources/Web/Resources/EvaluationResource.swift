internal import ChangeControl
internal import Gate
internal import HTTPMessages
internal import JSON

/// Why a gate stands as it does: the policy in force, rule by rule.
enum EvaluationResource {
  static let routes: [Route] = [Route(.get, "/api/v1/changes/{key}/evaluation", .read(show))]

  private static func show(_ call: Call) -> Route.Reads {
    { _, reading in
      let view = try call.gate.view(key: call.key, in: reading)
      // Null where the configuration has lost the policy: nothing can be evaluated, and `waiting_for` says what would help.
      return .json { json in
        json.object { json in
          json.member("change", view.change.key)
          json.member("gate", view.change.gate.rawValue)
          json.member("verdict", view.evaluation?.verdict.rawValue)
          json.member("policy", view.change.policy)
          json.member("waiting_for", view.waitingFor)
          json.array("drift") { json in
            for drift in view.drifts { json.object { drift.writeMembers(to: &$0) } }
          }
          json.member("evaluation", view.evaluation?.root.json ?? .null)
        }
      }
    }
  }
}
