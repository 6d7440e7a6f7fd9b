import ArgumentParser
import JSON

extension ChangeCommand {
  struct Edit: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Tells more of a change request, as an operator: its type, risk, plans and times.",
      discussion: """
        An empty value empties the field: --risk "". The type can be changed only while the gate awaits a decision.
        Example: gatehouse change edit CHG-42 --risk low --reason "the old timeout drops carts"
        Example: gatehouse change edit CHG-42 --planned-start 2026-11-24T20:00:00Z --planned-end 2026-11-24T21:00:00Z
        """)

    @OptionGroup var change: ChangeArgument
    @Option(help: "standard, normal or emergency.") var type: String?
    @Option(help: "low, medium or high.") var risk: String?
    @Option(help: "low, medium or high.") var impact: String?
    @Option(help: "Why it is done.") var reason: String?
    @Option(help: "How it is done.") var implementationPlan: String?
    @Option(help: "How it is undone if it goes wrong.") var rollbackPlan: String?
    @Option(help: "When it shall begin, ISO 8601.") var plannedStart: String?
    @Option(help: "When it shall be over, ISO 8601.") var plannedEnd: String?

    func run() async throws {
      let fields = [
        ("type", type), ("risk", risk), ("impact", impact), ("reason", reason), ("implementation_plan", implementationPlan),
        ("rollback_plan", rollbackPlan), ("planned_start", try time(plannedStart)), ("planned_end", try time(plannedEnd)),
      ]
      var body = JSONObject()
      for (name, value) in fields { if let value { body[name] = value.isEmpty ? .null : .string(value) } }
      guard !body.members.isEmpty else {
        throw Failure.usage("there is nothing to change; name a field, such as --risk low; `gatehouse change edit --help` shows all")
      }
      try printAnswer(describe(try await APIClient().send(.patch, try change.path(), body: .object(body))))
    }

    private func time(_ text: String?) throws -> String? {
      guard let text, !text.isEmpty else { return text }
      return try instant(from: text).iso8601
    }
  }
}
