import ChangeControl
import Configuration
import Gate
import GitLabSimulator
import Glibc
import HTTPClient
import HTTPServer
import Logging
import NetworkAddresses
import Storage

/// A gate and a simulated GitLab side by side, in one process, on an embedded database that is gone afterwards.
struct Demonstration: Sendable {
  enum Ending: Sendable {
    case right
    case wrong(String)
  }

  let folder: String
  let gitlab: SimulatedGitLab
  let gitlabURL: String
  let server: GatehouseServer
  let url: String
  let hookClient: HTTPClient
  let tokens: [String: String]
  /// Somebody's own, to be tried; nil for the demo's.
  let rules: Rules?
  let narrator: Narrator

  /// Starts GitLab, then the gate, then points GitLab's webhook at it.
  static func open(listen: ListenAddress?, rules: Rules?) async throws -> Demonstration {
    let folder = try makeFolder()
    let hookClient = try HTTPClient()
    var world = World.demo(now: SystemClock.now())
    world.runner = .init(picksUpAfter: .milliseconds(400), runsFor: .milliseconds(1_200))
    let gitlab = SimulatedGitLab(world: world, clock: SystemClock.now, transport: hookClient)
    let gitlabURL = try gitlab.start()
    let address = listen ?? .tcp(host: "127.0.0.1", port: 8_080)
    let server: GatehouseServer
    let url: String
    do {
      (server, url) = try start(at: address, rules: rules, folder: folder, gitlabURL: gitlabURL)
    } catch ListenError.addressInUse where listen == nil {
      (server, url) = try start(at: .tcp(host: "127.0.0.1", port: 0), rules: rules, folder: folder, gitlabURL: gitlabURL)
    } catch {
      await gitlab.shutDown()
      await hookClient.shutDown()
      removeFolder(folder)
      throw Failure.usage("\(error)")
    }
    gitlab.with { _ = $0.addHook(url: url + "/webhooks/gitlab") }
    var tokens: [String: String] = [:]
    for (user, role) in rules?.people ?? [("alice", Role.approver), ("bob", .approver), ("olga", .operator), ("audrey", .auditor)] {
      tokens[user] = try await server.makeToken(user: user, role: role, lifetime: .seconds(86_400))
    }
    printLine("gatehouse: listening on \(url)")
    return Demonstration(
      folder: folder, gitlab: gitlab, gitlabURL: gitlabURL, server: server, url: url, hookClient: hookClient, tokens: tokens,
      rules: rules, narrator: Narrator())
  }

  private static func start(
    at address: ListenAddress, rules: Rules?, folder: String, gitlabURL: String
  ) throws -> (GatehouseServer, url: String) {
    var configuration = try Configuration.parse(
      configurationText(databasePath: folder + "/gatehouse.db", gitlabURL: gitlabURL),
      file: "demo.yaml",
      environment: ["DEMO_GITLAB_TOKEN": Demo.token, "DEMO_WEBHOOK_TOKEN": Demo.webhookToken])
    rules?.replace(those: &configuration.plan)
    // What goes wrong is worth a line; the story itself is told by the narrator.
    let log = Logger(label: "demo") { _ in LineLogHandler(logLevel: .error, format: .text) }
    let server = try GatehouseServer(configuration: configuration, log: log)
    return (server, try server.start(at: [address]).compactMap(\.url).first ?? "")
  }

  private static func configurationText(databasePath: String, gitlabURL: String) -> String {
    """
    database: {path: "\(databasePath)"}
    gitlab:
      - name: main
        url: \(gitlabURL)
        token: {env: DEMO_GITLAB_TOKEN}
        webhook_token: {env: DEMO_WEBHOOK_TOKEN}
        reconcile_every: 5s
    services:
      - {id: checkout, name: Checkout, instance: main, projects: ["acme/payments/*"], gate: {tiers: [production]}, workflow: simple,
         change_type: normal, policy: one-person}
    groups: {release-managers: [alice, bob]}
    policies:
      one-person: {approval_rules: [{group: release-managers, required_approvals: 1}], prevent_self_approval: true}
    """
  }

  private static func makeFolder() throws -> String {
    var template = Array((environmentVariable("TMPDIR") ?? "/tmp").utf8CString.dropLast() + "/gatehouse-demo-XXXXXX".utf8CString)
    let made = template.withUnsafeMutableBufferPointer { buffer in buffer.baseAddress.flatMap { mkdtemp($0) } }
    guard made != nil else { throw Failure.no("no temporary folder can be made; set TMPDIR to one that can be written") }
    return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Somebody pushes a commit; its pipeline's deployment to production is blocked.
  func startDeployment(_ title: String) -> StartedPipeline {
    gitlab.with { $0.startPipeline(environment: "production", triggeredBy: "dana", commitTitle: title) }
  }

  func close() async {
    await server.shutDown()
    await gitlab.shutDown()
    await hookClient.shutDown()
    Demonstration.removeFolder(folder)
  }

  private static func removeFolder(_ folder: String) {
    for name in ["gatehouse.db", "gatehouse.db-wal", "gatehouse.db-shm", "gatehouse.db.lock"] { unlink("\(folder)/\(name)") }
    rmdir(folder)
  }
}
