import Calendar
import ChangeControl

extension GoldenTreeTests {
  /// What only time, or a word more, is missing for.
  static let times: [Golden] = [
    Golden(
      "not yet effective",
      {
        $0.say("alice")
        $0.say("bob", from: Situation.noon + .seconds(600))
      },
      """
      waiting until 2026-01-07T12:10:00.000Z
      waiting policy p: 1 of 2 approvals
        satisfied prevent_self_approval: dana triggered the deployment
        waiting group managers: 1 of 2 | counted alice | helps: 1 more approval from group managers | could bob, carol
        satisfied eligibility: 1 left out | left out bob (not_yet_effective): said yes from 2026-01-07T12:10:00.000Z on | changes at \
      2026-01-07T12:10:00.000Z
      """),
    Golden(
      "freeze",
      {
        $0.freeze()
        $0.facts.policy.freezeOverride = "board"
        $0.override("bob")
        $0.say("alice", "bob")
      },
      """
      waiting until 2026-01-07T13:00:00.000Z
      waiting policy p: 2 of 2 approvals
        satisfied prevent_self_approval: dana triggered the deployment
        satisfied group managers: 2 of 2 | counted alice, bob
        waiting freeze window release: holds until 2026-01-07T13:00:00.000Z; bob (bob's reason) asks to override it | counted bob | helps: \
      freeze window release to end at 2026-01-07T13:00:00.000Z, or one more of group board to override it | could erin | \
      changes at 2026-01-07T13:00:00.000Z
      """),
    Golden(
      "freeze overridden",
      {
        $0.freeze()
        $0.facts.policy.freezeOverride = "board"
        $0.override("bob", "erin")
        $0.say("alice", "bob")
      },
      """
      allowed
      satisfied policy p: 2 of 2 approvals
        satisfied prevent_self_approval: dana triggered the deployment
        satisfied group managers: 2 of 2 | counted alice, bob
        satisfied freeze window release: holds until 2026-01-07T13:00:00.000Z; overridden by bob (bob's reason) and erin (erin's reason) | \
      counted bob, erin
      """),
    Golden(
      "planned start",
      {
        $0.facts.subject.plannedStart = Situation.noon + .seconds(600)
        $0.say("alice", "bob")
      },
      """
      waiting until 2026-01-07T12:10:00.000Z
      waiting policy p: 2 of 2 approvals
        satisfied prevent_self_approval: dana triggered the deployment
        satisfied group managers: 2 of 2 | counted alice, bob
        waiting planned_start: is at 2026-01-07T12:10:00.000Z | helps: its planned start at 2026-01-07T12:10:00.000Z | changes at \
      2026-01-07T12:10:00.000Z
      """),
    Golden(
      "planned end passed",
      {
        $0.facts.subject.plannedStart = Situation.noon - .seconds(600)
        $0.facts.subject.plannedEnd = Situation.noon
        $0.say("alice", "bob")
      },
      """
      waiting
      waiting policy p: 2 of 2 approvals
        satisfied prevent_self_approval: dana triggered the deployment
        satisfied group managers: 2 of 2 | counted alice, bob
        waiting planned_end: was at 2026-01-07T12:00:00.000Z | helps: an operator to plan it anew: its planned window ended at \
      2026-01-07T12:00:00.000Z
      """),
    Golden(
      "required field empty",
      {
        $0.facts.policy.requiredFields = [.risk, .rollbackPlan]
        $0.facts.subject.filledFields = [.risk]
        $0.say("alice", "bob")
      },
      """
      waiting
      waiting policy p: 2 of 2 approvals
        satisfied prevent_self_approval: dana triggered the deployment
        satisfied group managers: 2 of 2 | counted alice, bob
        satisfied field risk: filled in
        waiting field rollback_plan: empty | helps: an operator to fill in rollback_plan
      """),
    Golden(
      "expired",
      {
        $0.facts.policy.expiresAfter = .seconds(3_600)
        $0.facts.subject.openedAt = Situation.noon - .seconds(3_600)
        $0.say("alice")
      },
      """
      expired
      rejected policy p: 1 of 2 approvals
        satisfied prevent_self_approval: dana triggered the deployment
        waiting group managers: 1 of 2 | counted alice
        rejected expires_after: expired at 2026-01-07T12:00:00.000Z
      """),
  ]
}
