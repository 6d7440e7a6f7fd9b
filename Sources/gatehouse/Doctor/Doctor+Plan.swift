import Calendar
import ChangeControl
import GitLab
import Storage

/// What the configuration cannot say of itself, for it has neither a clock nor the database: what is over, and who could not do what it lets them.
extension Doctor {
  // MARK: What is over

  func examineWindows(_ plan: ControlPlan, at now: Instant) -> [DoctorFinding] {
    var findings: [DoctorFinding] = []
    for policy in plan.policies.values.sorted(by: { $0.name < $1.name }) {
      func look(_ what: String, _ schedule: WindowSchedule?) {
        guard let end = schedule?.end, end <= now else { return }
        findings.append(
          .warn(
            "policy \(policy.name)", "\(what) ended for good at \(end.iso8601)",
            "give it new dates, or leave it out; what is to come again is written with `cron`"))
      }
      if let end = endOfFreezes(policy, from: now) {
        findings.append(
          .warn(
            "policy \(policy.name)", "its freeze windows together leave no time free until \(end.iso8601) at least",
            "shorten a `duration`, or let a window begin less often"))
      }
      for window in policy.freezeWindows { look("freeze window \(window.name)", window.schedule) }
      for (key, rules) in [("auto_approve", policy.autoApprove), ("auto_reject", policy.autoReject)] {
        for (index, rule) in rules.enumerated() { look("the hours of rule \(index + 1) of \(key)", rule.hours) }
      }
    }
    return findings
  }

  /// A window that never ends is refused when it is read; two that come again and again may do between them what one alone does not. Nil where
  /// there is a time free within a year.
  private func endOfFreezes(_ policy: Policy, from now: Instant) -> Instant? {
    let windows = policy.freezeWindows.filter { $0.schedule.end == nil }
    var free = now
    for _ in 0..<10_000 where free < now + .seconds(366 * 86_400) {
      guard let end = windows.compactMap({ $0.schedule.end(holding: free) }).max() else { return nil }
      free = end
    }
    return free
  }

  // MARK: Who has a token

  /// Being named by a policy is not enough: without a token of a sufficient role nobody can do what it lets them.
  func examineTokens(_ plan: ControlPlan, in reading: Reading) throws -> [DoctorFinding] {
    let tokens = try reading.tokens().filter { $0.isUsable(at: reading.now) }
    let used = plan.policies.values.filter { policy in plan.services.contains { $0.policy == policy.name } }
    let missing = used.sorted { $0.name < $1.name }.flatMap { policy in
      duties(policy, groups: plan.groups).compactMap { duty -> DoctorFinding? in
        let without = duty.people.filter { person in !tokens.contains { sameUser($0.user, person) && $0.role.covers(duty.role) } }
        guard let first = without.first else { return nil }
        let verb = without.count == 1 ? "has" : "have"
        let more = without.count == 1 ? "" : ", and so for each of them who is to do it"
        return .warn(
          "policy \(policy.name)", "\(duty.key): \(SomePeople(without).text) \(verb) no token with the role \(duty.role.andAbove)",
          "see whether the name is spelt as in GitLab; then `gatehouse token create --user \(first) --role \(duty.role.rawValue)`\(more)")
      }
    }
    return missing.isEmpty ? [.ok("tokens", "\(tokens.count) can be used")] : missing
  }

  /// People listed twice, under two names that GitLab has shown for one id: they fill one place, which may be one too few. Of names that GitLab has
  /// not shown nobody can tell.
  func examineNames(_ plan: ControlPlan, in reading: Reading) throws -> [DoctorFinding] {
    var findings: [DoctorFinding] = []
    for policy in plan.policies.values.sorted(by: { $0.name < $1.name }) {
      let instances = Set(plan.services.filter { $0.policy == policy.name }.map(\.instance)).sorted()
      for duty in duties(policy, groups: plan.groups) {
        for instance in instances {
          for (index, person) in duty.people.enumerated() {
            let names = try reading.names(of: person, instance: instance)
            guard let twin = duty.people[..<index].first(where: { names.contains($0.lowercased()) }) else { continue }
            findings.append(
              .warn(
                "policy \(policy.name)", "\(duty.key): \(twin) and \(person) are one person in gitlab \(instance)",
                "leave the former username out: one person counts once, under whichever name"))
          }
        }
      }
    }
    return findings
  }

  private struct Duty {
    var key: String
    /// Each once.
    var people: [String]
    var role: Role
  }

  /// Only of lists of the configuration's own: GitLab's may have thousands, who are not all meant to decide here.
  private func duties(_ policy: Policy, groups: [String: Group]) -> [Duty] {
    func members(_ group: String?) -> [String] {
      if let group, case .listed(let members) = groups[group] { members } else { [] }
    }
    var approvers: [String] = []
    for rule in policy.approvalRules {
      let people =
        switch rule.approver {
        case .user(let user): [user]
        case .group(let group): members(group)
        case .gitLabGroup, .accessLevel: [String]()
        }
      approvers += people.filter { person in !approvers.contains { sameUser($0, person) } }
    }
    return [
      Duty(key: "approval_rules", people: approvers, role: .approver),
      Duty(key: "freeze_override", people: policy.freezeWindows.isEmpty ? [] : members(policy.freezeOverride), role: .approver),
      Duty(key: "break_glass", people: members(policy.breakGlass?.group), role: .operator),
    ]
  }
}
