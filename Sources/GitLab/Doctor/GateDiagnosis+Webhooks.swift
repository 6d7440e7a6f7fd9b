internal import Calendar
internal import ChangeControl

/// Whether GitLab tells the gate at once. What it does not tell is found by reconcile, so that most of this costs time and no deployment.
extension GateDiagnosis {
  /// A webhook that leads to a gate, and where it belongs.
  private struct Ours {
    var place: PlaceSurvey.Place
    var webhook: RegisteredWebhook
    /// Where it leads, without what may be secret in it.
    var address: String
    var leadsHere: Bool

    var text: String { "webhook \(webhook.id) of \(place.text)" }
  }

  private func ours(_ survey: PlaceSurvey) -> [Ours] {
    ((try? survey.webhooks.get()) ?? []).compactMap { webhook in
      guard let address = try? GitLabAddress(webhook.url) else { return nil }
      let shown = "\(address.scheme)://\(address.authority)\(address.root)"
      let own = expected.publicURL.flatMap(GateWebhookAddress.init(publicURL:))
      // Where nothing says what GitLab calls the gate, an address is all there is to go by.
      let leadsHere =
        own.map { $0.leadsToSameGate(webhook.url, from: expected.instance) }
        ?? GateWebhookAddress(webhook.url)?.isOpen(to: expected.instance) ?? false
      guard leadsHere || address.root.contains("/webhooks/gitlab") else { return nil }
      return Ours(place: survey.place, webhook: webhook, address: shown, leadsHere: leadsHere)
    }
  }

  /// Webhooks whose sendings are worth asking for: those that lead to a gate.
  package var webhooksOfInterest: [GateSurvey.WebhookKey] {
    (survey.projects + survey.groups).flatMap(ours).map { .init(place: $0.place, id: $0.webhook.id) }
  }

  var webhookFindings: [DoctorFinding] {
    let looked = survey.projects.filter { $0.webhooks.gap == nil }
    guard !looked.isEmpty else { return [] }
    let groups = Dictionary(grouping: survey.groups.flatMap(ours)) { $0.place }
    var troubles: [DoctorFinding] = []
    for project in looked {
      let hooks = ours(project) + project.groupPaths.flatMap { groups[.group($0)] ?? [] }
      troubles += presence(of: hooks, for: project)
    }
    let all = (looked + survey.groups).flatMap(ours).filter(\.leadsHere)
    var findings = summed("webhook", ok: all.isEmpty ? asConfigured : "one for \(some(looked.map(\.place.text)))", troubles)
    guard !all.isEmpty else { return findings }
    let needsPipelines = !(survey.version?.announcesBlockedDeployments ?? true)
    let events = needsPipelines ? "deployment and pipeline events" : "deployment events"
    findings += summed("webhook events", ok: events, all.flatMap { eventTroubles($0, needsPipelines: needsPipelines) })
    findings += summed("webhook tls", ok: all.contains { $0.address.hasPrefix("https:") } ? "verified" : nil, all.flatMap(tlsTroubles))
    findings += summed("webhook secret", ok: hasSecret ? "set in GitLab" : nil, all.flatMap(secretTroubles))
    findings += summed("webhook state", ok: "switched on", all.flatMap(stateTroubles))
    return findings + sendingFindings(all)
  }

  /// How GitLab tells the gate of one project. Nil where its webhooks, or those of a group above, could not be read.
  func webhookFooting(_ project: PlaceSurvey, id: Int64) -> Footing? {
    let above = survey.groups.filter { group in project.groupPaths.contains { group.place == .group($0) } }
    let isUntold = (above + [project]).contains { if case .failure(.untold) = $0.webhooks { true } else { false } }
    // Which events it needs, the version says.
    guard project.webhooks.gap == nil, !isUntold, case .success = survey.probe.software else { return nil }
    let hooks = ours(project) + above.flatMap(ours)
    let here = hooks.filter(\.leadsHere)
    let needsPipelines = !(survey.version?.announcesBlockedDeployments ?? true)
    let troubles =
      presence(of: hooks, for: project)
      + here.flatMap { eventTroubles($0, needsPipelines: needsPipelines) + tlsTroubles($0) + secretTroubles($0) + stateTroubles($0) }
    let state: [String: Int64] = [
      "lead here": Int64(here.count), "lead elsewhere": Int64(hooks.count - here.count),
      "deployment events": Int64(here.count { $0.webhook.deploymentEvents }),
      "pipeline events": Int64(here.count { $0.webhook.pipelineEvents }),
      "verify TLS": Int64(here.count { $0.webhook.verifiesTLS }), "switched on": Int64(here.count { stateTroubles($0).isEmpty }),
      "with the secret": Int64(here.count { secretTroubles($0).isEmpty }),
    ]
    return Footing(
      .init(project: id, check: .webhook), place: project.place.text, state: state,
      trouble: troubles.isEmpty ? nil : troubles.map(\.seen).joined(separator: "; "))
  }

  private var hasSecret: Bool { expected.hasSigningToken || expected.hasWebhookToken }

  private func presence(of hooks: [Ours], for project: PlaceSurvey) -> [DoctorFinding] {
    let check = name("webhook")
    let here = hooks.filter(\.leadsHere)
    let later = "what waits is found by reconcile alone, up to reconcile_every later"
    if here.isEmpty, expected.webhooks == nil { return [] }
    if here.isEmpty, let other = hooks.first {
      return [
        .fail(
          check, "\(other.text) leads to \(other.address), which is not this gate's public_url: \(later)",
          "correct its URL in GitLab (its secret has to be given again), or server.public_url here. \(Self.setup)")
      ]
    }
    if here.isEmpty {
      let unread = unreadGroups(above: project)
      // A group's are shown to its Owners alone (facts G), whatever token the gate has.
      if expected.webhooks == .group, !unread.isEmpty { return [] }
      let unknown = unread.isEmpty ? "" : "; whether group \(some(unread)) has one may not be read"
      return [
        .warn(
          check, "\(project.place.text) has no webhook that leads here\(unknown): \(later)",
          "\(Self.setup); where GitLab cannot reach the gate, leave it so")
      ]
    }
    guard here.count > 1 else { return [] }
    return [
      .warn(
        check, "\(here.map(\.text).joined(separator: " and ")) lead here both: each event is sent \(here.count) times, and counted once",
        "keep one of them: `gatehouse setup plan` says which is to go, and `gatehouse setup apply` takes its own out")
    ]
  }

  private func unreadGroups(above project: PlaceSurvey) -> [String] {
    project.groupPaths.filter { path in
      survey.groups.contains { $0.place == .group(path) && $0.webhooks.gap.map { !$0.isUnlicensed } ?? false }
    }
  }

  /// Why no webhook is seen where nothing is wrong with that.
  private var asConfigured: String {
    expected.webhooks == .group
      ? "the group's, as configured (`hook: group`), which GitLab shows to its Owners alone: `gatehouse setup plan` looks at it with the token of one"
      : "none, as configured (`hook: none`): what waits is found by reconcile"
  }

  /// What does the work of the hooks for blocked deployments that a GitLab has not; nil where nothing is known to.
  var blockedHooksReplaced: String? {
    let looked = survey.projects.filter { $0.webhooks.gap == nil }
    guard !looked.isEmpty else { return nil }
    let here = (looked + survey.groups).flatMap(ours).filter(\.leadsHere)
    if here.isEmpty {
      guard expected.webhooks != .project, looked.allSatisfy({ presence(of: ours($0), for: $0).isEmpty }) else { return nil }
      return expected.webhooks == nil
        ? "what waits is found by reconcile, as configured (`hook: none`)"
        : "pipeline events tell of them where the group's webhook sends these, which `gatehouse setup plan` looks at with an Owner's token"
    }
    return here.allSatisfy(\.webhook.pipelineEvents) ? "the pipeline events of the webhook tell of them" : nil
  }

  private func eventTroubles(_ hook: Ours, needsPipelines: Bool) -> [DoctorFinding] {
    let check = name("webhook events")
    var troubles: [DoctorFinding] = []
    if !hook.webhook.deploymentEvents {
      troubles.append(.fail(check, "\(hook.text) sends no deployment events: it tells of nothing", "tick Deployment events. \(Self.setup)"))
    }
    if needsPipelines, !hook.webhook.pipelineEvents {
      troubles.append(
        .warn(
          check, "\(hook.text) sends no pipeline events, by which alone a GitLab before 19.3 tells of a blocked deployment",
          "tick Pipeline events. \(Self.setup)"))
    }
    if hook.webhook.hasTemplate {
      troubles.append(
        .fail(check, "\(hook.text) has a payload template: what it sends cannot be read", "empty its custom webhook template"))
    }
    return troubles
  }

  private func tlsTroubles(_ hook: Ours) -> [DoctorFinding] {
    guard hook.address.hasPrefix("https:"), !hook.webhook.verifiesTLS else { return [] }
    return [
      .warn(
        name("webhook tls"), "\(hook.text) does not verify the gate's certificate: its secret goes to whoever answers in the gate's place",
        "tick Enable SSL verification; GitLab has to trust the gate's authority then. \(Self.setup)")
    ]
  }

  private func secretTroubles(_ hook: Ours) -> [DoctorFinding] {
    let missing: String? =
      if expected.hasSigningToken {
        hook.webhook.hasSigningToken == false ? "signing token" : nil
      } else if expected.hasWebhookToken {
        hook.webhook.hasToken == false ? "secret token" : nil
      } else { nil }
    guard let missing else { return [] }
    return [
      .fail(
        name("webhook secret"), "\(hook.text) has no \(missing): all that it sends is answered 401",
        "`gatehouse setup apply` sends it; of several webhooks that lead here `gatehouse setup plan` says which is to be removed")
    ]
  }

  private func stateTroubles(_ hook: Ours) -> [DoctorFinding] {
    guard let status = hook.webhook.alertStatus, status != "executable" else { return [] }
    let until = hook.webhook.disabledUntil.map { " until \($0.iso8601)" } ?? ""
    return [
      .fail(
        name("webhook state"), "GitLab has switched \(hook.text) off\(until) (\(status)) after failures: events are dropped meanwhile",
        "mend what its last deliveries show, then have GitLab test it (Settings > Webhooks > Test), which switches it on")
    ]
  }

  private func sendingFindings(_ hooks: [Ours]) -> [DoctorFinding] {
    if let version = survey.version, !version.listsSendings {
      return [.ok(name("webhook deliveries"), "GitLab \(version) does not tell (17.3 does)")]
    }
    var count = 0
    var history: [String] = []
    var troubles: [DoctorFinding] = []
    for hook in hooks {
      guard let result = survey.sendings[.init(place: hook.place, id: hook.webhook.id)] else { continue }
      switch result {
      case .success(let sendings):
        count += sendings.prefix(while: \.hasArrived).count
        troubles += sendingTroubles(hook, sendings)
        if let before = failedBefore(hook, sendings) { history.append(before) }
      case .failure(let gap):
        troubles.append(
          .warn(name("webhook deliveries"), "those of \(hook.text) cannot be read (\(gap.reason))", "see them in GitLab's settings"))
      }
    }
    let arrived = count == 0 ? "none in the last days" : count == 1 ? "the last has arrived" : "the last \(count) have arrived"
    return summed("webhook deliveries", ok: ([arrived] + history).joined(separator: "; "), troubles)
  }

  /// What counts is how it goes now: those since the last that has arrived.
  private func sendingTroubles(_ hook: Ours, _ sendings: [RegisteredWebhook.Sending]) -> [DoctorFinding] {
    let failed = sendings.prefix { !$0.hasArrived }
    guard let newest = failed.first else { return [] }
    let some = failed.count == 1 ? "the last of \(hook.text)" : "the last \(failed.count) of \(hook.text)"
    let remedy =
      newest.status.hasPrefix("401")
      ? "the two sides have different secrets: `gatehouse setup plan` shows it, and `gatehouse setup apply` sends ours again; `gatehouse setup apply "
        + "--resend-secrets` does whatever is known of them. If it stays so, the server has not read its own: SIGHUP it"
      : "see the delivery under Settings > Webhooks > Recent events, and mend what stands between GitLab and the gate"
    return [.fail(name("webhook deliveries"), "\(some) failed, the newest\(when(newest)) with '\(newest.status)'", remedy)]
  }

  /// Failures that one which has arrived came after: nothing is left to mend, and they are told as long as GitLab lists them.
  private func failedBefore(_ hook: Ours, _ sendings: [RegisteredWebhook.Sending]) -> String? {
    let failed = sendings.filter { !$0.hasArrived }
    guard sendings.first?.hasArrived == true, let newest = failed.first else { return nil }
    return
      "\(failed.count) of the last \(sendings.count) failed before (\(hook.text)), the newest\(when(newest)) with '\(newest.status)'"
  }

  private func when(_ sending: RegisteredWebhook.Sending) -> String { sending.at.map { " at \($0.iso8601)" } ?? "" }
}
