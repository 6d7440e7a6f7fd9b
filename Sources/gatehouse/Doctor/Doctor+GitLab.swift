import ChangeControl
import Configuration
import GitLab
import HTTPClient

/// Each GitLab, and the way from it to here. A GitLab that is slow or dead holds nobody up: all are asked at once, for so long and no longer.
extension Doctor {
  /// How far one look at a GitLab goes: so many projects of one that answers in half a second take so long (`Pace`).
  struct Reach: Sendable {
    /// Projects, and groups above them.
    var places: Int
    var patience: Duration
    /// Whether it leaves GitLab time for others (`Pace`).
    var isPaced: Bool

    /// Somebody waits for it.
    static let whileOneWaits = Reach(places: 100, patience: .seconds(60), isPaced: false)
    /// Nobody does.
    static let unattended = Reach(places: 1_000, patience: .seconds(600), isPaced: true)
  }

  func examineGitLabs(
    _ configuration: Configuration, isServing: Bool, _ reach: Reach, surveyed hear: @escaping @Sendable (Survey) async -> Void = { _ in }
  ) async -> [DoctorFinding] {
    await withTaskGroup(of: (Int, [DoctorFinding]).self) { group in
      for (index, instance) in configuration.gitlab.enumerated() {
        group.addTask { (index, await examine(instance, configuration, isServing: isServing, reach, surveyed: hear)) }
      }
      var found: [Int: [DoctorFinding]] = [:]
      for await (index, findings) in group { found[index] = findings }
      return configuration.gitlab.indices.flatMap { found[$0] ?? [] }
    }
  }

  private func examine(
    _ instance: Configuration.GitLabInstance, _ configuration: Configuration, isServing: Bool, _ reach: Reach,
    surveyed hear: @escaping @Sendable (Survey) async -> Void
  ) async -> [DoctorFinding] {
    let name = "gitlab \(instance.name)"
    let surveyor: GateSurveyor
    do {
      surveyor = try GateSurveyor(instance, reach)
    } catch {
      return [.fail(name, "\(error)", "correct url and ca_file of this instance in \(path)")]
    }
    var expected = GateExpectation(
      instance: instance.name, url: instance.url, services: configuration.plan.services.filter { $0.instance == instance.name },
      playsAfterApproval: configuration.plan.instance(named: instance.name)?.playsAfterApproval ?? true,
      publicURL: configuration.server.publicURL, hasWebhookToken: instance.webhookToken != nil,
      hasSigningToken: instance.signingToken != nil, hasAdminToken: instance.adminToken != nil)
    expected.isAdminTokenMade = instance.isAdminTokenMade(database: configuration.database.path)
    expected.madeAccount = instance.madeAccount(database: configuration.database.path)
    expected.madeProtections = instance.madeProtections(database: configuration.database.path)
    expected.watchedProjects = instance.watchedProjects(database: configuration.database.path)
    expected.madeWebhooks = instance.madeWebhooks(database: configuration.database.path)
    expected.protections = instance.setup.protect == .group ? .group : .project
    expected.group = instance.setup.group
    expected.webhooks = instance.setup.hook == .none ? nil : instance.setup.hook == .group ? .group : .project
    expected.tokenFile = instance.token.file?.path
    expected.rotatesTokenBefore = instance.setup.rotateTokenBefore
    expected.isServing = isServing
    expected.tokenLifetime = TokenLifetime(instance.setup.tokenLifetime)
    let work = Task { [expected] in
      var survey = await surveyor.survey(expected)
      await hear(
        Survey(
          look: GateDiagnosis(survey, expected: expected, at: SystemClock.now()).footingLook, pause: surveyor.transport.pause,
          adminToken: try? survey.adminToken?.get()))
      var members: [DoctorFinding] = []
      // Without an account every list would fail for the same reason.
      if let account = try? survey.probe.account.get() {
        survey.triggeredByAccount = projectsTriggered(
          by: account.username, instance: instance.name, database: configuration.database.path)
        members = await examineMembers(
          sources(of: instance.name, in: configuration.plan), name: name, api: surveyor.api, over: surveyor.transport)
      }
      let ping = await ping(instance, publicURL: configuration.server.publicURL, isServing: isServing)
      return GateDiagnosis(survey, expected: expected, at: SystemClock.now()).findings + ping + members
        + examineRotation(instance, survey.probe, database: configuration.database.path)
    }
    let findings = await work.value(within: reach.patience)
    await surveyor.client.shutDown()
    return findings.value
      + (findings.isWhole
        ? []
        : [
          .warn(
            "\(name) time", "not all of it was answered within \(reach.patience.components.seconds) s",
            "see whether it is overloaded, and check again")
        ])
  }

  /// Only a server that runs can be asked whether webhooks arrive.
  private func ping(_ instance: Configuration.GitLabInstance, publicURL: String?, isServing: Bool) async -> [DoctorFinding] {
    let name = "gitlab \(instance.name) webhook address"
    guard isServing else { return [.ok(name, "not tried: no server runs on this database; run this again beside it")] }
    guard let publicURL else { return [.ok(name, "not tried: server.public_url does not say where GitLab finds the gate")] }
    guard
      let ping = WebhookPing(
        instance: instance.name, publicURL: publicURL, webhookToken: instance.webhookToken?.reveal(),
        signingToken: instance.signingToken?.reveal())
    else { return [] }
    do {
      let client = try HTTPClient(certificateAuthorityFile: environment["GATEHOUSE_CA_FILE"])
      let answer = await client.send(ping.request(id: freshRequestID(), at: SystemClock.now()))
      await client.shutDown()
      return [ping.finding(answer)]
    } catch {
      return [.fail(name, "\(error)", "correct GATEHOUSE_CA_FILE")]
    }
  }
}

extension Task where Failure == Never {
  /// What comes of it, and whether it came by itself: after `patience`, or when who waits is cancelled, so is this, and says what it has.
  func value(within patience: Duration) async -> (value: Success, isWhole: Bool) {
    let alarm = Task<Bool, Never> {
      guard (try? await Task<Never, Never>.sleep(for: patience)) != nil else { return false }
      cancel()
      return true
    }
    let value = await withTaskCancellationHandler {
      await self.value
    } onCancel: {
      cancel()
    }
    alarm.cancel()
    return (value, !(await alarm.value))
  }
}
