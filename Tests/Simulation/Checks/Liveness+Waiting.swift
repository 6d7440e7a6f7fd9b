import GitLabSimulator
import Storage

/// What may not go on waiting once nothing goes wrong any more.
extension Liveness {
  /// Changes that nothing keeps shut but time that passes in this life, where the oracle can tell exactly: one approval step, one rule, and people
  /// whom the configuration names.
  func unturned(_ books: Books) throws -> [Books.Change] {
    let names = try books.requesterNames()
    return try books.changes().filter { change in
      guard change.workflow == Rulebook.WorkflowName.simple.rawValue,
        let book = life.node.rulebook.rules(of: change, isDecided: false), book.isListed, book.rules.count == 1, !book.preventsAuthors
      else { return false }
      // Whether what nobody has told is high, the gate does not guess.
      guard change.gate == "awaiting", isStillAsked(change), !book.rejectsHighRisk || change.risk != nil else { return false }
      guard try books.number("SELECT count(*) FROM approval WHERE represented_as IS NOT NULL AND change = \(change.id)") == 0 else {
        return false
      }
      var passed = change
      passed.stepsPassed = [change.status]
      let then = (book.freezes.map(\.end) + [change.plannedStart ?? 0, life.now]).max() ?? life.now
      return try Oracle(
        book: book, change: passed, words: books.words(change: change.id), overriders: [], tier: change.environment,
        chronicle: life.gitLab(named: change.instance).chronicle,
        requesterNames: Books.names(among: names, of: change), now: then, trueNow: life.now
      ).objectionToAllowing() == nil
    }
  }

  /// Changes that go by another policy than the one that their service names, in the workflow that it names.
  func astray(_ books: Books) throws -> [Books.Change] {
    try books.changes().filter { $0.gate == "awaiting" && $0.policy != Following.policy(of: $0, under: life.node.rulebook) }
  }

  private func isStillAsked(_ change: Books.Change) -> Bool {
    let world = life.gitLab(named: change.instance).world
    guard let deployment = world.deployments.find(change.deployment) else { return false }
    return deployment.status == .blocked && world.pendingApprovalCount(of: deployment) > 0
  }

  /// Where a newer change was let through, the older ones of its environment wait no more.
  func expectOlderEnded(_ books: Books) throws {
    let book = life.node.rulebook
    guard book.supersedes, let past = life.gitLabs.first?.chronicle.rulebooks,
      !past.contains(where: { $0.book.isWithoutPolicy || $0.book.isWithoutGitLab })
    else { return }
    let changes = try books.changes()
    for newer in changes
    where newer.gate == "allowed" && Order.bringsItsVersion(newer.deployment, in: life.gitLab(named: newer.instance)) {
      for older in changes
      where older.gate == "awaiting" && older.instance == newer.instance && older.environment == newer.environment
        && older.deployment < newer.deployment && book.rules(of: older, isDecided: false) != nil
      {
        life.violate("CHG-\(older.id) waits, and CHG-\(newer.id) of a newer deployment was let through")
      }
    }
  }

  /// Whose start it was: what the gate never sent, others did, and the change says so.
  func expectOurs(_ callback: Owed) {
    // By a clock that jumps an attempt has run out before its time, and is not heard.
    guard callback.step == "play", !callback.isOutOfBand, life.options.clockJumps == 0,
      let job = callback.gitLab.world.deployments.find(callback.deployment)?.jobID,
      !life.starts.mayBeOurs(callback.deployment, in: callback.gitLab.name)
    else { return }
    let isByApproval = callback.gitLab.world.effects.entries.contains {
      $0.userID == Demo.accountID && $0.kind == .jobStartedByApproval(job: job)
    }
    if !isByApproval { life.violate("the gate never sent a start of job \(job), and takes it for its own: \(callback.text)") }
  }

  /// What was given up was not brought about by us: before it was, it was looked for in GitLab.
  func expectNoEffect(_ callback: Owed) {
    guard callback.step == "approve", let deployment = callback.gitLab.world.deployments.find(callback.deployment),
      deployment.status == .blocked || deployment.status == .running || deployment.status == .success
    else { return }
    // What GitLab carries out later still, of a request that was given up on, nobody can look for.
    let isOurs = callback.gitLab.world.effects.entries.contains { effect in
      guard case .approvalRecorded(deployment.id, _, .approved, _) = effect.kind, effect.userID == Demo.accountID else { return false }
      return callback.settledAt.map { effect.at.milliseconds <= $0 } ?? true
    }
    if isOurs { life.violate("it stands in GitLab, and was given up: \(callback.text)") }
  }
}
