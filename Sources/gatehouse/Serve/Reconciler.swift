import Calendar
import ChangeControl
import Gate
import GitLab
import Logging
import Storage

/// Asks one GitLab, every `reconcile_every`, what waits there: so that a webhook that was lost, dropped or never sent costs time and nothing else.
struct Reconciler: Sendable {
  /// How often literal project names are looked up anew. Patterns are resolved in every round: a project made since is gated from then on.
  static let resolveEvery: Duration = .seconds(300)

  /// How often a token that ends soon is spoken of.
  static let warnEvery: Duration = .seconds(86_400)

  /// Lists of one project in one round, each of up to 10,000 deployments. A GitLab whose pages never end keeps no other project waiting.
  static let listsPerProject = 10

  let gate: Gate
  let gitlab: GitLabConnection
  let writer: Writer
  let readers: Readers
  /// Wakes the courier: reconcile only writes questions down.
  let courier: Bell
  let log: Logger
  /// How long before its end the server rotates the token by itself; nil: never.
  var rotatesTokenBefore: Duration?
  /// How long the tokens live that setup makes.
  var tokenLifetime = TokenLifetime(days: 364)
  /// How long a server has had no time yet to rotate a token by itself.
  var startsFor = Reconciler.resolveEvery

  /// Runs until the task is cancelled.
  func run() async {
    let interval = gate.plan.instance(named: gitlab.name)?.reconcileEvery ?? .seconds(30)
    let hasPatterns = patterns.contains { if case .path(let pattern) = $0 { !pattern.isLiteral } else { false } }
    let startedAt = ContinuousClock.now
    var projects: [Project] = []
    var resolvedAt: ContinuousClock.Instant?
    var isEveryProjectKnown = false
    var warned: (at: ContinuousClock.Instant, level: Logger.Level)?
    while !Task.isCancelled {
      await waitOutPause()
      let began = ContinuousClock.now
      let requestID = freshRequestID()
      let isStale = resolvedAt.map { began - $0 >= Reconciler.resolveEvery } ?? true
      // Not until all is resolved, which a project that GitLab does not show keeps from ever being so.
      let isStarting = began - startedAt < startsFor
      if isStale, let token = await probe(requestID: requestID), let notice = await notice(of: token, isStarting: isStarting),
        warned.map({ began - $0.at >= Reconciler.warnEvery || $0.level < notice.level }) ?? true
      {
        log.log(level: notice.level, "\(notice.message)", metadata: notice.metadata)
        warned = (began, notice.level)
      }
      if isStale || hasPatterns {
        let (found, isComplete) = await resolve(requestID: requestID)
        // What could not be resolved now is still gated as it was.
        projects = isComplete ? found : found + projects.filter { known in !found.contains { $0.id == known.id } }
        if isComplete, isStale { resolvedAt = began }
        isEveryProjectKnown = isComplete
      }
      await round(projects, isEveryProjectKnown: isEveryProjectKnown, requestID: requestID)
      let left = interval - (ContinuousClock.now - began)
      if left > .zero { try? await Task.sleep(for: left) }
    }
  }

  /// Looks again now and then: the sweep ends a pause that a wrong clock has made.
  private func waitOutPause() async {
    let name = gitlab.name
    while !Task.isCancelled {
      let left = try? await readers.perform { try $0.instance(named: name)?.pausedUntil.map { $0 - SystemClock.now() } }
      guard let left = left ?? nil, left > .zero else { return }
      try? await Task.sleep(for: min(left, Loops.sweepEvery))
    }
  }

  private var patterns: [ProjectPattern] { gate.plan.services.filter { $0.instance == gitlab.name }.flatMap(\.projects) }

  /// Learns who our token belongs to (tells our own approvals from others') and the version. Returns what GitLab says of the token.
  private func probe(requestID: String) async -> ProbeReport.Token? {
    let report = await ProbeConversation(api: gitlab.api(requestID: requestID)).converse(over: gitlab.transport)
    let account = try? report.account.get()
    let version = try? report.software.get().text
    guard account != nil || version != nil else { return nil }
    let name = gitlab.name
    let token = try? report.token.get()
    try? await writer.perform {
      try $0.noteIdentity(instance: name, userID: account?.id, username: account?.username, version: version)
      if let token { try $0.noteTokenEnd(instance: name, token: .some(token.expiresAt)) }
    }
    return token
  }

  /// What is to be said of the token's end.
  private func notice(of token: ProbeReport.Token, isStarting: Bool) async -> TokenEndNotice? {
    let name = gitlab.name
    let trouble = try? await readers.perform {
      try RotationTrouble(instance: name, account: $0.instance(named: name)?.userID, in: $0)
    }
    return TokenEndNotice(
      token, rotatesBefore: rotatesTokenBefore, lifetime: tokenLifetime, trouble: trouble ?? nil, isStarting: isStarting,
      at: SystemClock.now())
  }

  private func resolve(requestID: String) async -> (projects: [Project], isComplete: Bool) {
    let resolved = await ResolveProjectsConversation(api: gitlab.api(requestID: requestID), patterns: patterns).converse(
      over: gitlab.transport)
    for problem in resolved.problems {
      log.warning(
        "a project pattern was not resolved; its deployments are known by webhook only until it is",
        metadata: ["pattern": "\(problem.pattern)", "reason": "\(problem.obstacle.reason)", "request_id": "\(requestID)"])
    }
    if let problem = resolved.problems.first { await note(problem.obstacle) }
    let name = gitlab.name
    let found = resolved.named
    let projects = (try? await readers.perform { [gate] in try gate.projects(resolved: found, instance: name, in: $0) }) ?? found
    return (projects, resolved.problems.isEmpty)
  }

  private func round(_ projects: [Project], isEveryProjectKnown: Bool, requestID: String) async {
    var asked = 0
    var isWhole = isEveryProjectKnown
    for project in projects {
      if Task.isCancelled { return }
      let seen = await look(at: project, requestID: requestID)
      asked += seen.asked
      isWhole = isWhole && seen.isWhole
    }
    let name = gitlab.name
    do {
      let followed = try await writer.perform { [gate, isWhole] in
        try gate.endRound(instance: name, isWhole: isWhole, requestID: requestID, in: $0)
      }
      if asked + followed > 0 { courier.ring() }
      log.debug(
        "reconciled",
        metadata: ["projects": "\(projects.count)", "asked": "\(asked)", "followed": "\(followed)", "request_id": "\(requestID)"])
    } catch {
      log.warning("reconcile could not be recorded", metadata: ["reason": "\(error)"])
    }
  }

  /// Keeps what stood in the way. That one project is gone says nothing of the rest.
  private func note(_ obstacle: Obstacle) async {
    guard obstacle.concernsInstance else { return }
    let name = gitlab.name
    try? await writer.perform { [gate] in
      try gate.noteTrouble(instance: name, reason: obstacle.reason, pause: obstacle.pause, in: $0)
    }
  }

  /// Compares GitLab's list of one project with what is known, page by page. Returns how many deployments it asked
  /// about, and whether the whole list was read.
  private func look(at project: Project, requestID: String) async -> (asked: Int, isWhole: Bool) {
    let name = gitlab.name
    var cursor: String?
    var asked = 0
    for _ in 0..<Reconciler.listsPerProject {
      let listing = ListBlockedConversation(api: gitlab.api(requestID: requestID), project: project.id, cursor: cursor)
      switch await listing.converse(over: gitlab.transport) {
      case .success(let found):
        cursor = found.cursor
        do {
          asked += try await writer.perform { [gate] in
            let asked = try gate.reconcile(project: project, blocked: found.deployments, instance: name, requestID: requestID, in: $0)
            try $0.noteContact(instance: name)
            return asked
          }
        } catch {
          log.warning("reconcile could not be recorded", metadata: ["reason": "\(error)"])
          return (asked, false)
        }
        if cursor == nil { return (asked, true) }
      case .failure(let obstacle):
        log.warning(
          "GitLab did not list the blocked deployments",
          metadata: ["project": "\(project.path) (\(project.id))", "reason": "\(obstacle.reason)", "request_id": "\(requestID)"])
        await note(obstacle)
        return (asked, false)
      }
    }
    log.warning(
      "GitLab's list of blocked deployments does not end; only the newest were looked at",
      metadata: ["project": "\(project.path) (\(project.id))", "request_id": "\(requestID)"])
    return (asked, false)
  }
}
