import GitLabSimulator
import Storage

/// What must come about once nothing goes wrong any more.
struct Liveness {
  unowned let life: Life

  func run() throws {
    makePeace()
    // One interval, what GitLab asked for last in quiet, and the round itself.
    let pause: Int64 = 70_000
    let interval = life.node.rulebook.reconcileEvery
    guard let eyes = life.eyes else { return }
    let books = Books(connection: eyes)
    try life.goOn(until: life.now + interval + pause + 40_000) { try unknown(books).isEmpty }
    for deployment in try unknown(books) { life.violate("deployment \(deployment.id) waits in GitLab, and is not known here") }
    // A while in which nothing may happen but what has to.
    life.goOn(until: life.now + 2 * interval)
    // Freezes end, refusals are given up, what backs off comes back.
    let frozen = life.node.rulebook.freezes.map(\.end).max().map { max(0, $0 - life.now) } ?? 0
    try life.goOn(until: life.now + frozen + life.node.rulebook.giveUpAfter + 400_000 + 10 * interval) {
      try unopened(books).isEmpty && unfollowed(books).isEmpty && unturned(books).isEmpty
        && owed(books).allSatisfy { $0.isSettled || isUpToOthers($0) }
    }
    for deployment in try unopened(books) { life.violate("deployment \(deployment.id) waits in GitLab, and has no change request") }
    for callback in try owed(books) { judge(callback) }
    for change in try unturned(books) { life.violate("CHG-\(change.id) waits, and nothing keeps it shut") }
    try expectOlderEnded(books)
    try expectEveryDecisionOwed(books)
    for deployment in try unfollowed(books) {
      life.violate("deployment \(deployment.id) is \(deployment.status) in GitLab, and its change still waits or is open")
    }
    life.node.loops?.reconciler?.isPaused = true
    try life.goOn(until: life.now + 400_000) { try leftovers(books) == nil }
    if let left = try leftovers(books) { life.violate(left) }
  }

  private func makePeace() {
    life.note("nothing goes wrong from here on")
    life.network.isQuiet = true
    life.node.skew = 0
    life.node.disk.trouble = nil
    life.node.disk.revive()
    life.neighbours.mendAll()
    life.trouble.mendConfiguration()
    if !life.node.isUp { life.node.start() }
  }

  /// What waits in GitLab for approvals, to a gated environment.
  private var waiting: [World.Deployment] {
    life.world.deployments.all.filter { deployment in
      deployment.status == .blocked && life.world.pendingApprovalCount(of: deployment) > 0
        && life.world.environments[deployment.environmentID].name != "review/feature-x"
    }
  }

  private func unknown(_ books: Books) throws -> [World.Deployment] {
    let known = try books.texts("SELECT deployment_id FROM deployment")
    return waiting.filter { !known.contains(String($0.id)) }
  }

  /// Those without a change request. They have it at once, but for what once was read as waiting for nobody: that is asked about again after ten
  /// intervals, for GitLab does not show that its rules have changed.
  private func unopened(_ books: Books) throws -> [World.Deployment] {
    let known = try books.texts("SELECT d.deployment_id FROM change_request c JOIN deployment d ON d.id = c.deployment")
    return waiting.filter { !known.contains(String($0.id)) }
  }

  // MARK: What is owed for decisions

  struct Owed {
    var step: String
    var state: String
    var error: String?
    var key: String
    var deployment: Int64
    var attempts: Int64

    var isSettled: Bool { state == "delivered" || state == "abandoned" }
    var text: String { "\(step) of \(key) is \(state) after \(attempts) attempts: \(error ?? "no reason")" }
  }

  private func owed(_ books: Books) throws -> [Owed] {
    try books.connection.query(
      """
      SELECT o.step, o.state, o.last_error, o.change, d.deployment_id, o.attempts FROM outbox o
      JOIN deployment d ON d.id = o.deployment WHERE o.change IS NOT NULL ORDER BY o.id
      """
    ) { row in
      Owed(
        step: row.requiredText(0), state: row.requiredText(1), error: row.text(2), key: "CHG-\(row.requiredInteger(3))",
        deployment: row.requiredInteger(4), attempts: row.requiredInteger(5))
    }
  }

  /// GitLab waits for others too, and so does the start of the job.
  private func isUpToOthers(_ callback: Owed) -> Bool {
    guard callback.step == "play", let deployment = life.world.deployments.find(callback.deployment) else { return false }
    return deployment.status == .blocked && life.world.pendingApprovalCount(of: deployment) > 0
  }

  private func judge(_ callback: Owed) {
    switch callback.state {
    case "delivered": expectEffect(callback)
    case "abandoned":
      if (callback.error ?? "").isEmpty { life.violate("abandoned without a reason: \(callback.text)") }
      expectNoEffect(callback)
    default: if !isUpToOthers(callback) { life.violate("not delivered, and nothing is wrong any more: \(callback.text)") }
    }
  }

  /// What was delivered is to be seen in GitLab, whoever did it.
  private func expectEffect(_ callback: Owed) {
    guard let deployment = life.world.deployments.find(callback.deployment) else { return }
    let ours = life.world.approvals.all.first { $0.deploymentID == deployment.id && $0.userID == Demo.accountID }
    let isSo =
      switch callback.step {
      case "approve": ours?.status == .approved
      case "reject": deployment.status == .failed || ours?.status == .rejected
      case "play":
        deployment.status != .blocked && deployment.status != .created || life.world.jobs.find(deployment.jobID)?.status == .pending
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
  private func unfollowed(_ books: Books) throws -> [World.Deployment] {
    let open = try books.texts(
      """
      SELECT d.deployment_id FROM change_request c JOIN deployment d ON d.id = c.deployment WHERE c.closed_at IS NULL OR c.gate = 'awaiting'
      """)
    return life.world.deployments.all.filter { deployment in
      (deployment.finishedAt != nil || deployment.status == .skipped) && open.contains(String(deployment.id))
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
