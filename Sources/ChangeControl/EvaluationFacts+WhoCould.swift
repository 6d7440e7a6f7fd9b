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

  private func isBarred(_ user: String) -> Bool {
    guard policy.preventSelfApproval, let requester = subject.requester else { return false }
    return requester.utf8.count == user.utf8.count && sameUser(requester, user)
  }

  func whoCouldOverride(_ group: String, besides people: [String]) -> SomePeople? {
    let members = directory.members(of: .group(group)) ?? []
    let could = members.filter { member in
      let isRequester = policy.preventSelfApproval && subject.requester.map { sameUser($0, member) } ?? false
      return !isRequester && !people.contains { sameUser($0, member) }
    }
    return could.isEmpty ? nil : SomePeople(could)
  }
}
