import Calendar
import ChangeControl
import Configuration
import GitLab
import Glibc
import HTTPClient
import HTTPServer
import NetworkAddresses
import Storage

/// Looks at everything a gate depends on and says, for each thing, what was seen and what mends it. Reads only.
struct Doctor {
  /// Before this a token's end is nothing to speak of.
  static let tokenNotice: Duration = .seconds(30 * 86_400)

  let path: String
  let environment: [String: String]

  func examine() async -> [DoctorFinding] {
    let configuration: Configuration
    do {
      configuration = try Configuration.load(path: path, environment: environment)
    } catch {
      return error.problems.map { .fail("configuration", "\($0)", "correct it and run `gatehouse check` again") }
    }
    var findings = [
      DoctorFinding.ok(
        "configuration", "\(path), services: \(configuration.plan.services.count), policies: \(configuration.plan.policies.count)")
    ]
    findings += configuration.warnings.map { .warn("configuration", $0, "see config/gatehouse.yaml for every key") }
    findings += examineWindows(configuration.plan, at: SystemClock.now())
    findings += examineOpenFiles(Limits(configuration.server.limits))
    findings += configuration.server.listen.compactMap(examineSocket)
    findings += examineDatabase(configuration.database.path, plan: configuration.plan)
    for instance in configuration.gitlab {
      findings += await examine(instance, sources: sources(of: instance.name, in: configuration.plan))
    }
    return findings
  }

  // MARK: The process

  /// `serve` raises its limit by itself as far as it may.
  private func examineOpenFiles(_ limits: Limits) -> [DoctorFinding] {
    guard let files = OpenFiles.limits else { return [] }
    let needed = "\(limits.connections) connections and the server's own files need \(limits.openFiles)"
    guard files.hard < limits.openFiles else { return [.ok("open files", "this process may open \(files.hard); \(needed)")] }
    return [
      .warn(
        "open files", "this process may open \(files.hard) at most; \(needed)",
        "where the server has this limit too: LimitNOFILE=\(limits.openFiles) in its unit, or lower server.limits.connections in \(path)")
    ]
  }

  // MARK: Where it listens

  /// Of a Unix socket it can be said beforehand whether its file can be made.
  private func examineSocket(_ address: ListenAddress) -> DoctorFinding? {
    guard case .unix(let path) = address else { return nil }
    let folder = path.contains("/") ? path.prefix(upTo: path.lastIndex(of: "/") ?? path.endIndex) + "/" : "."
    guard access(String(folder), W_OK | X_OK) == 0 else {
      return .warn(
        "server.listen", "\(address) cannot be made by this user: \(String(cString: strerror(errno)))",
        "make \(folder) for the user that the server runs as; systemd does with RuntimeDirectory=gatehouse")
    }
    return .ok("server.listen", "\(address) can be made")
  }

  // MARK: The database

  private func examineDatabase(_ path: String, plan: ControlPlan) -> [DoctorFinding] {
    guard access(path, F_OK) == 0 else {
      return [.warn("database", "\(path) is not there yet", "`gatehouse serve` and `gatehouse token create` make it")]
    }
    do {
      let connection = try Connection(path: path, access: .readWrite)
      let pending = try Migrator.pending(connection)
      guard pending.isEmpty else {
        return [
          .warn(
            "database", "\(path) lacks \(pending.map(\.name).joined(separator: ", "))",
            "`gatehouse serve` applies it, or run `gatehouse database migrate`")
        ]
      }
      try connection.probeWrite()
      return [.ok("database", "\(path): writable, schema version \(Migrator.steps.last?.version ?? 0)")]
        + (try examineRecords(connection, plan: plan))
    } catch {
      return [.fail("database", "\(error)", "see database.path in \(self.path)")]
    }
  }

  /// What the database says of work that is owed.
  private func examineRecords(_ connection: Connection, plan: ControlPlan) throws -> [DoctorFinding] {
    try connection.reading(at: SystemClock.now()) { reading in
      var findings: [DoctorFinding] = []
      switch try AuditChain.verify(reading) {
      case .holds(let head): findings.append(.ok("audit log", "\(head.seq) entries, the chain holds"))
      case .broken(let reason): findings.append(.fail("audit log", reason, "keep this file as evidence and restore a backup"))
      }
      let owed = try reading.owedCallbacks()
      let age = owed.oldest.map { ", the oldest for \((reading.now - $0).components.seconds) s" } ?? ""
      findings.append(.ok("callbacks", "\(owed.waiting) waiting\(age)"))
      findings += try reading.troubledCallbacks(limit: 20).map(DoctorFinding.init(callback:))
      findings += try examineTokens(plan, in: reading)
      findings += try examineNames(plan, in: reading)
      return findings
    }
  }

  // MARK: A GitLab

  private func examine(_ instance: Configuration.GitLabInstance, sources: [MembershipSource]) async -> [DoctorFinding] {
    let name = "gitlab \(instance.name)"
    let client: HTTPClient
    let address: GitLabAddress
    do {
      address = try GitLabAddress(instance.url)
      client = try HTTPClient(certificateAuthorityFile: instance.certificateAuthorityFile)
    } catch {
      return [.fail(name, "\(error)", "correct url and ca_file of this instance in \(path)")]
    }
    let api = GitLabAPI(
      instance: instance.name, address: address, token: instance.token.reveal(), requestID: freshRequestID(), version: Version.text)
    let report = await ProbeConversation(api: api).converse(over: client)
    // Without an account every list would fail for the same reason.
    let members = (try? report.account.get()) == nil ? [] : await examineMembers(sources, name: name, api: api, client: client)
    await client.shutDown()
    return examine(report, instance: instance, name: name) + members
  }

  private func examine(_ report: ProbeReport, instance: Configuration.GitLabInstance, name: String) -> [DoctorFinding] {
    var findings: [DoctorFinding] = []
    switch report.software {
    case .success(let software):
      findings.append(.ok("\(name) reachable", instance.url))
      findings.append(examine(software, instance: instance, name: name))
    case .failure(.refused(let reason)):
      findings.append(
        .warn("\(name) version", reason, "without the version it is not known whether GitLab sends hooks for blocked deployments"))
    case .failure(let obstacle):
      return [.fail("\(name) reachable", obstacle.reason, "see url and ca_file of this instance in \(path)")]
    }
    switch report.account {
    case .success(let person): findings.append(.ok("\(name) account", "\(person.username) (id \(person.id))"))
    case .failure(let obstacle):
      findings.append(.fail("\(name) account", obstacle.reason, "give gitlab.token a valid token of the service account, with scope api"))
    }
    findings += examineToken(report.token, name: name)
    return findings
  }

  private func examine(_ software: ProbeReport.Software, instance: Configuration.GitLabInstance, name: String) -> DoctorFinding {
    let check = "\(name) version"
    guard let version = software.version else {
      return .warn(check, "GitLab says '\(software.text)'", "update GitLab, or report this version")
    }
    if instance.signingToken != nil, version < GitLabVersion(major: 19, minor: 0) {
      return .warn(
        check, "\(software.text) does not sign webhooks (19.0 does), but signing_token is configured: every webhook is answered 401",
        "use webhook_token until GitLab is updated")
    }
    if version < GitLabVersion(major: 19, minor: 3) {
      return .warn(
        check, "\(software.text) sends no webhook for blocked deployments (19.3 does)",
        "switch pipeline events on for the webhook too; whatever they miss is found every reconcile_every")
    }
    return .ok(check, software.text)
  }

  private func examineToken(_ token: Result<ProbeReport.Token, Obstacle>, name: String) -> [DoctorFinding] {
    switch token {
    case .failure(let obstacle):
      return [.warn("\(name) token", obstacle.reason, "its scope and expiry could not be read; make sure it has scope api")]
    case .success(let token):
      guard token.isActive else {
        return [
          .fail(
            "\(name) token", "it is revoked or expired", "make a new token for the service account and put it where gitlab.token points")
        ]
      }
      var findings: [DoctorFinding] = []
      findings.append(
        token.scopes.contains("api")
          ? .ok("\(name) token scope", token.scopes.joined(separator: ", "))
          : .fail(
            "\(name) token scope", token.scopes.joined(separator: ", "),
            "approving and playing need the scope api: make a new token with it"))
      if let end = token.expiresAt {
        let left = end - SystemClock.now()
        let seen = "expires \(end.iso8601.prefix(10)), in \(left.components.seconds / 86_400) days"
        let isSoon = left < Doctor.tokenNotice
        findings.append(
          isSoon
            ? .warn("\(name) token expiry", seen, "rotate it in GitLab before then; SIGHUP reads the new one")
            : .ok("\(name) token expiry", seen))
      }
      return findings
    }
  }
}
