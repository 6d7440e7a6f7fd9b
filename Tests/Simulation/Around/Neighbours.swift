import Calendar
import GitLabSimulator

/// What others do in GitLab while the gate looks elsewhere: some of it helps, some is against the rules, all of it happens.
final class Neighbours {
  private unowned let gitLab: GitLabInstance
  private unowned let life: Life
  /// What is to be mended, in its order.
  private var mended: [() -> Void] = []
  private var retried: Set<Int64> = []

  init(gitLab: GitLabInstance, life: Life) { (self.gitLab, self.life) = (gitLab, life) }

  private var chance: Chance { life.chance }

  /// Somebody pushes a commit that is to be deployed.
  func push(by somebody: String? = nil, to place: String? = nil) {
    let environment = place ?? chance.one(ofWeighted: [(4, "production"), (2, "staging"), (1, "review/feature-x")])
    let who = somebody ?? chance.one(ofWeighted: [(4, "dana"), (life.options.renames ? 8 : 2, alice), (1, "bob"), (1, "olu")])
    let author = chance.happens(0.2) ? chance.one(of: [alice, "bob"]) : who
    let (isManual, fails, slow) = (chance.happens(0.2), chance.happens(0.15), chance.happens(0.3))
    let brings = life.options.rulebook.approvesDocuments ? chance.one(of: Brought.told) : .unsaid
    gitLab.happens("\(who) deploys to \(environment)\(brings == .unsaid ? "" : ": \(brings.rawValue)")") { world in
      let started = world.startPipeline(
        environment: environment, triggeredBy: who, commitTitle: "Change number \(world.pipelines.all.count + 1)", authoredBy: author,
        files: brings.files,
        testsTake: slow ? .seconds(15) : .zero, deploy: .init(isManual: isManual, ending: fails ? .failure : .success))
      if brings != .unsaid, let sha = world.deployments.find(started.deploymentID)?.sha {
        world.mergeRequest(by: author, commits: [sha], labels: brings.labels)
      }
      gitLab.chronicle.asked(deployment: started.deploymentID, by: who, author: author, isDocuments: brings == .documents)
    }
  }

  func act() {
    let world = gitLab.world
    let blocked = world.deployments.all.filter { $0.status == .blocked }
    switch chance.below(life.options.anybodyMayInGitLab ? 18 : 15) {
    case 13: moveProject()
    case 14: rename()
    case 0, 15...: if let deployment = pick(blocked) { decide(deployment, .approved) }
    case 1: if let deployment = pick(blocked), chance.happens(0.5) { decide(deployment, .rejected) }
    case 2:
      let manual = world.jobs.all.filter { $0.status == .manual }
      guard let job = pick(manual) else { return }
      start(job.id, by: "olu")
    case 3:
      if let pipeline = pick(world.pipelines.all), chance.happens(0.4) {
        gitLab.happens("pipeline \(pipeline.id) is canceled", as: .canceledThere) { $0.cancelPipeline(pipeline.id) }
      }
    case 4:
      let ended = world.jobs.all.filter {
        $0.environmentID != nil && [.success, .failed, .canceled].contains($0.status)
          && !retried.contains($0.id)
      }
      guard let job = pick(ended) else { return }
      retried.insert(job.id)
      let former = world.deployments.all.last { $0.jobID == job.id }.flatMap { gitLab.chronicle.deployments[$0.id] }
      gitLab.happens("dana runs job \(job.id) again", as: .retriedThere) { world in
        let started = world.retry(job: job.id, by: "dana")
        gitLab.chronicle.asked(
          deployment: started.deploymentID, by: "dana", author: nil, isDocuments: former?.isDocuments ?? false)
      }
    case 5: push()
    case 6: if let job = pick(blocked)?.jobID { gitLab.happens("job \(job) is skipped", as: .skippedThere) { $0.skipJob(job) } }
    case 7:
      if let deployment = pick(blocked), chance.happens(0.3) {
        gitLab.delete(deployment)
      }
    case 8: leaveAndComeBack(chance.one(of: ["bob", alice]))
    case 9: loseRights()
    case 10: gitLab.happens("a push") { $0.push(by: "dana") }
    case 11:
      if let sent = pick(world.deliveries.entries.compactMap(\.delivery)) { gitLab.happens("a webhook is sent again") { $0.resend(sent) } }
    default: loosen()
    }
  }

  private func pick<Value>(_ values: [Value]) -> Value? { values.isEmpty ? nil : chance.one(of: values) }

  private func decide(_ deployment: World.Deployment, _ status: World.Approval.Status) {
    guard gitLab.world.deployments.find(deployment.id) != nil else { return }  // Deleted since.
    gitLab.happens("olu says \(status.rawValue) to deployment \(deployment.id)") { world in
      let isSaid = (try? world.decide(deployment: deployment.id, status, by: "olu", comment: "said in GitLab")) != nil
      if isSaid { life.happened(status == .approved ? .approvedThere : .rejectedThere) }
    }
    if life.options.requestersStart, status == .approved { haveStarted(deployment) }
  }

  /// Behind our own.
  func approveToo(_ deployment: World.Deployment) {
    life.after(chance.within(1_000...10_000)) { [self] in if !life.isQuiet { decide(deployment, .approved) } }
  }

  /// Whoever triggered it starts its job themselves, if they may: GitLab does not show whose start that was.
  private func haveStarted(_ deployment: World.Deployment) {
    guard let job = deployment.jobID, let requester = gitLab.chronicle.deployments[deployment.id]?.requester else { return }
    life.after(chance.within(1_000...15_000)) { [self] in
      start(job, by: Chronicle.isSamePerson(requester, alice) ? alice : requester)
    }
  }

  private func start(_ job: Int64, by name: String) {
    gitLab.happens("\(name) plays job \(job)") { world in if (try? world.play(job: job, by: name)) != nil { life.happened(.playedThere) } }
  }

  /// Whoever has left a group may no longer decide by it.
  private func leaveAndComeBack(_ name: String) {
    let person = name == alice ? "alice" : name
    gitLab.happens("\(name) leaves payments", as: .leftThere) { $0.remove(name, from: .group(3)) }
    gitLab.chronicle.left(person, at: life.now)
    mend(after: chance.within(30...600) * 1_000) { [self] in
      let name = person == "alice" ? alice : person
      gitLab.happens("\(name) is back in payments") { $0.add(name, to: .group(3), level: .maintainer) }
      gitLab.chronicle.cameBack(person, at: life.now)
    }
  }

  /// Our account may not approve, or not deploy, or is blocked, until an administrator mends it.
  private func loseRights() {
    let before = gitLab.world.protections
    switch chance.below(3) {
    case 0:
      gitLab.happens("our account may not approve production", as: .rightsLost) {
        $0.removeApprover(Demo.accountName, environment: "production")
      }
    case 1:
      gitLab.happens("our account may not deploy to production", as: .rightsLost) {
        $0.removeFromAllowedToDeploy(Demo.accountName, environment: "production")
      }
    default: gitLab.happens("our account is blocked", as: .rightsLost) { $0.block(Demo.accountName) }
    }
    mend(after: chance.within(10...150) * 1_000) { [gitLab] in
      gitLab.happens("our account has its rights back") {
        $0.users[Demo.accountID].isBlocked = false
        Neighbours.protect(as: before, in: &$0)
      }
    }
  }

  /// Our account gets no answer any more but that it is blocked.
  func block() {
    gitLab.happens("our account is blocked until nothing goes wrong any more") { $0.block(Demo.accountName) }
  }

  /// One deployment close behind the other, to the same environment; the older is approved as soon as it is seen.
  func pushTwice() {
    for delay in [0, chance.within(500...4_000)] { life.after(delay) { [self] in push(by: "dana", to: "production") } }
    for user in ["alice", "bob", "carol"] {
      life.after(chance.within(25_000...45_000)) { [life] in life.people.approveOldest(as: user) }
    }
  }

  /// One for which a freeze is overridden by two, and which is approved when that is over and another holds.
  func pushForAnotherFreeze() {
    let length = life.options.length
    push(by: "dana", to: "production")
    for user in ["carol", "olu"] {
      life.at(Options.start + length / 5 + chance.within(0...length / 10)) { [life] in life.people.overrideAll(as: user) }
    }
    life.at(Options.start + length * 11 / 20 + chance.within(0...length / 10)) { [life] in life.people.approveAll(as: "alice") }
  }

  /// One that is approved, and then rejected by another who may.
  func pushForBoth() {
    push(by: "dana", to: "production")
    life.after(chance.within(25_000...35_000)) { [life] in life.people.approveAll(as: "alice") }
    life.after(chance.within(40_000...60_000)) { [life] in life.people.rejectAll(as: "carol") }
  }

  private var alice: String { gitLab.chronicle.isRenamed ? "alicia" : "alice" }

  /// Whoever changes their name stays who they are.
  func rename() {
    guard !gitLab.chronicle.isRenamed else { return }
    gitLab.happens("alice is called alicia now", as: .renamedThere) { $0.rename("alice", to: "alicia") }
    gitLab.chronicle.renamed(at: life.now)
    // The configuration goes by usernames, and somebody must tell it.
    if chance.happens(0.6) { life.after(chance.within(1...60) * 1_000) { [life] in life.trouble.followRename() } }
  }

  /// What alice asked for under her old name is known and waits while she goes on under the new one, which GitLab shows with the next deployment; then
  /// she says yes to what waits, under either name.
  func renameAndApprove() {
    push(by: alice)
    life.after(chance.within(5...15) * 1_000) { [self] in
      rename()
      push(by: alice)
      for name in ["alicia", "alice"] {
        life.after(chance.within(3...25) * 1_000) { [life] in life.people.approveAll(as: name) }
      }
    }
  }

  /// Under a new path, which the configuration's pattern covers too.
  private func moveProject() {
    guard let project = gitLab.world.projects.find(Demo.projectID) else { return }
    let path = project.path == "checkout" ? "till" : "checkout"
    gitLab.happens("the project is called \(path) now", as: .movedThere) { world in
      let former = "acme/payments/" + project.path
      world.projects[project.id].formerPaths = [former]
      world.projects[project.id].path = path
    }
  }

  private func loosen() {
    guard chance.happens(0.3) else { return }
    let before = gitLab.world.protections
    if chance.happens(0.5) {
      gitLab.happens("production is not protected any more", as: .unprotected) { $0.unprotect(environment: "production") }
    } else {
      gitLab.happens("production needs no approvals any more", as: .unprotected) { $0.relaxApprovalRules(environment: "production") }
    }
    mend(after: chance.within(10...100) * 1_000) { [gitLab] in
      gitLab.happens("production is protected again") { Neighbours.protect(as: before, in: &$0) }
    }
  }

  // MARK: In the end

  private func mend(after delay: Int64, _ act: @escaping () -> Void) {
    mended.append(act)
    let number = mended.count - 1
    life.after(delay) { [self] in mend(number) }
  }

  private func mend(_ number: Int) {
    let act = mended[number]
    mended[number] = {}
    act()
  }

  func mendAll() {
    for number in mended.indices.reversed() { mend(number) }
    gitLab.happens("all rights are as they were") { world in
      world.users[Demo.accountID].isBlocked = false
      let whole = Neighbours.world(of: gitLab.name, life.options, seed: 1)
      Neighbours.protect(as: whole.protections, in: &world)
    }
  }
}
