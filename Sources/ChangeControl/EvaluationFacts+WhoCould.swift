/// Whom to ask for what is missing: a rule names a group, and whoever waits does not know who is in it.
extension EvaluationFacts {
  /// Who is left that could fill a rule; nil where GitLab has not been heard. Only those who are named are held against the authors: of the others
  /// it would cost more than it tells.
  func whoCould(_ rule: ApprovalRule, taken: [String]) -> SomePeople? {
    guard let people = directory.members(of: rule.approver) else { return nil }
    var could = SomePeople(users: [])
    for person in people where !taken.contains(where: { sameUser($0, person) }) {
      if could.users.count == SomePeople.named {
        if !isBarred(person) { could.others += 1 }
      } else if ban(on: person) == nil {
        could.users.append(person)
      }
    }
    return could
  }

  /// The rules whose people could fill this one: its own, and each that somebody holds who may take a seat of those. Whoever steps in there sets
  /// the holder free (the augmenting paths of `SeatAssignment`, walked from their end).
  func rulesThatCouldHelp(_ index: Int, holders: [(user: String, representedAs: String?, rule: Int)]) -> [Int] {
    var helping = [index]
    var next = 0
    while next < helping.count {
      for holder in holders where !helping.contains(holder.rule) {
        if rules(for: holder.user, representedAs: holder.representedAs).known.contains(helping[next]) { helping.append(holder.rule) }
      }
      next += 1
    }
    return helping
  }

  /// Of each rule the first of those who may fill it, in lower case.
  package func candidates(atMost limit: Int) -> Set<String> {
    policy.approvalRules.reduce(into: []) { users, rule in
      for user in directory.members(of: rule.approver)?.prefix(limit) ?? [] { users.insert(user.lowercased()) }
    }
  }

  private func isBarred(_ user: String) -> Bool {
    guard policy.preventSelfApproval, let requester = subject.requester else { return false }
    return requester.utf8.count == user.utf8.count && sameUser(requester, user)
  }

  /// Of the approvals that count from a later time on those that may fill a rule then, the next one first.
  func coming(to index: Int, of later: [Approval], openStage: Int?) -> [Approval] {
    guard policy.approvalRules[index].stage <= openStage ?? .max else { return [] }
    return later.filter { rules(for: $0.user, representedAs: $0.representedAs).known.contains(index) }
      .sorted { ($0.effectiveAt ?? now) < ($1.effectiveAt ?? now) }
  }

  /// What would fill a rule. Who has said yes from a later time on is not to be asked again: that comes by itself.
  ///
  /// - Parameter instead: rules whose people could step in for somebody who then fills this one, where its own are all used up.
  func help(_ name: String, missing: Int, coming: [Approval], isAnybodyLeft: Bool, instead: [String] = []) -> String {
    let waits = coming.map { "\($0.user)'s approval to count from \(($0.effectiveAt ?? now).iso8601) on" }.joined(separator: " and ")
    let isOnlyTime = coming.count == missing
    if isOnlyTime, !isAnybodyLeft { return waits }
    let asked = isOnlyTime ? missing : missing - coming.count
    // So that a deadlock shows before it is felt.
    let deadlock =
      isAnybodyLeft
      ? ""
      : instead.isEmpty
        ? " (nobody is left who could: an administrator must widen the rule)"
        : " (or from \(instead.joined(separator: " or ")), which sets free who holds that place and may fill this one)"
    let more = "\(asked) more \(asked == 1 ? "approval" : "approvals") from \(name)\(deadlock)"
    return waits.isEmpty ? more : "\(waits), \(isOnlyTime ? "or" : "and") \(more)"
  }

  /// Of a decision that stands no more before GitLab has heard of it: an open gate takes no approvals.
  func helpAfterDecision(_ name: String, missing: Int) -> String {
    "\(missing) more \(missing == 1 ? "approval" : "approvals") from \(name), which nobody can give any more: \(wayPast("approval_rules"))"
  }

  func whoCouldOverride(_ group: String, besides people: [String]) -> SomePeople? {
    let members = directory.members(of: .group(group)) ?? []
    let could = members.filter { member in
      !(policy.preventSelfApproval && isRequester(member)) && !people.contains { sameUser($0, member) }
    }
    return could.isEmpty ? nil : SomePeople(could)
  }
}
