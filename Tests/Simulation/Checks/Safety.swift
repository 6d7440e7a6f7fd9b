import Calendar
import Gate
import GitLabSimulator
import Storage

/// What must never be, looked at after every commit and every effect in GitLab.
final class Safety {
  unowned let life: Life
  private(set) var eyes: Connection?
  private var known: [Int64: Books.Change] = [:]
  private var lastSeq: Int64 = 0
  private var lastHash = String(repeating: "0", count: 64)
  /// Of each GitLab.
  private var effectsSeen: [String: Int] = [:]
  private var ledger = Ledger()
  private var quiet = Quiet()
  private var asked = Asked()
  /// Under which names GitLab has shown who triggered what, as of the last commit; and what of it was so before that commit too, so that whatever
  /// came in the same transaction was known, if it was looked at first or last.
  private var requesterNames: Set<String> = []
  private var surelyKnownNames: Set<String> = []
  /// How often our account did something to a deployment or job.
  private var acts: [String: Int] = [:]

  init(life: Life) { self.life = life }

  var head: String { lastHash }

  func open(_ path: String) throws { eyes = try Connection(path: path, access: .readOnly) }

  // MARK: The gate's file

  /// Compares what is committed with what was.
  func lookAtGate() {
    guard let eyes else { return }
    do {
      try eyes.reading(at: Instant(milliseconds: life.now)) { _ in try look(Books(connection: eyes)) }
    } catch {
      life.violate("the file cannot be read: \(error)")
    }
  }

  private func look(_ books: Books) throws {
    try quiet.look(books)
    if let broken = try asked.objection(books) { life.violate(broken) }
    let entries = try books.entries(after: lastSeq)
    follow(entries)
    life.orders.look(at: entries)
    let head = try books.head()
    if head.seq != lastSeq || head.hash != lastHash { life.violate("the audit log ends at \(lastSeq), and its head says \(head.seq)") }
    if life.gitLabs.contains(where: \.chronicle.isRenamed) {
      let names = try books.requesterNames()
      surelyKnownNames = requesterNames.intersection(names)
      requesterNames = names
    }
    let changes = try books.changes()
    for change in changes where known[change.id] != change {
      let told = entries.filter { $0.change == change.id }
      if let broken = Ledger.objection(to: change, after: known[change.id], told: told) { life.violate("CHG-\(change.id): \(broken)") }
      if let broken = life.deeds.objection(to: told, after: known[change.id]?.revision) { life.violate("CHG-\(change.id): \(broken)") }
      let inForce = life.gitLab(named: change.instance).chronicle.rulebooks(around: life.now)
      if let strayed = Following.objection(to: change, after: known[change.id], under: inForce) {
        life.violate("CHG-\(change.id): \(strayed)")
      }
      try judge(change, before: known[change.id], told: told, books)
      if known[change.id]?.gate != "allowed" {
        let broken = Overtaken.objection(to: change, among: changes, under: inForce.filter { $0.instances.contains(change.instance) })
        if let broken { life.violate(broken) }
      }
      known[change.id] = change
    }
    if known.count != changes.count { life.violate("a change request is gone") }
    if let broken = try ledger.objection(adding: entries, books) { life.violate(broken) }
  }

  /// The hash chain, entry by entry.
  private func follow(_ entries: [Books.Entry]) {
    for entry in entries {
      if entry.seq != lastSeq + 1 { life.violate("audit entry \(entry.seq) follows \(lastSeq)") }
      if entry.previousHash != lastHash { life.violate("audit entry \(entry.seq) does not hold the hash before it") }
      if entry.hash != entry.rightHash { life.violate("audit entry \(entry.seq) has not the hash of what it says") }
      (lastSeq, lastHash) = (entry.seq, entry.hash)
      if entry.action == "change.policy" { life.happened(.policyFollowed) }
      if entry.action == "change.policy_kept" { life.happened(.policyKept) }
      life.note("audit \(entry.seq) \(entry.action) \(entry.change.map { "CHG-\($0)" } ?? "") by \(entry.actor) \(entry.hash.prefix(8))")
    }
  }

  /// A gate that has turned: by a decision that the policy allows.
  private func judge(_ change: Books.Change, before: Books.Change?, told: [Books.Entry], _ books: Books) throws {
    guard let entry = told.first(where: { $0.action == "gate.turned" }), before.map({ $0.gate == "awaiting" }) ?? true else { return }
    let world = life.gitLab(named: change.instance).world
    let deployment = world.deployments.find(change.deployment)
    switch change.gate {
    case "allowed":
      try expect(change, at: entry.at, books) { oracle in
        if oracle.mayBeDocuments, oracle.objectionOfPeople() != nil { life.happened(.letThroughByFiles) }
        return oracle.objectionToAllowing()
      }
    case "prevented":
      let hasEnded = deployment.map { $0.finishedAt != nil || $0.status == .skipped } ?? true
      let isOvertaken = try books.changes().contains {
        $0.instance == change.instance && $0.environment == change.environment && $0.deployment > change.deployment && $0.gate == "allowed"
      }
      try expect(change, at: entry.at, books) { $0.objectionToPreventing(hasEnded: hasEnded, isOvertaken: isOvertaken) }
    default:
      let hasRun = world.jobs.find(deployment?.jobID)?.startedAt != nil
      if deployment != nil, !hasRun { life.violate("CHG-\(change.id) is invalid, and its deployment waits in GitLab") }
    }
  }

  /// One of the rulebooks that may have been in force must have no objection.
  ///
  /// - Parameter isDecided: whether it was before; else it was decided by now, and while it waited it followed what its service names.
  private func expect(
    _ change: Books.Change, isDecided: Bool = false, at now: Int64, _ books: Books, _ objection: (Oracle) -> String?
  ) throws {
    let words = try books.words(change: change.id)
    let overrides = try books.overrides(change: change.id)
    let firstYes = try books.firstYes(change: change.id)
    var objections: [String] = []
    let chronicle = life.gitLab(named: change.instance).chronicle
    for configuration in chronicle.rulebooks(around: life.now) {
      var lost = configuration
      lost.isWithoutPolicy = true
      let book = configuration.rules(of: change, isDecided: isDecided) ?? lost
      let oracle = Oracle(
        book: book, change: change, words: words, overrides: overrides, tier: change.environment, chronicle: chronicle,
        requesterNames: Books.names(among: surelyKnownNames, of: change), firstYes: firstYes, now: now, trueNow: life.now,
        // By a clock that was set back a list looks younger than it is.
        freshness: isDecided || life.options.clockJumps > 0 ? Oracle.delivered : Oracle.turned)
      guard let objection = objection(oracle) else { return }
      objections.append(objection)
    }
    life.violate("CHG-\(change.id) is \(change.gate): \(objections.joined(separator: "; "))")
  }

  /// An approval or a start goes out: the rules still let it, or it is only looked whether an earlier attempt has brought it about.
  func claimed(_ claim: Claim) {
    if let broken = quiet.objection(to: claim) { life.violate(broken) }
    if life.looking.claimed(claim) { return }
    guard claim.callback.step == .approve || claim.callback.step == .play, let id = claim.callback.change, let eyes else { return }
    let books = Books(connection: eyes)
    do {
      guard let change = try books.changes().first(where: { $0.id == id }) else { return life.violate("CHG-\(id) is not there") }
      guard change.gate == "allowed" else { return life.violate("\(claim.text) goes out while the gate is \(change.gate)") }
      let leased = try eyes.query("SELECT leased_until FROM outbox WHERE id = ?", claim.callback.id) { $0.integer(0) }.first ?? nil
      guard let leased else { return life.violate("\(claim.text) goes out without a lease") }
      // A glass that was broken stays broken, whoever may break one now.
      guard change.glassBy == nil else { return }
      try expect(change, isDecided: true, at: leased - Gate.lease.wholeMilliseconds, books) { $0.objectionToAllowing() }
    } catch {
      life.violate("a claim cannot be looked at: \(error)")
    }
  }

  // MARK: GitLab

  /// What our account has done there since the last look.
  func look(at gitLab: GitLabInstance) {
    let effects = gitLab.world.effects.entries
    defer { effectsSeen[gitLab.name] = effects.count }
    for effect in effects[(effectsSeen[gitLab.name] ?? 0)...] where effect.userID == Demo.accountID {
      do { try look(at: effect, in: gitLab) } catch { life.violate("an effect cannot be looked at: \(error)") }
    }
  }

  private func look(at effect: World.Effect, in gitLab: GitLabInstance) throws {
    guard let eyes else { return }
    let books = Books(connection: eyes)
    switch effect.kind {
    case .approvalRecorded(let deployment, _, let status, _):
      count("\(gitLab.label): decision on deployment \(deployment)")
      try expectDecision(deployment, status == .approved ? ["allowed"] : ["prevented"], books, gitLab)
      if status == .rejected { try expectEnding(.reject, of: deployment, books, gitLab) }
    case .approvalRepeated: break
    case .jobStartedByApproval(let job): try expectDecision(deployment(of: job, in: gitLab), ["allowed"], books, gitLab)
    case .jobPlayed(let job):
      count("\(gitLab.label): start of job \(job)")
      try expectDecision(deployment(of: job, in: gitLab), ["allowed"], books, gitLab)
      let approved = gitLab.world.approvals.all.contains {
        $0.deploymentID == deployment(of: job, in: gitLab) && $0.userID == Demo.accountID && $0.status == .approved
      }
      if !approved { life.violate("job \(job) was started without our approval") }
    case .jobCanceled(let job):
      count("\(gitLab.label): cancelation of job \(job)")
      try expectEnding(.cancelJob, of: deployment(of: job, in: gitLab), books, gitLab)
      try expectDecision(deployment(of: job, in: gitLab), ["prevented"], books, gitLab)
    case .jobRejected(let job): try expectDecision(deployment(of: job, in: gitLab), ["prevented"], books, gitLab)
    }
  }

  private func deployment(of job: Int64, in gitLab: GitLabInstance) -> Int64 {
    gitLab.world.deployments.all.last { $0.jobID == job }?.id ?? gitLab.deleted[job] ?? 0
  }

  private func count(_ act: String) {
    acts[act, default: 0] += 1
    if acts[act] == 2 { life.violate("twice in effect: \(act)") }
  }

  /// A committed decision stands behind whatever our account does.
  private func expectDecision(_ deployment: Int64, _ gates: [String], _ books: Books, _ gitLab: GitLabInstance) throws {
    guard let change = try books.change(of: deployment, in: gitLab) else {
      return life.violate("our account acted on deployment \(deployment), for which there is no change request")
    }
    guard gates.contains(change.gate) else {
      return life.violate("our account acted on deployment \(deployment), whose gate is \(change.gate)")
    }
    let turned = try books.number("SELECT count(*) FROM audit_entry WHERE action = 'gate.turned' AND change = \(change.id)")
    if turned != 1 { life.violate("the gate of CHG-\(change.id) turned \(turned) times by the audit log") }
  }

  /// What ended with nobody's no is told as the policy says.
  private func expectEnding(_ ending: Rulebook.Ending, of deployment: Int64, _ books: Books, _ gitLab: GitLabInstance) throws {
    guard let change = try books.change(of: deployment, in: gitLab) else { return }
    let turn = try books.entries(after: 0).first { $0.change == change.id && $0.action == "gate.turned" }
    // A policy of one name says this the same for ever.
    let book = gitLab.chronicle.rulebooks.last { $0.book.name == change.policy }?.book ?? life.node.rulebook
    let wanted: Rulebook.Ending =
      switch turn?.said["transition"]?.string {
      case "Expire": book.whenExpired
      case "Supersede": book.whenSuperseded
      default: .reject
      }
    if ending != wanted { life.violate("CHG-\(change.id) ended without a no: GitLab is told \(ending), and the policy says \(wanted)") }
  }

  // MARK: All of it

  func checkAll() throws {
    lookAtGate()
    life.promises.check()
    guard let eyes else { return }
    let problems = try eyes.integrityProblems()
    if let problem = problems.first { life.violate("the file is broken: \(problem)") }
  }
}
