import Calendar
import ChangeControl
import Configuration
import GitLab
import Logging
import Storage
import Web

/// Sees to it that the server never runs out of an access token, where `rotate_token_before` asks for it: rotates one before its end, and takes into
/// use what its file has, whoever put it there.
///
/// It lives beside the loops, for a new token is a new configuration to them.
final class TokenKeeper: Sendable {
  /// How soon a token that somebody has put into its file is used.
  static let lookEvery: Duration = .seconds(60)
  /// How long what GitLab said of a token's end is believed: somebody may have shortened its life.
  static let askEvery: Duration = .seconds(86_400)
  /// The first pause after a failure; each is twice the one before, up to `askEvery`. A token has weeks left when the first try is made.
  static let pause: Duration = .seconds(3_600)
  /// The same where GitLab could not even be asked: nothing was tried.
  static let unreachablePause: Duration = .seconds(300)
  /// How often, a second apart, it is tried at once to write down a token that is nowhere else; then with each look.
  static let writings = 30

  /// What is known of one GitLab's token.
  struct Watch {
    var notice: Duration
    var token: String
    var nextAsk = Instant(milliseconds: 0)
    var failures = 0
    /// How often somebody else was at work on it, one time after another.
    var lockouts = 0
    /// Whether what a process before had begun is at its end.
    var isSettled = false
    /// What the file has and GitLab does not take: asking for it again and again would shut this address out (GitLab.com does).
    var useless: String?
    /// What the file had when it could not be written, while the one in use is in this process alone.
    var unwrittenOver: String?

    /// Whether GitLab may be asked. No pause is longer than `askEvery`: what is due later than that was reckoned while the clock was ahead.
    func isDue(at now: Instant) -> Bool { nextAsk <= now || nextAsk > now + TokenKeeper.askEvery }
  }

  let configuration: @Sendable () -> Configuration
  private let use: @Sendable (_ token: Secret, _ instance: String) async -> Void
  let log: Logger
  private let counts: EventCounts
  private let lookEvery: Duration
  private let writings: Int

  /// - Parameters:
  ///   - configuration: the one in force.
  ///   - counts: what `/metrics` tells of rotations.
  ///   - use: takes a token into use in place of the one in force.
  init(
    configuration: @escaping @Sendable () -> Configuration, counts: EventCounts = EventCounts(), log: Logger,
    lookEvery: Duration = TokenKeeper.lookEvery, writings: Int = TokenKeeper.writings,
    use: @escaping @Sendable (_ token: Secret, _ instance: String) async -> Void
  ) {
    self.configuration = configuration
    self.log = log
    self.counts = counts
    self.lookEvery = lookEvery
    self.writings = writings
    self.use = use
  }

  /// Runs until the task is cancelled; then hears out what is under way, for the only copy of a token may be in an answer.
  func run() async {
    var watches: [String: Watch] = [:]
    while !Task.isCancelled {
      let configuration = configuration()
      for instance in configuration.gitlab {
        guard let notice = instance.setup.rotateTokenBefore, let file = instance.token.file, !Task.isCancelled else { continue }
        let known = await watch(of: instance, watches[instance.name], notice)
        watches[instance.name] = await Task { await self.look(after: instance, file, known, configuration) }.value
      }
      try? await Task.sleep(for: lookEvery)
    }
    for (name, watch) in watches where watch.unwrittenOver != nil { writeLast(watch, of: name) }
  }

  /// What is known of the token in use. A reload brings back what the file has: a token that could not be written yet stays in use.
  private func watch(of instance: Configuration.GitLabInstance, _ known: Watch?, _ notice: Duration) async -> Watch {
    let token = instance.token.reveal()
    if let known, known.unwrittenOver == token { await use(instance.token.replaced(by: known.token), instance.name) }
    if let known, known.token == token || known.unwrittenOver == token, known.notice == notice || known.unwrittenOver != nil {
      return known
    }
    return Watch(notice: notice, token: token)
  }

  private func look(
    after instance: Configuration.GitLabInstance, _ file: SecretFile, _ known: Watch, _ configuration: Configuration
  ) async -> Watch {
    var watch = known
    let now = SystemClock.now()
    if watch.unwrittenOver != nil { return write(watch, instance, file, configuration) }
    do {
      let written = try file.read().flatMap { [watch.token, watch.useless].contains($0) ? nil : $0 }
      guard written != nil || watch.isDue(at: now) else { return watch }
      let looking = try session(instance, configuration, isWriting: false)
      defer {
        let client = looking.client
        Task { await client.shutDown() }
      }
      if let written { return await consider(written, watch, instance, file, looking) }
      if !watch.isSettled {
        try await bringIn(instance, file, configuration)
        watch.isSettled = try await isSettled(instance, configuration, looking.database)
        if let written = try file.read(), written != watch.token {
          return await take(written, instance, told: "the access token of a rotation that was cut off is used from now on", file)
        }
      }
      switch await probe(looking, watch.token).token {
      case .success(let token):
        let due = token.isActive ? token.rotationDue(watch.notice) : now
        guard let due, due <= now else {
          watch.nextAsk = min(due ?? .init(milliseconds: .max), now + TokenKeeper.askEvery)
          (watch.failures, watch.lockouts) = (0, 0)
          return watch
        }
        if let next = try nextTrial(of: token, instance.name, looking.database, at: now), next > now {
          // Of a process before: one that starts again and again does not ask again and again.
          watch.nextAsk = next
          return watch
        }
      case .failure(.refused) where instance.adminToken != nil: break
      case .failure(.refused(let reason)): throw Failure.no("\(reason); set GATEHOUSE_SETUP_TOKEN and run `gatehouse setup rotate-token`")
      case .failure:
        watch.nextAsk = now + TokenKeeper.unreachablePause
        return watch
      }
      return try await rotate(instance, file, configuration)
    } catch let failure as Failure where failure.isPassing {
      return giveWay(watch, instance, failure)
    } catch {
      let pause = min(TokenKeeper.pause * (1 << min(watch.failures, 5)), TokenKeeper.askEvery)
      watch.failures += 1
      watch.nextAsk = now + pause
      counts.count(.failed, instance: instance.name)
      log.error(
        "the access token was not rotated; `gatehouse setup rotate-token` does it by hand, `gatehouse check` says when it ends",
        metadata: [
          "instance": "\(instance.name)", "reason": "\(terminalSafe((error as? Failure)?.message ?? "\(error)"))",
          "next": "\(watch.nextAsk.iso8601)",
        ])
      return watch
    }
  }

  /// Takes what somebody put into the file, if it serves; what does not is left to a reload, which says what is wrong with it.
  private func consider(
    _ written: String, _ known: Watch, _ instance: Configuration.GitLabInstance, _ file: SecretFile, _ looking: SetupSession
  ) async -> Watch {
    var watch = known
    let answer: Result<ProbeReport.Token, Obstacle>? = isToken(written) ? await probe(looking, written).token : nil
    switch answer {
    case .success(let token) where token.canDecide:
      return await take(written, instance, told: "the access token in the file is another one; it is used from now on", file)
    case .failure(.retry): return watch
    case .success, .failure, nil:
      watch.useless = written
      log.warning(
        "the file has another access token than the one in use, and GitLab does not take it; the old one stays in use",
        metadata: ["instance": "\(instance.name)", "file": "\(terminalSafe(file.path))"])
      return watch
    }
  }

  private func rotate(_ instance: Configuration.GitLabInstance, _ file: SecretFile, _ configuration: Configuration) async throws -> Watch {
    var session = try session(instance, configuration, isWriting: true)
    defer {
      let client = session.client
      Task { await client.shutDown() }
    }
    let old = instance.token.reveal()
    // Under the lock: somebody at a terminal may have been faster.
    if let written = try file.read(), written != old { return Watch(notice: known(instance), token: old) }
    session.writings = writings
    do {
      try await session.rotateToken()
    } catch {
      // What serves is used, even where it could not be written down; and written as soon as it can be.
      guard let new = session.token, new != old else { throw error }
      await use(instance.token.replaced(by: new), instance.name)
      counts.count(.done, instance: instance.name)
      var watch = Watch(notice: known(instance), token: new)
      guard (try? file.read()) != new else { throw error }
      watch.unwrittenOver = old
      log.critical(
        "the access token was rotated, and the new one could not be written: do not stop this server, which alone has it",
        metadata: [
          "instance": "\(instance.name)", "file": "\(terminalSafe(file.path))",
          "remedy": "make room, and let this user write in its folder; it is tried again every minute",
          "reason": "\(terminalSafe((error as? Failure)?.message ?? "\(error)"))",
        ])
      return watch
    }
    guard let new = session.token, new != old else { throw Failure.no("GitLab \(instance.name) made no new token") }
    tell(session.left, instance)
    counts.count(.done, instance: instance.name)
    return await take(new, instance, told: "the access token was rotated; the new one is used from now on", file)
  }

  private func take(_ token: String, _ instance: Configuration.GitLabInstance, told sentence: Logger.Message, _ file: SecretFile) async
    -> Watch
  {
    await use(instance.token.replaced(by: token), instance.name)
    log.notice(sentence, metadata: ["instance": "\(instance.name)", "file": "\(terminalSafe(file.path))"])
    return Watch(notice: known(instance), token: token)
  }

  private func known(_ instance: Configuration.GitLabInstance) -> Duration { instance.setup.rotateTokenBefore ?? .zero }

  private func probe(_ session: SetupSession, _ token: String) async -> ProbeReport {
    await ProbeConversation(api: session.api(token)).converse(over: session.client)
  }

  func session(
    _ instance: Configuration.GitLabInstance, _ configuration: Configuration, isWriting: Bool
  ) throws -> SetupSession {
    let database = try refusing { try Connection(path: configuration.database.path, access: isWriting ? .readWrite : .readOnly) }
    var session = try SetupSession(
      instance: instance, configuration: configuration, personToken: instance.adminToken?.reveal(), database: database,
      isWriting: isWriting, report: SetupReport(instance: instance.name, form: .nothing))
    (session.isUnattended, session.isServers) = (true, true)
    return session
  }

  /// From when on GitLab may be asked again, where what it was asked for last did not come about. Of one whose answer was lost the token that serves
  /// tells that it was not done, as soon as GitLab can be at it no more.
  private func nextTrial(
    of token: ProbeReport.Token, _ instance: String, _ database: Connection?, at now: Instant
  ) throws -> Instant? {
    guard let database else { return nil }
    let records = try refusing {
      try database.reading(at: now) { reading in
        try [SetupRecord.State.abandoned, .intended].flatMap { try reading.setupRecords(instance: instance, state: $0) }
      }
    }
    // What was written while the clock was ahead keeps nothing until then.
    let trials = records.filter { SetupTrace($0.trace)?.isOwnRotation == true && $0.updatedAt <= now }
    guard let last = trials.max(by: { $0.updatedAt < $1.updatedAt }) else { return nil }
    let isLost = last.state == .intended && token.id != nil && SetupTrace(last.trace).flatMap(LostRotation.init)?.old == token.id
    return last.updatedAt + (isLost ? SetupJournal.mayComeFor : TokenKeeper.pause)
  }
}
