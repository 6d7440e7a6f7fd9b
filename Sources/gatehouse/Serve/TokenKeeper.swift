import Calendar
import ChangeControl
import Configuration
import GitLab
import Logging
import Storage

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

  /// What is known of one GitLab's token.
  private struct Watch {
    var notice: Duration
    var token: String
    var nextAsk = Instant(milliseconds: 0)
    var failures = 0
    /// Whether what a process before had begun is at its end.
    var isSettled = false
    /// What the file has and GitLab does not take: asking for it again and again would shut this address out (GitLab.com does).
    var useless: String?
  }

  private let configuration: @Sendable () -> Configuration
  private let use: @Sendable (_ token: Secret, _ instance: String) async -> Void
  private let log: Logger

  /// - Parameters:
  ///   - configuration: the one in force.
  ///   - use: takes a token into use in place of the one in force.
  init(
    configuration: @escaping @Sendable () -> Configuration, log: Logger,
    use: @escaping @Sendable (_ token: Secret, _ instance: String) async -> Void
  ) {
    self.configuration = configuration
    self.log = log
    self.use = use
  }

  /// Runs until the task is cancelled; then hears out what is under way, for the only copy of a token may be in an answer.
  func run() async {
    var watches: [String: Watch] = [:]
    while !Task.isCancelled {
      let configuration = configuration()
      for instance in configuration.gitlab {
        guard let notice = instance.setup.rotateTokenBefore, let file = instance.token.file, !Task.isCancelled else { continue }
        var watch = watches[instance.name] ?? Watch(notice: notice, token: instance.token.reveal())
        if watch.notice != notice || watch.token != instance.token.reveal() {
          watch = Watch(notice: notice, token: instance.token.reveal())
        }
        let known = watch
        watches[instance.name] = await Task { await self.look(after: instance, file, known, configuration) }.value
      }
      try? await Task.sleep(for: TokenKeeper.lookEvery)
    }
  }

  private func look(
    after instance: Configuration.GitLabInstance, _ file: SecretFile, _ known: Watch, _ configuration: Configuration
  ) async -> Watch {
    var watch = known
    let now = SystemClock.now()
    do {
      let written = try file.read().flatMap { [watch.token, watch.useless].contains($0) ? nil : $0 }
      guard written != nil || watch.nextAsk <= now else { return watch }
      let looking = try session(instance, configuration, isWriting: false)
      defer {
        let client = looking.client
        Task { await client.shutDown() }
      }
      if let written { return await consider(written, watch, instance, file, looking) }
      if !watch.isSettled {
        try await settle(instance, configuration, looking.database)
        watch.isSettled = true
        if let written = try file.read(), written != watch.token {
          return await take(written, instance, told: "the access token of a rotation that was cut off is used from now on", file)
        }
      }
      switch await probe(looking, watch.token).token {
      case .success(let token):
        let due = token.isActive ? token.rotationDue(watch.notice) : now
        guard let due, due <= now else {
          watch.nextAsk = min(due ?? .init(milliseconds: .max), now + TokenKeeper.askEvery)
          watch.failures = 0
          return watch
        }
        if let last = try lastTrial(instance.name, looking.database), last + TokenKeeper.pause > now {
          // Of a process before: one that starts again and again does not ask again and again.
          watch.nextAsk = last + TokenKeeper.pause
          return watch
        }
      case .failure(.refused) where instance.adminToken != nil: break
      case .failure(.refused(let reason)): throw Failure.no("\(reason); set GATEHOUSE_SETUP_TOKEN and run `gatehouse setup rotate-token`")
      case .failure:
        watch.nextAsk = now + TokenKeeper.unreachablePause
        return watch
      }
      return try await rotate(instance, file, configuration)
    } catch {
      let pause = min(TokenKeeper.pause * (1 << min(watch.failures, 5)), TokenKeeper.askEvery)
      watch.failures += 1
      watch.nextAsk = now + pause
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
    do {
      try await session.rotateToken()
    } catch {
      // What serves is used, even where it could not be written down.
      if let new = session.token, new != old { await use(instance.token.replaced(by: new), instance.name) }
      throw error
    }
    guard let new = session.token, new != old else { throw Failure.no("GitLab \(instance.name) made no new token") }
    return await take(new, instance, told: "the access token was rotated; the new one is used from now on", file)
  }

  /// Only with an administrator's token can a rotation be cut off with two tokens that serve, and only with it the one too many can go.
  private func settle(_ instance: Configuration.GitLabInstance, _ configuration: Configuration, _ database: Connection?) async throws {
    guard instance.adminToken != nil, let database else { return }
    let isCutOff = try refusing {
      try database.reading(at: SystemClock.now()) { reading in
        try reading.setupRecords(instance: instance.name, state: .intended).compactMap { SetupTrace($0.trace) }
          .contains { $0.change.kind == .token && !$0.isOwnRotation }
      }
    }
    guard isCutOff else { return }
    var session = try session(instance, configuration, isWriting: true)
    defer {
      let client = session.client
      Task { await client.shutDown() }
    }
    try await session.settleCutOffRotation()
    log.notice("a rotation of the access token that was cut off is at its end", metadata: ["instance": "\(instance.name)"])
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

  private func session(
    _ instance: Configuration.GitLabInstance, _ configuration: Configuration, isWriting: Bool
  ) throws -> SetupSession {
    let database = try refusing { try Connection(path: configuration.database.path, access: isWriting ? .readWrite : .readOnly) }
    var session = try SetupSession(
      instance: instance, configuration: configuration, personToken: instance.adminToken?.reveal(), database: database,
      isWriting: isWriting, report: SetupReport(instance: instance.name, form: .nothing))
    session.isUnattended = true
    return session
  }

  /// When GitLab was last asked for a rotation that did not come about.
  private func lastTrial(_ instance: String, _ database: Connection?) throws -> Instant? {
    guard let database else { return nil }
    return try refusing {
      try database.reading(at: SystemClock.now()) { reading in
        try [SetupRecord.State.abandoned, .intended].flatMap { try reading.setupRecords(instance: instance, state: $0) }
          .filter { SetupTrace($0.trace)?.isOwnRotation == true }.map(\.updatedAt).max()
      }
    }
  }

  /// A token travels in a header field.
  private func isToken(_ text: String) -> Bool { !text.isEmpty && text.utf8.allSatisfy { (0x21..<0x7F).contains($0) } }
}
