import Calendar
import ChangeControl
import Gate
import GitLab
import Storage

/// Asks GitLab, every `reconcile_every`, what waits there, as the server's reconciler does.
final class Reconciler {
  static let resolveEvery: Int64 = 300_000
  static let listsPerProject = 10

  private let loops: Loops
  private let name: String
  private var projects: [Project] = []
  private var resolvedAt: Int64?
  private var isEveryProjectKnown = false
  private var began: Int64 = 0
  private var requestID = ""
  private var rounds = 0
  /// Stops the rounds, so that what is owed can run dry.
  var isPaused = false

  init(loops: Loops, instance name: String) { (self.loops, self.name) = (loops, name) }

  private var node: Node { loops.node }
  private var life: Life { loops.life }
  private var gate: Gate { loops.gate }
  private var patterns: [ProjectPattern] { gate.plan.services.filter { $0.instance == name }.flatMap(\.projects) }

  func round() {
    guard !loops.isStopping, !isPaused else { return }
    if let left = pauseLeft(), left > 0 {
      life.rounds.waits(name, until: life.now + left)
      return loops.after(min(left, Loops.sweepEvery)) { [self] in round() }
    }
    began = life.now
    life.rounds.begins(name)
    rounds += 1
    requestID = "round-\(node.incarnation)-\(rounds)"
    let isStale = resolvedAt.map { began - $0 >= Reconciler.resolveEvery } ?? true
    guard isStale else { return resolve(isStale: false) }
    loops.converse(ProbeConversation(api: loops.api(of: name, requestID: requestID))) { [self] report, _ in
      hear(report)
      resolve(isStale: true)
    }
  }

  private func pauseLeft() -> Int64? {
    let name = name
    return (try? node.read { reading in try reading.instance(named: name)?.pausedUntil.map { ($0 - reading.now).wholeMilliseconds } })
      ?? nil
  }

  private func hear(_ report: ProbeReport) {
    let account = try? report.account.get()
    let version = try? report.software.get().text
    guard account != nil || version != nil else { return }
    let name = name
    node.write { try $0.noteIdentity(instance: name, userID: account?.id, username: account?.username, version: version) }
  }

  private func resolve(isStale: Bool) {
    loops.converse(ResolveProjectsConversation(api: loops.api(of: name, requestID: requestID), patterns: patterns)) { [self] resolved, _ in
      if let problem = resolved.problems.first { keep(problem.obstacle) }
      let (found, gate, name) = (resolved.named, gate, name)
      let known = (try? node.read { try gate.projects(resolved: found, instance: name, in: $0) }) ?? found
      isEveryProjectKnown = resolved.problems.isEmpty
      projects = isEveryProjectKnown ? known : known + projects.filter { project in !known.contains { $0.id == project.id } }
      if isEveryProjectKnown, isStale { resolvedAt = began }
      look(at: projects[...], isWhole: isEveryProjectKnown, asked: 0)
    }
  }

  private func look(at projects: ArraySlice<Project>, isWhole: Bool, asked: Int) {
    guard !loops.isStopping else { return }
    guard let project = projects.first else { return end(isWhole: isWhole, asked: asked) }
    list(project, cursor: nil, lists: 0, asked: 0) { [self] count, isRead in
      look(at: projects.dropFirst(), isWhole: isWhole && isRead, asked: asked + count)
    }
  }

  private func list(_ project: Project, cursor: String?, lists: Int, asked: Int, then: @escaping (Int, Bool) -> Void) {
    guard lists < Reconciler.listsPerProject else { return then(asked, false) }
    let listing = ListBlockedConversation(api: loops.api(of: name, requestID: requestID), project: project.id, cursor: cursor)
    loops.converse(listing) { [self] listed, _ in
      switch listed {
      case .failure(let obstacle):
        keep(obstacle)
        then(asked, false)
      case .success(let found):
        let (gate, name, requestID) = (gate, name, requestID)
        node.write { transaction in
          let asked = try gate.reconcile(
            project: project, blocked: found.deployments, instance: name, requestID: requestID, in: transaction)
          try transaction.noteContact(instance: name)
          return asked
        }.then { [self] result in
          guard case .success(let count) = result else { return then(asked, false) }
          guard let next = found.cursor else { return then(asked + count, true) }
          list(project, cursor: next, lists: lists + 1, asked: asked + count, then: then)
        }
      }
    }
  }

  private func keep(_ obstacle: Obstacle) {
    guard obstacle.concernsInstance else { return }
    let (gate, name) = (gate, name)
    node.write { try gate.noteTrouble(instance: name, reason: obstacle.reason, pause: obstacle.pause, in: $0) }
  }

  private func end(isWhole: Bool, asked: Int) {
    let (gate, name, requestID) = (gate, name, requestID)
    node.write { try gate.endRound(instance: name, isWhole: isWhole, requestID: requestID, in: $0) }.then { [self] result in
      life.rounds.ends(name, isWhole: isWhole)
      if case .success(let followed) = result {
        if asked + followed > 0 { loops.ring() }
      }
      let interval = gate.plan.instance(named: name)?.reconcileEvery.wholeMilliseconds ?? 30_000
      loops.after(max(0, interval - (life.now - began))) { [self] in round() }
    }
  }
}
