import Calendar
import ChangeControl

extension GoldenTreeTests {
  /// Which rules a change goes by.
  static let rules: [Golden] = [
    Golden(
      "a policy that is not the one that is named now",
      { $0.facts.keptRules = "service shop names workflow itsm now" },
      """
      waiting
      waiting policy p: 0 of 2 approvals
        satisfied policy in force: service shop names workflow itsm now
        satisfied prevent_self_approval: dana triggered the deployment
        waiting group managers: 0 of 2 | helps: 2 more approvals from group managers | could alice, bob, carol
      """),
    Golden(
      "hours of a rejection whose risk is not known",
      { situation in
        situation.say("alice", "bob")
        situation.facts.policy.autoReject = [Golden.inHours { $0.risks = ["high"] }]
      },
      """
      waiting until 2026-01-07T13:00:00.000Z
      waiting policy p: 2 of 2 approvals
        not_needed auto_reject: rule 1: risk is not known yet | changes at 2026-01-07T13:00:00.000Z
        satisfied prevent_self_approval: dana triggered the deployment
        satisfied group managers: 2 of 2 | counted alice, bob
        waiting auto_reject: risk is not known yet | helps: to know risk (auto_reject asks for it): an operator can fill it in | \
      changes at 2026-01-07T13:00:00.000Z
      """),
    Golden(
      "hours of an automatic approval that a freeze outlasts",
      { situation in
        situation.facts.policy.autoApprove = [Golden.inHours { $0.tiers = ["production"] }]
        let period = Period(start: Situation.noon, end: Situation.noon + .seconds(7_200))
        situation.facts.policy.freezeWindows = period.map { [FreezeWindow(name: "release", schedule: .fixed($0))] } ?? []
      },
      """
      waiting until 2026-01-07T13:00:00.000Z
      waiting policy p: 0 of 2 approvals
        satisfied auto_approve: rule 1 matches | changes at 2026-01-07T13:00:00.000Z
        satisfied prevent_self_approval: dana triggered the deployment
        not_needed group managers: 0 of 2
        waiting freeze window release: holds until 2026-01-07T14:00:00.000Z | helps: freeze window release to end at \
      2026-01-07T14:00:00.000Z | changes at 2026-01-07T14:00:00.000Z
      """),
    Golden(
      "hours of a rule that is about something else",
      { situation in situation.facts.policy.autoReject = [Golden.inHours { $0.tiers = ["staging"] }] },
      """
      waiting
      waiting policy p: 0 of 2 approvals
        not_needed auto_reject: rule 1: tier is production
        satisfied prevent_self_approval: dana triggered the deployment
        waiting group managers: 0 of 2 | helps: 2 more approvals from group managers | could alice, bob, carol
      """),
  ]
}

extension GoldenTreeTests.Golden {
  /// In force until an hour after noon.
  static func inHours(_ edit: (inout AutomaticRule) -> Void) -> AutomaticRule {
    var rule = AutomaticRule()
    rule.hours = Period(start: Situation.noon - .seconds(3_600), end: Situation.noon + .seconds(3_600)).map(WindowSchedule.fixed)
    edit(&rule)
    return rule
  }
}
