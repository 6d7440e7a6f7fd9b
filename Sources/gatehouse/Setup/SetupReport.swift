import GitLab
import JSON

/// What a verb of setup tells: lines as they come, or one JSON value at the end. A server tells nothing here: it has a log.
final class SetupReport {
  enum Form { case text, json, nothing }

  private let form: Form
  private let instance: String
  private var steps: [JSONValue] = []
  private(set) var hasWorkLeft = false

  init(instance: String, form: Form) {
    self.instance = instance
    self.form = form
  }

  /// - Parameter status: what became of it, for programs; nil for what is only planned.
  func tell(_ step: SetupStep, status: String? = nil) throws {
    if status == nil, step.mark != .nothing { hasWorkLeft = true }
    steps.append([
      "action": .string(step.mark.name), "what": .string(step.subject), "changes": .array(step.lines.map(JSONValue.string)),
      "notes": .array(step.notes.map(JSONValue.string)), "status": .optional(status),
    ])
    guard form == .text else { return }
    // What was not tried must not look as if it were done.
    guard status != "not_tried" else {
      let notes = step.holdsUpNothing ? step.notes.map { "    (\($0))" } : []
      return try printAnswer((["not tried: \(step.subject)"] + notes).map(terminalSafe).joined(separator: "\n"))
    }
    let isGone = ["removed", "revoked"].contains(status)
    try printAnswer(
      (["\(isGone ? "-" : step.mark.rawValue) \(step.subject)"] + step.lines.map { "    \($0)" } + step.notes.map { "    (\($0))" }).map(
        terminalSafe
      )
      .joined(separator: "\n"))
  }

  func tell(_ mark: SetupStep.Mark, _ subject: String, status: String, notes: [String] = []) throws {
    try tell(SetupStep(mark, subject, notes: notes), status: status)
  }

  /// The last line: how it stands. `done`: nothing is left to do.
  func end(_ sentence: String, done: Bool) throws {
    switch form {
    case .nothing: break
    case .json:
      let object: JSONValue = [
        "instance": .string(instance), "done": .bool(done), "message": .string(sentence), "steps": .array(steps),
      ]
      try printAnswer(object.text)
    case .text: try printAnswer(terminalSafe(sentence))
    }
  }
}

extension SetupStep.Mark {
  var name: String {
    switch self {
    case .nothing: "none"
    case .create: "create"
    case .update: "update"
    case .cannot: "cannot"
    }
  }
}
