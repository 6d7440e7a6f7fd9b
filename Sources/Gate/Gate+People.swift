internal import Calendar
internal import ChangeControl
internal import JSON
internal import Storage

extension Gate {
  /// Adds what GitLab has told, as far as the policy asks for it: one whose people are all listed asks only who of several that have said yes is
  /// one person.
  ///
  /// - Parameters:
  ///   - speaker: somebody who is about to speak, besides those who have.
  ///   - shownAt: the moment for which lists must not be too old to be shown.
  func addWhatGitLabTold(
    to facts: inout EvaluationFacts, of record: ChangeRecord, speaker: String?, shownAt: Instant, in reading: Reading
  ) throws {
    let policy = facts.policy
    let sources = policy.sources(in: facts.directory)
    let instance = record.deployment.identity.instance
    try addOtherNames(to: &facts, instance: instance, in: reading)
    guard !sources.isEmpty || policy.looksAtContributions else { return }
    let obstacles = try reading.obstacles(instance: instance)
    let users = (facts.approvals.map(\.user) + (speaker.map { [$0] } ?? [])).map { $0.lowercased() }
    for source in sources {
      facts.directory.obstacles[source] = obstacles[Question.members(source).json.text]
      guard let membership = try reading.membership(of: source, instance: instance, users: users) else { continue }
      // What is too old to be shown is not known. What was decided is shown by what is known, however old.
      let isRecent = membership.readAt + membershipsEvery(instance) >= shownAt && membership.readAt <= reading.now
      if isRecent || record.change.gate != .awaiting {
        facts.directory.memberships[source] = membership
      } else {
        facts.directory.outdated[source] = membership
      }
    }
    guard policy.looksAtContributions else { return }
    facts.subject.contributions = try reading.contributions(deployment: record.deployment.id)
    let asked = Question.contributions(
      record.deployment.identity, environment: record.deployment.environment, sha: record.change.sha)
    facts.subject.obstacle = obstacles[asked.json.text]
    for user in Set(users) {
      facts.subject.people[user] = try person(user, instance: instance, in: reading)
      facts.subject.strangers[user] = obstacles[Question.person(user).json.text]
    }
    guard policy.preventAuthorApproval, record.change.gate == .awaiting else { return }
    for user in facts.candidates(atMost: Gate.candidates) where facts.subject.people[user] == nil {
      facts.subject.people[user] = try person(user, instance: instance, in: reading)
    }
  }

  /// Of how many people of each rule it is looked up who they are, before they speak: those who could are named, five at most, and not those whose
  /// yes would not count.
  private static let candidates = 50

  /// One person fills one place, also one who has spoken, was renamed in GitLab and has spoken again; and lifts no freeze alone.
  private func addOtherNames(to facts: inout EvaluationFacts, instance: String, in reading: Reading) throws {
    let approving = facts.approvals.filter { $0.status == .approved }.map(\.user)
    let users = Set((approving + facts.freezeOverrides.map(\.user)).map { $0.lowercased() })
    guard users.count > 1 else { return }
    for user in users {
      let names = try reading.names(of: user, instance: instance)
      if names.count > 1 { facts.otherNames[user] = names }
    }
  }

  /// What GitLab told of somebody, with the addresses that the configuration knows besides.
  private func person(_ user: String, instance: String, in reading: Reading) throws -> KnownPerson? {
    let emails = plan.emails[user] ?? []
    guard var person = try reading.person(user, instance: instance) else {
      return emails.isEmpty ? nil : KnownPerson(username: user, name: nil, emails: emails)
    }
    person.emails += emails
    return person
  }
}
