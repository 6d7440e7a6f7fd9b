/// Where a change comes to stand by its policy alone, with nothing more said and done: it may pass several steps at once.
package struct Outlook: Sendable, Hashable {
  package var change: ChangeRequest
  /// The last one on that way.
  package var evaluation: Evaluation

  package init(change: ChangeRequest, evaluation: Evaluation) {
    self.change = change
    self.evaluation = evaluation
  }
}

extension EvaluationFacts {
  /// Follows the workflow as the gate does when it evaluates, and writes nothing down.
  package func outlook(of change: ChangeRequest, in workflow: Workflow) -> Outlook {
    var facts = self
    var outlook = Outlook(change: change, evaluation: facts.evaluate())
    for _ in workflow.statuses where outlook.change.gate == .awaiting {
      guard let trigger = workflow.trigger(from: outlook.change.status, by: outlook.evaluation),
        let turn = outlook.change.follow(trigger, in: workflow, at: now)
      else { break }
      guard trigger == .approval, outlook.change.gate == .awaiting else { break }
      outlook.change.stepsPassed.append(turn.from)
      // A review that is come to again asks anew.
      outlook.change.stepsPassed.removeAll { $0 == turn.to }
      facts.approvals.removeAll { $0.step == turn.to }
      facts.steps = ApprovalSteps(passed: outlook.change.stepsPassed, at: turn.to, of: workflow)
      outlook.evaluation = facts.evaluate()
    }
    return outlook
  }
}

extension Workflow {
  /// What an evaluation moves a change by, if by anything.
  package func trigger(from status: String, by evaluation: Evaluation) -> Trigger? {
    switch evaluation.verdict {
    case .rejected: .rejection
    case .expired: .expiry
    case .allowed, .waiting: isPassed(status, by: evaluation) ? .approval : nil
    }
  }

  /// Whether an open approval step is passed, and nothing holds what it leads to. Only a gate is held by freezes and times: a status that still
  /// awaits is not.
  private func isPassed(_ step: String, by evaluation: Evaluation) -> Bool {
    guard let target = transition(from: step, on: .approval).flatMap({ self.status(named: $0.to) }) else { return false }
    return target.gate == .awaiting ? evaluation.passesStep : evaluation.verdict == .allowed
  }
}
