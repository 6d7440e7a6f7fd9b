import GitLabSimulator
import Storage

/// What must come about once nothing goes wrong any more.
struct Liveness {
  unowned let life: Life

  func run() throws {
    makePeace()
    life.rounds.expect()
    // At the latest, beside what `Rounds` asks of each: one interval, what GitLab asked for last in quiet, and the round itself.
    let pause: Int64 = 70_000
    let interval = life.node.rulebook.reconcileEvery
    guard let eyes = life.eyes else { return }
    let books = Books(connection: eyes)
    try life.goOn(until: life.now + interval + pause + 40_000) { try life.rounds.areDone && unknown(books).isEmpty }
    if !life.rounds.areDone { life.violate("nobody has asked GitLab in peace what waits there, to the end of the list") }
    for deployment in try unknown(books) { life.violate("\(deployment.text) waits there, and is not known here") }
    // A while in which nothing may happen but what has to.
    life.goOn(until: life.now + 2 * interval)
    // Freezes end, refusals are given up, what backs off comes back.
    let policies = [life.node.rulebook] + life.node.rulebook.former
    let frozen = policies.map { $0.isOpen(from: life.now) - life.now }.max() ?? 0
    try life.goOn(until: life.now + frozen + life.node.rulebook.giveUpAfter + 400_000 + 10 * interval) {
      try unopened(books).isEmpty && unfollowed(books).isEmpty && unturned(books).isEmpty && astray(books).isEmpty
        && unheard(books).isEmpty && owed(books).allSatisfy { $0.isSettled || isUpToOthers($0) }
    }
    for deployment in try unopened(books) { life.violate("\(deployment.text) waits there, and has no change request") }
    for callback in try owed(books) { judge(callback) }
    for change in try unturned(books) { life.violate("CHG-\(change.id) waits, and nothing keeps it shut") }
    for (change, user) in try unheard(books) { life.violate("CHG-\(change.id) waits, and \(user) has rejected it") }
    for change in try astray(books) {
      life.violate("CHG-\(change.id) waits by policy \(change.policy), and its service names \(life.node.rulebook.name)")
    }
    try expectOlderEnded(books)
    try expectEveryDecisionOwed(books)
    for deployment in try unfollowed(books) {
      life.violate("\(deployment.text) is \(deployment.deployment.status) there, and its change still waits or is open")
    }
    life.goOn(until: life.now + 2 * Errands.longestSettlingPause) { life.orders.left() == nil }
    if let left = life.orders.left() { life.violate(left) }
    for reconciler in life.node.loops?.reconcilers ?? [] { reconciler.isPaused = true }
    try life.goOn(until: life.now + 400_000) { try leftovers(books) == nil }
    if let left = try leftovers(books) { life.violate(left) }
  }

  private func makePeace() {
    life.note("nothing goes wrong from here on")
    life.isQuiet = true
    life.node.skew = 0
    life.node.disk.calm()
    for gitLab in life.gitLabs { gitLab.neighbours.mendAll() }
    life.trouble.mendConfiguration()
    if !life.node.isUp { life.node.start() }
    if life.options.isTriedAgainByHand { life.after(2_000) { [life] in life.people.retryAll(as: "adam") } }
  }

  /// A deployment of one of the GitLabs.
  struct Deployed {
    var gitLab: GitLabInstance
    var deployment: World.Deployment

    var row: String { "\(gitLab.name) \(deployment.id)" }
    var text: String { "deployment \(deployment.id) of \(gitLab.label)" }
  }

  private var deployments: [Deployed] {
    life.gitLabs.flatMap { gitLab in gitLab.world.deployments.all.map { Deployed(gitLab: gitLab, deployment: $0) } }
  }

  /// What waits in GitLab for approvals, to a gated environment.
  var waiting: [Deployed] {
    deployments.filter { found in
      let world = found.gitLab.world
      return found.deployment.status == .blocked && world.pendingApprovalCount(of: found.deployment) > 0
        && world.environments[found.deployment.environmentID].name != "review/feature-x"
    }
  }

  func unknown(_ books: Books) throws -> [Deployed] {
    let known = try books.texts("SELECT instance || ' ' || deployment_id FROM deployment")
    return waiting.filter { !known.contains($0.row) }
  }

  /// Those without a change request. They have it at once, but for what once was read as waiting for nobody: that is asked about again after ten
  /// intervals, for GitLab does not show that its rules have changed.
  private func unopened(_ books: Books) throws -> [Deployed] {
    let known = try books.texts(
      "SELECT d.instance || ' ' || d.deployment_id FROM change_request c JOIN deployment d ON d.id = c.deployment")
    return waiting.filter { !known.contains($0.row) }
  }

  // MARK: What is owed for decisions

  struct Owed {
    var step: String
    var state: String
    var error: String?
    var key: String
    var gitLab: GitLabInstance
    var deployment: Int64
    var attempts: Int64
    var isOutOfBand: Bool
    var settledAt: Int64?

    var isSettled: Bool { state == "delivered" || state == "abandoned" }
    var text: String { "\(step) of \(key) is \(state) after \(attempts) attempts: \(error ?? "no reason")" }
  }

  private func owed(_ books: Books) throws -> [Owed] {
    try books.connection.query(
      """
      SELECT o.step, o.state, o.last_error, o.change, d.deployment_id, o.attempts, d.instance, c.out_of_band, o.settled_at FROM outbox o
      JOIN deployment d ON d.id = o.deployment JOIN change_request c ON c.id = o.change WHERE o.change IS NOT NULL ORDER BY o.id
      """
    ) { row in
      Owed(
        step: row.requiredText(0), state: row.requiredText(1), error: row.text(2), key: "CHG-\(row.requiredInteger(3))",
        gitLab: life.gitLab(named: row.requiredText(6)), deployment: row.requiredInteger(4), attempts: row.requiredInteger(5),
        isOutOfBand: row.requiredInteger(7) != 0, settledAt: row.integer(8))
    }
  }

  /// GitLab waits for others too, and so does the start of the job.
  private func isUpToOthers(_ callback: Owed) -> Bool {
    guard callback.step == "play", let deployment = callback.gitLab.world.deployments.find(callback.deployment) else { return false }
    return deployment.status == .blocked && callback.gitLab.world.pendingApprovalCount(of: deployment) > 0
  }

  private func judge(_ callback: Owed) {
    switch callback.state {
    case "delivered":
      expectEffect(callback)
      expectOurs(callback)
    case "abandoned":
      if (callback.error ?? "").isEmpty { life.violate("abandoned without a reason: \(callback.text)") }
      expectNoEffect(callback)
    default: if !isUpToOthers(callback) { life.violate("not delivered, and nothing is wrong any more: \(callback.text)") }
    }
  }

  /// What was delivered is to be seen in GitLab, whoever did it.
  private func expectEffect(_ callback: Owed) {
    let world = callback.gitLab.world
    guard let deployment = world.deployments.find(callback.deployment) else { return }
    let ours = world.approvals.all.first { $0.deploymentID == deployment.id && $0.userID == Demo.accountID }
    let isSo =
      switch callback.step {
      case "approve": ours?.status == .approved
      case "reject": deployment.status == .failed || ours?.status == .rejected
      case "play":
        deployment.status != .blocked && deployment.status != .created || world.jobs.find(deployment.jobID)?.status == .pending
      default: deployment.status == .canceled
      }
    if !isSo { life.violate("it is not to be seen in GitLab, where deployment \(deployment.id) is \(deployment.status): \(callback.text)") }
  }

  /// What was let through is owed an approval, and a start where the gate starts jobs; what was rejected, a rejection.
  private func expectEveryDecisionOwed(_ books: Books) throws {
    let rows = try owed(books)
    for change in try books.changes() {
      let steps = rows.filter { $0.key == "CHG-\(change.id)" }.map(\.step)
      let isRejected = change.gate == "prevented" && ["Rejected", "Declined"].contains(change.status) && !change.isOutOfBand
      let missing =
        switch change.gate {
        case "allowed": (life.node.rulebook.plays ? ["approve", "play"] : ["approve"]).filter { !steps.contains($0) }
        case "prevented" where isRejected: ["reject"].filter { !steps.contains($0) }
        default: [String]()
        }
      for step in missing { life.violate("CHG-\(change.id) is \(change.gate), and no \(step) is owed") }
    }
  }

  /// What has ended in GitLab, and waits here or is open all the same.
  private func unfollowed(_ books: Books) throws -> [Deployed] {
    let open = try books.texts(
      """
      SELECT d.instance || ' ' || d.deployment_id FROM change_request c JOIN deployment d ON d.id = c.deployment
      WHERE c.closed_at IS NULL OR c.gate = 'awaiting'
      """)
    return deployments.filter { found in
      (found.deployment.finishedAt != nil || found.deployment.status == .skipped) && open.contains(found.row)
    }
  }

  /// With nothing new asked, nothing is left.
  private func leftovers(_ books: Books) throws -> String? {
    let leased = try books.number("SELECT count(*) FROM outbox WHERE leased_until IS NOT NULL")
    if leased > 0 { return "\(leased) rows are left claimed" }
    let questions = try books.texts("SELECT step || ' ' || coalesce(last_error, '') FROM outbox WHERE change IS NULL")
    return questions.first.map { "\(questions.count) questions are left, first: \($0)" }
  }
}
