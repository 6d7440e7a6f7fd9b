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
      return .json([
        "change": .string(view.change.key), "gate": .string(view.change.gate.rawValue),
        "verdict": .optional(view.evaluation?.verdict.rawValue), "policy": .string(view.change.policy),
        "waiting_for": .array(view.waitingFor.map(JSONValue.string)), "evaluation": view.evaluation?.root.json ?? .null,
      ])
    }
  }
}
