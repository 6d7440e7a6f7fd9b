import GitLabSimulator
import Storage

/// What must come about once nothing goes wrong any more.
struct Liveness {
  unowned let life: Life

  func run() throws {
    makePeace()
    // One interval, what GitLab asked for last in quiet, and the round itself.
    let pause: Int64 = 70_000
    life.goOn(until: life.now + life.node.rulebook.reconcileEvery + pause + 40_000)
    guard life.violation == nil, let eyes = life.eyes else { return }
    let books = Books(connection: eyes)
    try expectKnown(books)
    // Freezes end, refusals are given up, what backs off comes back.
    let frozen = life.node.rulebook.freezes.map(\.end).max().map { max(0, $0 - life.now) } ?? 0
    life.goOn(until: life.now + frozen + life.node.rulebook.giveUpAfter + 700_000)
    try expectOpened(books)
    try expectDelivered(books)
    life.node.loops?.reconciler?.isPaused = true
    life.goOn(until: life.now + 400_000)
    try expectQuiet(books)
  }

  private func makePeace() {
    life.note("nothing goes wrong from here on")
    life.network.isQuiet = true
    life.node.skew = 0
    life.node.disk.trouble = nil
    life.node.disk.revive()
    life.neighbours.mendAll()
    if !life.node.isUp { life.node.start() }
  }

  /// What waits in GitLab for approvals, to a gated environment.
  private var waiting: [World.Deployment] {
    life.world.deployments.all.filter { deployment in
      deployment.status == .blocked && life.world.pendingApprovalCount(of: deployment) > 0
        && life.world.environments[deployment.environmentID].name != "review/feature-x"
    }
  }

  /// It is known here.
  private func expectKnown(_ books: Books) throws {
    let known = try books.texts("SELECT deployment_id FROM deployment")
    for deployment in waiting where !known.contains(String(deployment.id)) {
      life.violate("deployment \(deployment.id) waits in GitLab, and is not known here")
    }
  }

  /// It has its change request: at once, but for one that once was read as waiting for nobody. That is asked about again after ten intervals, for
  /// GitLab does not show that its rules have changed.
  private func expectOpened(_ books: Books) throws {
    let changes = try books.changes()
    for deployment in waiting where !changes.contains(where: { $0.deployment == deployment.id }) {
      life.violate("deployment \(deployment.id) waits in GitLab, and has no change request")
    }
  }

  private func expectDelivered(_ books: Books) throws {
    let rows = try books.connection.query(
      """
      SELECT o.step, o.state, o.last_error, o.change, d.deployment_id, o.attempts FROM outbox o
      JOIN deployment d ON d.id = o.deployment WHERE o.change IS NOT NULL ORDER BY o.id
      """
    ) { row in
      (
        step: row.requiredText(0), state: row.requiredText(1), error: row.text(2), change: row.requiredInteger(3),
        deployment: row.requiredInteger(4), attempts: row.requiredInteger(5)
      )
    }
    for row in rows {
      let text = "\(row.step) of CHG-\(row.change) is \(row.state) after \(row.attempts) attempts: \(row.error ?? "no reason")"
      switch row.state {
      case "delivered": expectEffect(row.step, deployment: row.deployment, text)
      case "abandoned": if (row.error ?? "").isEmpty { life.violate("\(text): abandoned without a reason") }
      default:
        // GitLab waits for others too, and so does the start of the job.
        guard let deployment = life.world.deployments.find(row.deployment), deployment.status == .blocked,
          life.world.pendingApprovalCount(of: deployment) > 0, row.step == "play"
        else {
          life.violate("not delivered, and nothing is wrong any more: \(text)")
          continue
        }
      }
    }
  }

  /// What was delivered is to be seen in GitLab, whoever did it.
  private func expectEffect(_ step: String, deployment id: Int64, _ text: String) {
    guard let deployment = life.world.deployments.find(id) else { return }
    let ours = life.world.approvals.all.first { $0.deploymentID == id && $0.userID == Demo.accountID }
    let isSo =
      switch step {
      case "approve": ours?.status == .approved
      case "reject": deployment.status == .failed || ours?.status == .rejected
      case "play": deployment.status != .blocked && deployment.status != .created || life.world.jobs.find(deployment.jobID)?.status == .pending
      default: deployment.status == .canceled
      }
    if !isSo { life.violate("it is not to be seen in GitLab, where deployment \(id) is \(deployment.status): \(text)") }
  }

  /// With nothing new asked, nothing is left.
  private func expectQuiet(_ books: Books) throws {
    let leased = try books.number("SELECT count(*) FROM outbox WHERE leased_until IS NOT NULL")
    if leased > 0 { life.violate("\(leased) rows are left claimed") }
    let questions = try books.texts("SELECT step || ' ' || coalesce(last_error, '') FROM outbox WHERE change IS NULL")
    if let question = questions.first { life.violate("\(questions.count) questions are left, first: \(question)") }
  }
}
