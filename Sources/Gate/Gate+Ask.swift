internal import Calendar
internal import ChangeControl
internal import JSON
package import Storage

extension Gate {
  /// How long ago memberships may have been read by which an approval that was decided goes out: an approver who has left meanwhile holds it.
  static let deliveryFreshness: Duration = .seconds(300)

  /// How soon a question that failed is asked again where it matters anew, and so how often at most, whatever people do.
  static let soonAgain: Duration = .seconds(10)

  /// When GitLab is asked again to compare what it refused to: an administrator may have mended it.
  static let comparedAgain: Duration = .seconds(300)

  // MARK: Asking

  /// Writes down what an evaluation misses. A hundred changes that wait for the same ask once.
  ///
  /// - Parameter isAnew: something was said or has come since, so that what was put off, for minutes at last, is due soon again. A change that
  ///   is only looked at once more has no such claim on a GitLab that has just failed.
  func ask(
    _ questions: Evaluation.Questions, about record: ChangeRecord, isAnew: Bool, requestID: String, in transaction: Transaction
  ) throws {
    try ask(questions, about: record.change, deployment: record.deployment, isAnew: isAnew, requestID: requestID, in: transaction)
  }

  private func ask(
    _ questions: Evaluation.Questions, about change: ChangeRequest, deployment: DeploymentRecord, isAnew: Bool, requestID: String,
    in transaction: Transaction
  ) throws {
    guard !questions.isEmpty else { return }
    var open = questions.memberships.sorted { $0.text < $1.text }.map(Question.members) + questions.people.sorted().map(Question.person)
    let contributions = Question.contributions(deployment.identity, environment: deployment.environment, sha: change.sha)
    if questions.contributions { open.append(contributions) }
    let latest = isAnew ? transaction.now + Gate.soonAgain : nil
    let instance = deployment.identity.instance
    for question in open { try transaction.ask(question.json.text, instance: instance, notAfter: latest, requestID: requestID) }
    guard questions.comparison, !questions.contributions else { return }
    let dueAt = latest ?? transaction.now + Gate.comparedAgain
    try transaction.ask(contributions.json.text, instance: instance, dueAt: dueAt, notAfter: latest, requestID: requestID)
  }

  /// Asks ahead of the first approval, so that people are told at once what they may.
  func askAhead(of change: ChangeRequest, deployment: DeploymentRecord, requestID: String, in transaction: Transaction) throws {
    guard let policy = plan.policies[change.policy] else { return }
    if policy.looksAtContributions {
      var questions = Evaluation.Questions()
      questions.contributions = true
      try ask(questions, about: change, deployment: deployment, isAnew: true, requestID: requestID, in: transaction)
    }
    try askForMembers(of: change, deployment: deployment, isAnew: true, requestID: requestID, in: transaction)
  }

  /// Asks for the lists that a change stands on, as far as they are getting old.
  func askForMembers(
    of change: ChangeRequest, deployment: DeploymentRecord, isAnew: Bool, requestID: String, in transaction: Transaction
  ) throws {
    guard let policy = plan.policies[change.policy] else { return }
    let identity = deployment.identity
    var questions = Evaluation.Questions()
    questions.memberships = try aging(policy, project: identity.project, instance: identity.instance, in: transaction)
    try ask(questions, about: change, deployment: deployment, isAnew: isAnew, requestID: requestID, in: transaction)
  }

  /// Has the lists read anew that waiting changes stand on and that are getting old. Returns how many it asked for.
  package func refreshMemberships(instance: String, requestID: String, in transaction: Transaction) throws -> Int {
    guard plan.policies.values.contains(where: { !$0.sources(in: Directory(groups: plan.groups)).isEmpty }) else { return 0 }
    var sources: Set<MembershipSource> = []
    var looked: Set<WaitingChange> = []
    for var change in try transaction.waitingChanges(instance: instance) {
      change.id = 0
      guard looked.insert(change).inserted, let policy = plan.policies[change.policy] else { continue }
      sources.formUnion(try aging(policy, project: change.project, instance: instance, in: transaction))
    }
    for source in sources.sorted(by: { $0.text < $1.text }) {
      try transaction.ask(Question.members(source).json.text, instance: instance, requestID: requestID)
    }
    return sources.count
  }

  /// Of the lists that a policy stands on those that were never read, or half as long ago as they may be shown.
  private func aging(
    _ policy: Policy, project: Int64, instance: String, in reading: Reading
  ) throws -> Set<MembershipSource> {
    let half = Duration.milliseconds(membershipsEvery(instance).wholeMilliseconds / 2)
    return try policy.sources(in: Directory(groups: plan.groups, project: project)).filter { source in
      guard let readAt = try reading.membershipReadAt(source, instance: instance) else { return true }
      return reading.now - readAt >= half || readAt > reading.now
    }
  }

  func membershipsEvery(_ instance: String) -> Duration { plan.instance(named: instance)?.membershipsEvery ?? .seconds(300) }

  // MARK: Being told

  /// - Parameter beganAt: when the question was taken to be asked. What GitLab told may be as old as that.
  func settleQuestion(
    _ callback: CallbackRecord, told outcome: CallbackOutcome, beganAt: Instant, in transaction: Transaction
  ) throws -> Settlement {
    guard let question = callback.question else {
      try transaction.deleteCallback(callback.id)
      return Settlement(state: .abandoned, reason: "the question is not readable")
    }
    switch outcome {
    case .told(let disclosure):
      try transaction.deleteCallback(callback.id)
      let isNews = try store(
        disclosure, for: question, instance: callback.instance, beganAt: min(beganAt, transaction.now), in: transaction)
      for id in try waiting(for: question, instance: callback.instance, in: transaction) {
        try hear(question, isNews: isNews, change: id, requestID: callback.requestID, in: transaction)
      }
      return Settlement(state: .delivered)
    case .retry(let reason, _), .refused(let reason), .impossible(let reason), .gone(let reason):
      let waiting = try waiting(for: question, instance: callback.instance, in: transaction)
      // An approval on its way that waits for a list asks again with its next attempt.
      guard !waiting.isEmpty else {
        try transaction.deleteCallback(callback.id)
        return Settlement(state: .delivered, reason: "nothing waits for it any more")
      }
      if callback.lastError != reason { for id in waiting { try touch(id, in: transaction) } }
      var pause: Duration?
      var refusedSince = callback.refusedSince
      if case .retry(_, let after) = outcome { pause = after } else { refusedSince = refusedSince ?? transaction.now }
      return try retry(callback, after: pause, reason: reason, refusedSince: refusedSince, in: transaction)
    case .done, .outOfBand, .overtaken, .waiting, .untouched, .located:
      preconditionFailure("a question is answered by being told")
    }
  }

  /// Lets a waiting change hear an answer. A list of members turns no gate that nobody has spoken at.
  private func hear(
    _ question: Question, isNews: Bool, change id: Int64, requestID: String, in transaction: Transaction
  ) throws {
    let revision = try transaction.change(id: id)?.change.revision
    let isAboutMembers = if case .members = question { true } else { false }
    if try !isAboutMembers || !transaction.approvals(change: id).isEmpty {
      try reconsider(id, because: "what GitLab told", requestID: requestID, in: transaction)
    }
    // What people read of the change may be another: a new revision, or their ETag would stand for two different texts.
    if isNews, try transaction.change(id: id)?.change.revision == revision { try touch(id, in: transaction) }
  }

  /// Whether it differs from what was known.
  private func store(
    _ disclosure: Disclosure, for question: Question, instance: String, beganAt: Instant, in transaction: Transaction
  ) throws -> Bool {
    switch (question, disclosure) {
    case (.members(let source), .members(let members)):
      let readAt = try transaction.membershipReadAt(source, instance: instance)
      // What was too old to be shown is news, whatever it says.
      let wasShown = readAt.map { $0 + membershipsEvery(instance) >= transaction.now } ?? false
      return try transaction.store(members, of: source, instance: instance, beganAt: beganAt) || !wasShown
    case (.person(let username), .person(let person)):
      try transaction.store(person, username: username, instance: instance, beganAt: beganAt)
    case (.contributions(let identity, _, _), .contributions(let contributions)):
      guard let deployment = try transaction.deployment(identity) else { return false }
      return try transaction.store(contributions, deployment: deployment.id)
    case (.members, _), (.person, _), (.contributions, _): preconditionFailure("an answer to another question")
    }
    return true
  }

  /// The changes whose gate may turn by the answer.
  private func waiting(for question: Question, instance: String, in reading: Reading) throws -> [Int64] {
    switch question {
    case .members(let source):
      return try reading.waitingChanges(instance: instance).filter { change in
        plan.policies[change.policy]?.sources(in: Directory(groups: plan.groups, project: change.project)).contains(source) ?? false
      }.map(\.id)
    case .person(let username):
      return try reading.waitingChanges(instance: instance).filter { change in
        guard plan.policies[change.policy]?.preventAuthorApproval ?? false else { return false }
        return try reading.approvals(change: change.id).contains { sameUser($0.user, username) }
      }.map(\.id)
    case .contributions(let identity, _, _):
      guard let record = try reading.deployment(identity).flatMap({ try reading.change(deployment: $0.id) }),
        record.change.gate == .awaiting
      else { return [] }
      return [record.change.id]
    }
  }
}

extension CallbackRecord {
  var question: Question? {
    hint.flatMap { try? JSONValue.parse($0) }.flatMap { Question(json: $0, instance: instance) }
  }
}
