import Calendar
import GitLabSimulator
import Glibc
import HTTPClient
import HTTPMessages
import Synchronization
import TestSupport

/// The whole program on a database file of its own, beside a simulated GitLab: the built binary as a child process, real sockets, real hooks.
///
/// `House.with` opens one, hands it to the story and takes it down whatever happens.
final class House: Sendable {
  let settings: HouseSettings
  let folder = TemporaryFolder()
  let client: HTTPClient
  let gitLabURL: String
  private let state: Mutex<State>

  private struct State {
    var gitlab: SimulatedGitLab
    var child: Child?
    var url = ""
    var starts = 0
    var tokens: [String: String] = [:]
    var hook: Int64?
    var answers: [Response] = []
  }

  var database: String { folder.file("gatehouse.db") }
  var configurationFile: String { folder.file("gatehouse.yaml") }

  /// Opens a house whose server runs, tells the story in it, and closes it. What the server logged is added to what the story throws.
  ///
  /// - Parameter isServing: false for a story that begins with no server, and perhaps never has one.
  static func with(
    _ settings: HouseSettings = HouseSettings(), serving isServing: Bool = true, _ story: (House) async throws -> Void
  ) async throws {
    try await Places.forServers.withPlace {
      let house = try House(settings)
      do {
        if isServing { try await house.start() }
        try await story(house)
      } catch {
        let log = house.log.split(separator: "\n").suffix(40).joined(separator: "\n")
        await house.close()
        throw NeverCame(description: "\(error)\nthe server's last words:\n\(log)")
      }
      await house.close()
    }
  }

  init(_ settings: HouseSettings) throws {
    self.settings = settings
    client = try HTTPClient()
    var world = World.demo(release: settings.release, now: systemTime())
    world.runner = settings.runner
    settings.world(&world)
    let gitlab = SimulatedGitLab(world: world, clock: systemTime, transport: client)
    gitLabURL = try gitlab.start()
    state = Mutex(State(gitlab: gitlab))
    write(HouseSettings.gitLabToken + "\n", toFile: folder.file("gitlab-token"))
    write(HouseSettings.signingToken + "\n", toFile: folder.file("signing-token"))
    configure(settings)
  }

  /// Writes the configuration file; a running server reads it on SIGHUP.
  func configure(_ settings: HouseSettings, database path: String? = nil) {
    write(
      settings.configuration(
        databasePath: path ?? database, gitLabURL: gitLabURL, tokenFile: folder.file("gitlab-token"),
        signingTokenFile: folder.file("signing-token")
      ),
      toFile: configurationFile)
  }

  // MARK: GitLab's life

  var gitlab: SimulatedGitLab { state.withLock { $0.gitlab } }

  /// From now on nothing listens at GitLab's address. What it knows, it keeps.
  func gitLabStops() async { await gitlab.shutDown() }

  func gitLabStartsAgain() throws {
    let world = gitlab.with { $0 }
    let again = SimulatedGitLab(world: world, clock: systemTime, transport: client)
    let port = UInt16(gitLabURL.split(separator: ":").last ?? "") ?? 0
    _ = try again.start(port: port)
    state.withLock { $0.gitlab = again }
  }

  // MARK: The server's life

  var url: String { state.withLock { $0.url } }

  /// Starts the server, waits until it accepts connections, and points GitLab's webhook at it.
  func start() async throws {
    let number = state.withLock { state in
      state.starts += 1
      return state.starts
    }
    let child = try Program.start(
      ["serve", "--config", configurationFile], environment: HouseSettings.environment, in: folder, named: "serve-\(number)")
    state.withLock { $0.child = child }
    let announced = "gatehouse: listening on "
    let url = try await eventually("the server to listen") { () -> Sighting<String> in
      if let line = child.outputText.split(separator: "\n").first(where: { $0.hasPrefix(announced) }) {
        return .found(String(line.dropFirst(announced.count)))
      }
      if let ending = child.ending { throw NeverCame(description: "the server ended with \(ending): \(child.errorText)") }
      return .notYet(child.errorText)
    }
    state.withLock { $0.url = url }
    aimHook(at: url + "/webhooks/gitlab")
  }

  private func aimHook(at url: String) {
    let known = state.withLock { $0.hook }
    let hook = gitlab.with { world -> Int64? in
      guard !settings.events.isEmpty else { return nil }
      if let known {
        world.hooks[known].url = url
        return known
      }
      return world.addHook(
        url: url, token: settings.proof == .token ? HouseSettings.webhookToken : nil,
        signingToken: settings.proof == .signature ? HouseSettings.signingToken : nil, events: settings.events)
    }
    state.withLock { $0.hook = hook }
  }

  /// kill -9, as a machine that loses power would.
  func crash() { state.withLock { $0.child }?.end() }

  var processID: pid_t? { state.withLock { $0.child }?.pid }

  func signal(_ number: Int32) { state.withLock { $0.child }?.signal(number) }

  /// How the server has ended; nil while it runs.
  var hasEnded: Ending? { state.withLock { $0.child }?.ending }

  /// Waits until the server has ended, and says how.
  func ending() async throws -> Ending {
    let child = state.withLock { $0.child }
    return try await eventually("the server to end") { child?.ending.map(Sighting.found) ?? .notYet("it runs") }
  }

  /// All that the servers of this house have logged so far, the oldest first.
  var log: String { output(".err") }

  /// All that they have printed.
  var printed: String { output(".out") }

  private func output(_ suffix: String) -> String {
    (1...max(1, state.withLock { $0.starts })).map { text(ofFile: folder.file("serve-\($0)\(suffix)")) }.joined()
  }

  /// Everything that the servers of this house have answered to the story.
  var answers: [Response] { state.withLock { $0.answers } }

  func note(_ answer: Response) { state.withLock { $0.answers.append(answer) } }

  func close() async {
    crash()
    await gitlab.shutDown()
    await client.shutDown()
  }

  // MARK: Tokens

  /// The token of a person, made by `gatehouse token create` when it is first asked for.
  func token(of user: String) async throws -> String {
    if let known = state.withLock({ $0.tokens[user] }) { return known }
    let roles = ["olga": "operator", "audrey": "auditor", "vera": "viewer", "adam": "admin"]
    let run = try await command(["token", "create", "--user", user, "--role", roles[user] ?? "approver", "--json"])
    guard let token = run.json?["token"]?.string else { throw NeverCame(description: "no token for \(user): \(run.output) \(run.errors)") }
    state.withLock { $0.tokens[user] = token }
    return token
  }

  var tokens: [String] { state.withLock { Array($0.tokens.values) } }

  /// Runs another verb of the program on this house's configuration.
  func command(_ arguments: [String], as user: String? = nil) async throws -> Program.Run {
    var environment = HouseSettings.environment
    environment["GATEHOUSE_CONFIG"] = configurationFile
    if let user {
      environment["GATEHOUSE_URL"] = url
      environment["GATEHOUSE_TOKEN"] = try await token(of: user)
    }
    return try await Program.run(arguments, environment: environment, in: folder)
  }
}

let systemTime: @Sendable () -> Instant = {
  var time = timespec()
  clock_gettime(CLOCK_REALTIME, &time)
  return Instant(milliseconds: Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000)
}
