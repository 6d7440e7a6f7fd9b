import CSQLite
import Calendar
import ChangeControl
import GitLabSimulator
import Glibc
import HTTPMessages
import JSON

/// The built server as it is installed, with the settings it comes with, on a database of its own, beside a simulated GitLab in which one
/// deployment waits.
final class Gatehouse {
  let port: UInt16
  let process: Process
  /// From the start of the process to its first answer: on a database that is there, and on a new one, which is made first.
  let secondsToAnswer: Double
  let secondsToAnswerWhenNew: Double
  /// Once it has spoken with GitLab, and opened a change.
  private(set) var idleMemory = 0.0
  private let gitlab: SimulatedGitLab
  private let database: String
  private let output: String
  private var token = ""

  private static let secret = "bench-webhook-token"

  init(program: String, folder: String) throws {
    var world = World.demo(now: Gatehouse.clock())
    world.startPipeline(environment: "production", triggeredBy: "dana", commitTitle: "Raise checkout timeout")
    gitlab = SimulatedGitLab(world: world, clock: Gatehouse.clock, transport: NoHooks())
    let url = try gitlab.start()
    database = folder + "/gatehouse.db"
    let configuration = folder + "/gatehouse.yaml"
    try Files.write(Array(Gatehouse.configuration(database: database, gitLab: url).utf8), to: configuration)
    let environment = ["BENCH_TOKEN=\(Demo.token)", "BENCH_WEBHOOK_TOKEN=\(Gatehouse.secret)"]
    let output = folder + "/serve.out"
    self.output = output
    let arguments = [program, "serve", "--config", configuration]
    let first = try Gatehouse.start(arguments, environment, output)
    secondsToAnswerWhenNew = first.seconds
    first.process.end()
    (process, port, secondsToAnswer) = try Gatehouse.start(arguments, environment, output)

    let tokenFile = folder + "/token"
    let making = try Process(
      [program, "token", "create", "--user", "vera", "--role", "viewer", "--json", "--config", configuration], environment: environment,
      output: tokenFile)
    guard making.wait() == 0, let token = try JSONValue.parse(Files.read(tokenFile) ?? [])["token"]?.string else {
      throw Trouble("no token: \(Files.text(tokenFile + ".err"))")
    }
    self.token = token
  }

  private static func start(
    _ arguments: [String], _ environment: [String], _ output: String
  ) throws -> (process: Process, port: UInt16, seconds: Double) {
    let began = now()
    let process = try Process(arguments, environment: environment, output: output)
    let port = try eventually("the server to listen") {
      Files.text(output).split(separator: "\n").first.flatMap { UInt16($0.split(separator: ":").last ?? "") }
    }
    _ = try Socket.ask(port: port, get("/healthz"))
    return (process, port, now() - began)
  }

  /// Waits for the change request of the deployment that waits; then GitLab asks for quiet, so that what is measured is the gate's own work and
  /// not a GitLab's in the same machine.
  func settle() throws {
    let change = change
    _ = try eventually("CHG-1") { try Socket.ask(port: port, change).status == 200 ? true : nil }
    // Until it has looked at what it stands on, and given back what that took.
    _ = try eventually("the check at start") { Files.text(output + ".err").contains("looked at what the gate stands on") ? true : nil }
    idleMemory = process.memory("VmRSS")
    gitlab.with { $0.faults.append(Fault(.tooManyRequests(retryAfter: 1_800), times: .max)) }
  }

  /// Transactions committed so far, modulo 2^32. Each is one flush of the log. SQLite counts them in its index of the log
  /// (`iChange`, https://sqlite.org/walformat.html), in the machine's own byte order.
  var commits: UInt32 {
    guard let file = fopen(database + "-shm", "rb") else { return 0 }
    defer { fclose(file) }
    var count: UInt32 = 0
    guard fseek(file, 8, SEEK_SET) == 0, fread(&count, 4, 1, file) == 1 else { return 0 }
    return count
  }

  var health: [UInt8] { Gatehouse.get("/healthz") }
  var change: [UInt8] { Gatehouse.get("/api/v1/changes/CHG-1", "Authorization: Bearer \(token)\r\n") }

  static func get(_ path: String, _ fields: String = "") -> [UInt8] {
    Array("GET \(path) HTTP/1.1\r\nHost: localhost\r\n\(fields)\r\n".utf8)
  }

  /// A webhook as GitLab sends it: of a deployment of its own, under a key of its own.
  static func delivery(_ number: Int, body: Body) -> [UInt8] {
    let bytes = body.bytes(number)
    return Array(
      """
      POST /webhooks/gitlab HTTP/1.1\r
      Host: localhost\r
      Content-Type: application/json\r
      User-Agent: GitLab/19.3.0\r
      Idempotency-Key: \(Body.key(number))\r
      X-Gitlab-Event: Deployment Hook\r
      X-Gitlab-Webhook-UUID: 7a9f7e4c-6f2b-4f0b-9a55-3f4c8a3d2f10\r
      X-Gitlab-Instance: https://gitlab.example.com\r
      X-Gitlab-Event-UUID: 0e2b9c1d-4f7a-4d60-8a52-5ad0b5f6c9e1\r
      X-Gitlab-Token: \(secret)\r
      Content-Length: \(bytes.count)\r
      \r\n
      """.utf8) + bytes
  }

  /// Stops the server, and counts how many of the answered deliveries are in its database exactly once.
  func stopAndCount(_ answered: [Int]) throws -> Int {
    process.end()
    let sqlite = try SQLite(database)
    var times: [String: Int] = [:]
    try sqlite.rows("SELECT idempotency_key FROM delivery WHERE body IS NOT NULL") { times[$0, default: 0] += 1 }
    return answered.count { times[Body.key($0)] == 1 }
  }

  private static let clock: @Sendable () -> Instant = {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Instant(milliseconds: Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000)
  }

  private static func configuration(database: String, gitLab: String) -> String {
    """
    server: {listen: "127.0.0.1:0"}
    database: {path: "\(database)"}
    gitlab:
      - {name: main, url: "\(gitLab)", token: {env: BENCH_TOKEN}, webhook_token: {env: BENCH_WEBHOOK_TOKEN}}
    services:
      - {id: checkout, projects: ["acme/payments/*"], gate: {tiers: [production]}, policy: one-person}
    groups: {release-managers: [alice, bob]}
    policies:
      one-person: {approval_rules: [{group: release-managers}]}

    """
  }
}

/// The simulated GitLab sends none: the load does.
private struct NoHooks: Transport {
  func send(_ request: Request) async -> HTTPMessages.Answer {
    .failure(TransportFailure(effect: .none, reason: "no hooks are sent here"))
  }
}

/// Asks until there is an answer, for ten seconds.
func eventually<Value>(_ what: String, _ ask: () throws -> Value?) throws -> Value {
  let end = now() + 10
  while now() < end {
    if let value = try ask() { return value }
    usleep(1_000)
  }
  throw Trouble("waited in vain for \(what)")
}
