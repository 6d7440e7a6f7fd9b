/// A golden case of a policy: a change as it might be, who has spoken on it, and what must come of it.
package struct PolicyCase: Sendable {
  /// What must come of it, as far as the case says. Nil where it does not.
  package struct Expectation: Sendable, Hashable {
    package enum Waiting: Sendable, Hashable {
      /// All that it waits for, in this order.
      case exactly([String])
      /// One of the sentences has this text in it.
      case mentions(String)
    }

    package var gate: GateState?
    package var status: String?
    package var verdict: Evaluation.Verdict?
    package var waitingFor: Waiting?
    /// Who fills a seat, in any order.
    package var counted: [String]?

    package init() {}
  }

  /// Something that came out otherwise.
  package struct Difference: Sendable, Hashable {
    package var what: String
    package var expected: String
    package var found: String
  }

  package var name: String
  /// Where it stands in its file.
  package var line: Int
  package var change: ChangeRequest
  package var workflow: Workflow
  package var facts: EvaluationFacts
  package var expected: Expectation
  /// What the case supposes and the policy does not let be.
  package var notes: [String] = []

  package init(
    name: String, line: Int, change: ChangeRequest, workflow: Workflow, facts: EvaluationFacts, expected: Expectation
  ) {
    self.name = name
    self.line = line
    self.change = change
    self.workflow = workflow
    self.facts = facts
    self.expected = expected
  }

  package func outlook() -> Outlook {
    guard facts.brokenGlass != nil else { return facts.outlook(of: change, in: workflow) }
    var opened = change
    _ = opened.breakOpen(in: workflow, at: facts.now)
    return Outlook(change: opened, evaluation: facts.evaluate())
  }

  /// In the order in which the file's format lists them; empty where all is as expected.
  package func differences(from outlook: Outlook) -> [Difference] {
    let evaluation = outlook.evaluation
    let counted = evaluation.seats.keys.map { $0.lowercased() }.sorted()
    return [
      compare("gate", expected.gate?.rawValue, outlook.change.gate.rawValue),
      compare("status", expected.status, outlook.change.status),
      compare("verdict", expected.verdict?.rawValue, evaluation.verdict.rawValue),
      compare("counted", expected.counted.map { shown($0.map { $0.lowercased() }.sorted()) }, shown(counted)),
      expected.waitingFor.flatMap { compare($0, evaluation.waitingFor) },
    ].compactMap(\.self)
  }

  private func compare(_ what: String, _ expected: String?, _ found: String) -> Difference? {
    guard let expected, expected != found else { return nil }
    return Difference(what: what, expected: expected, found: found)
  }

  private func compare(_ expected: Expectation.Waiting, _ found: [String]) -> Difference? {
    switch expected {
    case .exactly(let sentences): compare("waiting_for", shown(sentences), shown(found))
    case .mentions(let text):
      found.contains { $0.contains(text) }
        ? nil : Difference(what: "waiting_for", expected: "a sentence with '\(text)'", found: shown(found))
    }
  }

  private func shown(_ texts: [String]) -> String { texts.isEmpty ? "nothing" : texts.joined(separator: "; ") }
}
