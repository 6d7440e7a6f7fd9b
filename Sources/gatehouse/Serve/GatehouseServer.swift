import ChangeControl
import Configuration
import Gate
import GitLab
import HTTPClient
import HTTPServer
import Logging
import NetworkAddresses
import Storage
import Synchronization
import Web

/// The whole server: database, listener, and for each GitLab a courier and a reconciler. Put together here and nowhere else.
final class GatehouseServer: Sendable {
  private let lock: DatabaseLock
  /// What the process was started with.
  private let started: Configuration
  let writer: Writer
  let readers: Readers
  private let tokenUses = TokenUses()
  private let counts = EventCounts()
  /// Where the configuration was read; nil where nothing is checked beside the server.
  private let path: String?
  /// Ring after each commit, one for each who listens.
  private let commits: Bell
  private let turns: GateTurnLog
  private let log: Logger
  private let state: Mutex<State>
  /// Replaced with the configuration, and before the loops of the former one have ended.
  private let gate: GateInForce

  private struct State {
    var configuration: Configuration
    var server: HTTPServer?
    /// Where it listens, once it does.
    var addresses: [ListenAddress] = []
    var desk: FrontDesk?
    var loops: Loops?
    var feed: EventFeed?
    var feeding: Task<Void, Never>?
    var telling: Task<Void, Never>?
    var keeping: Task<Void, Never>?
    /// The last change of what is in force: the next begins after it.
    var change: Task<Void, any Error>?
  }

  /// Opens the database (creating and migrating it), and gives back what a dead process had claimed. Throws when another server has it.
  ///
  /// - Parameter configurationPath: where the configuration was read, to check what the gate stands on; nil for no such checks.
  init(configuration: Configuration, from configurationPath: String? = nil, log: Logger) throws {
    self.path = configurationPath
    let path = configuration.database.path
    lock = try DatabaseLock(databasePath: path)
    let (commits, turned) = (Bell(), Bell())
    self.commits = commits
    writer = try Writer(path: path, clock: SystemClock.now) { connection in
      let report = try Migrator.migrate(connection)
      if !report.applied.isEmpty { log.info("database migrated", metadata: ["applied": "\(report.applied.joined(separator: ", "))"]) }
      let released = try connection.transaction(at: SystemClock.now()) { try $0.releaseLeases() }
      if released > 0 {
        log.info("callbacks that were under way when the last process ended are taken up again", metadata: ["count": "\(released)"])
      }
    } committed: {
      commits.ring()
      turned.ring()
    }
    // Two, so that one long search does not hold up all other reads.
    readers = try Readers(path: path, count: 2, clock: SystemClock.now)
    let end = try Connection(path: path, access: .readOnly).reading(at: SystemClock.now()) { try GateTurnLog.Position(endOf: $0) }
    turns = GateTurnLog(after: end, readers: readers, commits: turned, counts: counts, log: log)
    self.log = log
    started = configuration
    gate = GateInForce(Gate(plan: configuration.plan))
    state = Mutex(State(configuration: configuration))
  }

  /// Binds, listens and starts the loops. Returns where, with the real ports.
  ///
  /// - Parameter inherited: sockets that listen already.
  func start(at addresses: [ListenAddress], inherited: [Int32] = []) throws -> [ListenAddress] {
    var configuration = state.withLock { $0.configuration }
    for warning in configuration.warnings { log.warning("configuration", metadata: ["warning": "\(warning)"]) }
    let limits = Limits(configuration.server.limits)
    let openFiles = OpenFiles.allow(limits.openFiles)
    if openFiles < limits.openFiles {
      log.warning(
        "fewer connections than configured: the process may not open that many files; raise LimitNOFILE of its unit, or lower the connections",
        metadata: ["open_files": "\(openFiles)", "needed": "\(limits.openFiles)", "connections": "\(limits.connections)"])
    }
    let application = try application(for: configuration)
    // Whatever listens, half of the connections stay for webhooks and people.
    let listeners = limits.connections(within: openFiles) / 2
    let feed = EventFeed(application: application, readers: readers, commits: commits, limit: listeners, log: log)
    let desk = FrontDesk(
      application: application, writer: writer, readers: readers, feed: feed, log: log,
      wroteSomething: { [weak self] in self?.ringAll() }, errands: { [weak self] in self?.state.withLock { $0.loops }?.errands })
    let server = HTTPServer(
      addresses: addresses, inherited: inherited, trusting: configuration.server.trustedProxies, limits: limits, handler: desk
    ) { [log] event in log.notice("\(event.message)") }
    let bound = try server.start()
    configuration.listens(at: bound)
    warnOfLinks(from: configuration, listeningAt: bound)
    gate.replace(with: Gate(plan: configuration.plan))
    desk.replace(with: try self.application(for: configuration))
    let loops = try loops(for: configuration)
    loops.start(tokenUses: tokenUses)
    state.withLock { [configuration] state in
      state.configuration = configuration
      state.server = server
      state.addresses = bound
      state.desk = desk
      state.loops = loops
      state.feed = feed
      state.feeding = Task { await feed.run() }
      state.telling = Task { [turns] in await turns.run() }
      state.keeping = Task { [keeper = keeper(configuration)] in await keeper.run() }
    }
    return bound
  }

  /// Takes a new configuration into force: rules, secrets and instances. The address and the database stay until a restart.
  func reload(_ configuration: Configuration) async throws {
    try await inTurn {
      self.warn(of: configuration)
      try await self.replace { _ in configuration }
      self.log.notice("configuration read anew")
    }
  }

  private func warn(of configuration: Configuration) {
    let limits = zip(configuration.server.limits.listener, started.server.limits.listener).map {
      ("server.limits.\($0.key)", $0.value, $1.value)
    }
    for (key, new, inForce) in [
      ("server.listen", configuration.server.listenText, started.server.listenText),
      ("database.path", configuration.database.path, started.database.path),
    ] + limits where new != inForce {
      log.warning(
        "this key changes only with a restart; everything else of the new configuration is in force",
        metadata: ["key": "\(key)", "new": "\(new)", "in_force": "\(inForce)"])
    }
    for warning in configuration.warnings { log.warning("configuration", metadata: ["warning": "\(warning)"]) }
  }

  /// One change of what is in force at a time.
  private func inTurn(_ body: @escaping @Sendable () async throws -> Void) async throws {
    let task = state.withLock { state in
      let task = Task { [previous = state.change] in
        _ = await previous?.result
        try await body()
      }
      state.change = task
      return task
    }
    try await task.value
  }

  private func replace(with successor: (Configuration) -> Configuration) async throws {
    let former = state.withLock { $0.configuration }
    var configuration = successor(former)
    configuration.listens(at: state.withLock { $0.addresses })
    let (application, loops) = (try application(for: configuration), try loops(for: configuration))
    // Before anything is decided by the new rules: what turns by them waits no more, and would not be told.
    await ReloadReport(former: Gate(plan: former.plan), current: Gate(plan: configuration.plan), log: log).tell(from: readers)
    let (previous, server) = state.withLock { [configuration] state in
      state.configuration = configuration
      gate.replace(with: Gate(plan: configuration.plan))
      state.desk?.replace(with: application)
      defer { state.loops = loops }
      return (state.loops, state.server)
    }
    await server?.trust(configuration.server.trustedProxies)
    await previous?.stop()
    // What was being written down by the former rules is, and what comes after asks for those in force (`FrontDesk`).
    try? await writer.perform { _ in }
    loops.start(tokenUses: tokenUses)
  }

  private func keeper(_ configuration: Configuration) -> TokenKeeper {
    TokenKeeper(
      configuration: { [weak self] in self?.state.withLock { $0.configuration } ?? configuration }, counts: counts, log: log,
      use: { [weak self] in await self?.use($0, for: $1) })
  }

  private func use(_ token: Secret, for instance: String) async {
    try? await inTurn {
      try await self.replace { current in
        var next = current
        // A reload in between may have named another place for it: that one stays.
        for index in next.gitlab.indices where next.gitlab[index].name == instance && next.gitlab[index].token.place == token.place {
          next.gitlab[index].token = token
        }
        return next
      }
    }
  }

  /// Stops accepting, lets requests and conversations under way finish, closes the database.
  func shutDown() async {
    let (server, feed) = state.withLock { ($0.server, $0.feed) }
    let (feeding, telling, keeping) = state.withLock { ($0.feeding, $0.telling, $0.keeping) }
    keeping?.cancel()
    // Whoever listens would hold up the drain.
    feed?.close()
    await server?.shutDown()
    feeding?.cancel()
    await feeding?.value
    // It may have the only copy of a token in hand; and it replaces loops.
    await keeping?.value
    await state.withLock { $0.loops }?.stop()
    await Loops.flush(tokenUses, to: writer)
    telling?.cancel()
    await telling?.value
    await turns.finish()
    readers.close()
    writer.close()
  }

  /// What the configuration has warned of already is not said again.
  private func warnOfLinks(from configuration: Configuration, listeningAt addresses: [ListenAddress]) {
    guard configuration.server.publicURL == nil, !addresses.contains(where: { $0.url != nil }),
      configuration.server.listen.contains(where: { $0.url != nil })
    else { return }
    log.warning(
      "server.public_url is missing, and a Unix socket has no address that links could lead to; add it",
      metadata: ["links_lead_to": "\(configuration.plan.publicURL)"])
  }

  private func loops(for configuration: Configuration) throws -> Loops {
    try Loops(configuration: configuration, from: path, deciding: gate, writer: writer, readers: readers, log: log)
  }

  private func ringAll() { state.withLock { $0.loops }?.ring() }

  private func application(for configuration: Configuration) throws -> Application {
    try Application(for: configuration, tokenUses: tokenUses, counts: counts, log: log)
  }
}

extension Configuration {
  /// Without a `public_url` links lead to where the server really listens: `--listen` and port 0 are known by now.
  fileprivate mutating func listens(at addresses: [ListenAddress]) {
    plan.publicURL = server.publicURL(listeningAt: addresses)
  }
}

extension Configuration.Server {
  fileprivate var listenText: String { listen.map(\.description).joined(separator: ", ") }
}
