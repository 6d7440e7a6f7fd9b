import Calendar
import ChangeControl
import Configuration
import Gate
import GitLab
import Glibc
import Storage

/// The database: whether it takes what it must, and what it says of work that is owed.
extension Doctor {
  /// How long a decision may wait for its GitLab before that is something to speak of: backoff reaches 5 minutes.
  private static let waiting: Duration = .seconds(15 * 60)

  /// - Parameters:
  ///   - isServing: whether a server runs on it.
  ///   - isWhole: also what writes, and what reads all of it.
  func examineDatabase(_ configuration: Configuration, isServing: Bool, isWhole: Bool) -> [DoctorFinding] {
    let path = configuration.database.path
    guard access(path, F_OK) == 0 else {
      return [.warn("database", "\(path) is not there yet", "`gatehouse serve` and `gatehouse token create` make it")]
    }
    let folder = path.contains("/") ? String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]) + "/" : "./"
    let space = DiskSpace(folder: folder).map { [$0.finding(folder: folder)] } ?? []
    do {
      let connection = try Connection(path: path, access: isWhole ? .readWrite : .readOnly)
      let pending = try Migrator.pending(connection)
      guard pending.isEmpty else {
        return space + [
          .warn(
            "migrations", "\(path) lacks \(pending.map(\.name).joined(separator: ", "))",
            "`gatehouse serve` applies it, or run `gatehouse database migrate`")
        ]
      }
      if isWhole { try connection.probeWrite() }
      return [
        .ok("database", "\(path)\(isWhole ? ", writable" : "")"),
        .ok("migrations", "schema version \(Migrator.steps.last?.version ?? 0), none is left"),
      ] + space + (try examineRecords(connection, configuration, isServing: isServing, isWhole: isWhole))
    } catch {
      return space + [.fail("database", "\(error)", "see database.path in \(self.path)")]
    }
  }

  private func examineRecords(
    _ connection: Connection, _ configuration: Configuration, isServing: Bool, isWhole: Bool
  ) throws -> [DoctorFinding] {
    let plan = configuration.plan
    return try connection.reading(at: SystemClock.now()) { reading in
      var findings: [DoctorFinding] = []
      if isWhole {
        switch try AuditChain.verify(reading) {
        case .holds(let head): findings.append(.ok("audit log", "\(head.seq) entries, the chain holds"))
        case .broken(let reason): findings.append(.fail("audit log", reason, "keep this file as evidence and restore a backup"))
        }
      }
      let owed = try reading.owedCallbacks()
      let age = owed.oldest.map { reading.now - $0 } ?? .zero
      let seen = "\(owed.waiting) waiting" + (owed.oldest == nil ? "" : ", the oldest for \(age.components.seconds) s")
      findings.append(
        age < Doctor.waiting
          ? .ok("callbacks", seen)
          : .warn(
            "callbacks", "\(seen): people have decided, and GitLab has not been told",
            isServing ? "see below, or the server's log, for what GitLab says" : "start `gatehouse serve`"))
      findings += try reading.troubledCallbacks(limit: 20).map(DoctorFinding.init(callback:))
      findings += try examineWaiting(plan, in: reading)
      findings += try examineReconcile(plan, isServing: isServing, in: reading)
      findings += try examineTokens(plan, in: reading)
      findings += try examineNames(plan, in: reading)
      findings += try examineSetup(plan, in: reading)
      return findings
    }
  }

  // MARK: How old what is known of GitLab is

  private func examineReconcile(_ plan: ControlPlan, isServing: Bool, in reading: Reading) throws -> [DoctorFinding] {
    try plan.instances.map { instance in
      let age = ReconcileAge(
        every: instance.reconcileEvery, last: try reading.instance(named: instance.name)?.reconciledAt.map { reading.now - $0 },
        lastError: try reading.instance(named: instance.name)?.lastError)
      return age.finding(instance: instance.name, isServing: isServing)
    }
  }

  // MARK: The configuration against what waits

  /// Of more changes that wait nobody could mend each by itself.
  private static let lookedAt = 10_000

  private func examineWaiting(_ plan: ControlPlan, in reading: Reading) throws -> [DoctorFinding] {
    var filter = ChangeFilter()
    filter.gate = .awaiting
    var lost: [DoctorFinding] = []
    var count = 0
    var cursor: Int64?
    repeat {
      let page = try reading.changes(filter, before: cursor, limit: 500)
      lost += page.compactMap { lostGround(of: $0, in: plan) }
      count += page.count
      cursor = page.last?.change.id
      if page.isEmpty { break }
    } while count < Doctor.lookedAt
    guard !lost.isEmpty else { return [.ok("state", "\(count) changes wait, and the configuration has all that they need")] }
    let more = lost.count - 20
    return lost.prefix(20) + (more > 0 ? [.warn("state", "\(more) more of this kind", "mend those above, and check again")] : [])
  }

  /// What a waiting change stands on and the configuration has not.
  private func lostGround(of record: ChangeRecord, in plan: ControlPlan) -> DoctorFinding? {
    let change = record.change
    let identity = record.deployment.identity
    let rules = Gate(plan: plan).rulesInForce(for: record)
    var missing: [String] = []
    if plan.policies[rules.policy] == nil { missing.append("policy \(rules.policy)") }
    if plan.workflows[change.workflow] == nil { missing.append("workflow \(change.workflow)") }
    if plan.instance(named: identity.instance) == nil { missing.append("gitlab \(identity.instance)") }
    guard missing.isEmpty else {
      return .fail(
        "state", "\(change.key) waits, and the configuration has no \(missing.joined(separator: ", no ")) any more: it cannot go on",
        "put back what it needs, or stop the deployment in GitLab")
    }
    switch rules.kept {
    case nil: return nil
    case .otherWorkflow:
      return .warn(
        "state", "\(change.key) waits: \(rules.kept?.words(for: change) ?? "")",
        "decide it by what it has, or stop the deployment in GitLab and start it again")
    case .ungated: return ungated(record, by: plan.service(id: change.service))
    }
  }

  private func ungated(_ record: ChangeRecord, by service: Service?) -> DoctorFinding {
    let (change, identity) = (record.change, record.deployment.identity)
    guard let service else {
      return .fail(
        "state",
        "\(change.key) waits, and the configuration has no service \(change.service) any more, nor another that gates it: it goes on by policy "
          + change.policy, "put the service back, or stop the deployment in GitLab")
    }
    let place = record.deployment.projectPath ?? "project \(identity.project)"
    let isCovered = service.covers(project: identity.project, path: record.deployment.projectPath)
    return .warn(
      "state",
      "\(change.key) waits for \(isCovered ? "\(record.deployment.environment) of " : "")\(place), which service \(service.id) "
        + (isCovered ? "gates no more" : "covers no more"),
      "put \(isCovered ? "the environment back under `gate`" : "the project back under `projects`"), or stop the deployment in GitLab")
  }

  /// Projects of which a deployment is known that the service account itself has triggered.
  func projectsTriggered(by account: String, instance: String, database path: String) -> Set<String> {
    guard let connection = try? Connection(path: path, access: .readOnly) else { return [] }
    var filter = ChangeFilter()
    filter.requestedBy = account
    let records = try? connection.reading(at: SystemClock.now()) { try $0.changes(filter, before: nil, limit: 100) }
    return Set((records ?? []).filter { $0.deployment.identity.instance == instance }.compactMap(\.deployment.projectPath))
  }
}

/// How long ago every gated project of a GitLab was last looked at, against how often that is to be.
struct ReconcileAge: Sendable, Equatable {
  var every: Duration
  /// Nil: never yet.
  var last: Duration?
  /// What stood in the way the last time.
  var lastError: String? = nil

  func finding(instance: String, isServing: Bool) -> DoctorFinding {
    let name = "gitlab \(instance) reconcile"
    guard isServing else { return .ok(name, "not looked at: no server runs on this database") }
    let why = lastError.map { ": \($0)" } ?? ""
    let remedy = "a deployment whose webhook was lost is found that late: mend what the server's log says of it"
    guard let last else { return .warn(name, "no round has come to its end yet\(why)", "wait for one, or see the server's log") }
    let seen = "the last round ended \(last.components.seconds) s ago, one is due every \(every.components.seconds) s"
    // A round takes its time, and the next begins `every` after it.
    if last <= every * 2 + .seconds(60) { return .ok(name, seen) }
    return last <= every * 10 + .seconds(600) ? .warn(name, seen + why, remedy) : .fail(name, seen + why, remedy)
  }
}
