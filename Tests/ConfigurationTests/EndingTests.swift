import Calendar
import ChangeControl
import Testing

@testable import Configuration

/// What a policy says of time, of decisions that need nobody, and of emergencies.
@Suite struct EndingTests {
  private func policy(_ lines: String) throws -> Policy? {
    let text = completed("policies: {one-person: {approval_rules: [{group: release-managers}], \(lines)}}")
    return try Configuration.parse(text, file: "g.yaml", environment: exampleEnvironment).plan.policies["one-person"]
  }

  @Test func isReadWhole() throws {
    let policy = try policy(
      """
      required_fields: [risk, planned_start], expires_after: 72h, supersede_older: true,
      without_rejection: {expired: reject, superseded: cancel_job}, break_glass: {group: release-managers, review_within: 2h},
      freeze_override: {group: release-managers},
      auto_approve: [{tiers: [staging], change_type: standard}, {only_files: ["docs/**"], requested_by: [dana]}],
      auto_reject: [{risk: high, labels: [blocked], hours: {cron: "0 18 * * 5", duration: 62h}}]
      """)
    #expect(policy?.requiredFields == [.risk, .plannedStart])
    #expect(policy?.expiresAfter == .seconds(72 * 3_600))
    #expect(policy?.supersedesOlder == true)
    #expect(policy?.whenExpired == .reject && policy?.whenSuperseded == .cancelJob)
    #expect(policy?.breakGlass == BreakGlass(group: "release-managers", reviewWithin: .seconds(7_200)))
    #expect(policy?.freezeOverride == "release-managers")
    #expect(policy?.autoApprove.map(\.tiers) == [["staging"], []])
    #expect(policy?.autoApprove.map(\.changeTypes) == [[.standard], []])
    #expect(policy?.autoApprove.last?.onlyFiles == [Pattern("docs/**")])
    #expect(policy?.autoApprove.last?.needsContributions == true)
    #expect(policy?.autoReject.first?.risks == ["high"])
    #expect(policy?.autoReject.first?.hours == .recurring(try CronSchedule("0 18 * * 5"), lasting: .seconds(62 * 3_600), in: .utc))
  }

  @Test func isStrictWhereNothingIsSaid() throws {
    let policy = try policy("expires_after: 1m, break_glass: {group: release-managers}, without_rejection: {}")
    #expect(policy?.supersedesOlder == false && policy?.whenExpired == .leave && policy?.whenSuperseded == .leave)
    #expect(policy?.breakGlass?.reviewWithin == .seconds(86_400))
    #expect(policy?.freezeOverride == nil && policy?.autoApprove == [] && policy?.autoReject == [])
  }

  @Test(arguments: [
    ("expires_after: 1s", "1:85: `expires_after` must be from 1m to 365d, not `1s`"),
    (
      "required_fields: [risks]",
      "1:88: `required_fields` must be one of \(list(ChangeField.allCases.map(\.rawValue))), not `risks`; did you mean `risk`?"
    ),
    ("supersede_older: yes", "1:87: `supersede_older` must be true or false, without quotes, not `yes`"),
    ("without_rejection: {expired: cancel}", "1:99: `expired` must be one of `leave`, `reject`, `cancel_job`, not `cancel`"),
    (
      "break_glass: {group: on-call}",
      "1:91: `group` names `on-call`, which is not declared under `groups`; declared there: `release-managers`"
    ),
    ("break_glass: {}", "1:83: `break_glass` lacks `group`; add it: the name of one under `groups`"),
    ("auto_approve: [{hours: {}}]", "1:93: a window lacks `cron` (with `duration`), `from` (with `until`) and `calendar`; write one"),
    ("auto_approve: [{}]", "1:85: a rule of `auto_approve` that names nothing would be about every change; name what it is about"),
    ("auto_approve: [{tier: staging}]", "1:86: unknown key `tier`; did you mean `tiers`?"),
    (
      "auto_reject: [{tiers: []}]",
      "1:92: `tiers` is empty, so the rule of `auto_reject` could never match; name something, or leave it out"
    ),
  ]) func isRefused(_ lines: String, _ said: String) {
    let text = completed("policies: {one-person: {approval_rules: [{group: release-managers}], \(lines)}}")
    #expect(problems(text).contains("g.yaml:\(said)"), "\(problems(text))")
  }

  @Test func oneSlipIsToldOnce() {
    func told(_ rules: String) -> [String] {
      problems(completed("policies: {one-person: {approval_rules: [{group: release-managers}], auto_reject: \(rules)}}"))
    }
    #expect(told("[{tier: [staging]}]") == ["g.yaml:1:85: unknown key `tier`; did you mean `tiers`?"])
    #expect(told("[{tiers: [staging]}, {tier: [staging]}, {}]").count == 2, "the slip, and the one that names nothing")
  }
}
