import GitLabSimulator
import Storage

/// What may not go on waiting once nothing goes wrong any more.
extension Liveness {
  /// The statuses in which people are asked, of each workflow.
  private static let steps: [String: [String]] = [
    "simple": ["Awaiting approval"], "own": ["Waiting"], "itsm": ["Peer review / change manager approval", "Awaiting CAB approval"],
  ]

  /// Changes that nothing keeps shut, or in an approval step, but time that passes in this life, where the oracle can tell exactly: one rule, and
  /// people whom the configuration names, each of whom spoke once.
  func unturned(_ books: Books) throws -> [Books.Change] {
    let names = try books.requesterNames()
    return try books.changes().filter { change in
      guard Liveness.steps[change.workflow]?.contains(change.status) ?? false,
        var book = life.node.rulebook.rules(of: change, isDecided: false), book.isListed, book.rules.count == 1, !book.preventsAuthors
      else { return false }
      // Whether what nobody has told is high, the gate does not guess.
      guard change.gate == "awaiting", isStillAsked(change), !book.rejectsHighRisk || change.risk != nil else { return false }
      guard try books.number("SELECT count(*) FROM approval WHERE represented_as IS NOT NULL AND change = \(change.id)") == 0 else {
        return false
      }
      let words = try books.words(change: change.id)
      guard Set(words.map(\.user)).count == words.count else { return false }
      var passed = change
      passed.stepsPassed += passed.stepsPassed.contains(change.status) ? [] : [change.status]
      // What a merge request brings can be told only where GitLab tells it.
      book.approvesDocuments = false
      let then = book.isOpen(from: max(change.plannedStart ?? 0, life.now))
      return Oracle(
        book: book, change: passed, words: words, overrides: [], tier: change.environment,
        chronicle: life.gitLab(named: change.instance).chronicle,
        requesterNames: Books.names(among: names, of: change), now: then, trueNow: life.now
      ).objectionToAllowing() == nil
    }
  }

  /// Changes that somebody has rejected, and who, where the configuration alone tells who may: a no is final, whatever else the gate waits for.
  func unheard(_ books: Books) throws -> [(change: Books.Change, user: String)] {
    try books.changes().compactMap { change in
      guard change.gate == "awaiting", change.glassBy == nil, isStillAsked(change),
        let book = life.node.rulebook.rules(of: change, isDecided: false), book.isListed, book.isWhole
      else { return nil }
      let words = try books.words(change: change.id).filter { $0.step == change.status }
      let oracle = Oracle(
        book: book, change: change, words: words, overrides: [], tier: change.environment,
        chronicle: life.gitLab(named: change.instance).chronicle, now: life.now, trueNow: life.now)
      return words.first(where: oracle.isNo).map { (change, $0.user) }
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
    guard let deployment = callback.gitLab.world.deployments.find(callback.deployment),
      Liveness.isSeen(callback.step, of: deployment.status)
    else { return }
    // What GitLab carries out later still, of a request that was given up on, nobody can look for.
    let ours = callback.gitLab.world.effects.entries.last { effect in
      let isIt =
        switch (effect.kind, callback.step) {
        case (.approvalRecorded(deployment.id, _, .approved, _), "approve"), (.approvalRecorded(deployment.id, _, .rejected, _), "reject"):
          true
        case (.jobPlayed(let job), "play"), (.jobCanceled(let job), "cancel"): job == deployment.jobID
        default: false
        }
      return isIt && effect.userID == Demo.accountID && (callback.settledAt.map { effect.at.milliseconds <= $0 } ?? true)
    }
    guard let ours else { return }
    // Nor for what it refuses to show, for as long as refusals are borne.
    let isClockTrue = life.options.clockJumps == 0
    let isHidden = life.sights.isHidden(
      "\(callback.step) \(callback.key)", givenUp: isClockTrue ? callback.settledAt : nil, since: ours.at.milliseconds,
      of: callback.deployment, in: callback.gitLab.name, limit: isClockTrue ? life.options.rulebook.giveUpAfter : 0)
    if !isHidden { life.violate("it stands in GitLab, and was given up: \(callback.text)") }
  }

  /// Whether what was done for a step shows by what has become of the deployment: whoever starts a job that others cancel has nothing to show.
  private static func isSeen(_ step: String, of status: World.Deployment.Status) -> Bool {
    switch step {
    case "approve": status == .blocked || status == .running || status == .success
    case "play": status == .running || status == .success
    case "reject": status == .blocked || status == .failed
    default: status == .canceled
    }
  }
}
