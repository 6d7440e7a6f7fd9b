internal import Calendar
internal import ChangeControl

/// Whether GitLab tells the gate at once. What it does not tell is found by reconcile, so that most of this costs time and no deployment.
extension GateDiagnosis {
  /// A webhook that leads to a gate, and where it belongs.
  struct Ours: Hashable {
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

  /// Each project's, with those of the groups above.
  private var reaching: [(project: PlaceSurvey, hooks: [Ours])] {
    let groups = Dictionary(grouping: survey.groups.flatMap(ours)) { $0.place }
    return survey.projects.map { project in (project, ours(project) + project.groupPaths.flatMap { groups[.group($0)] ?? [] }) }
  }

  /// Those that lead here and do the gate's work: apply's own does, or is to. Beside one that does, another that sends nothing a gate takes is somebody's
  /// own affair.
  private func working(_ hooks: [Ours]) -> [Ours] {
    let here = hooks.filter(\.leadsHere)
    let working = here.filter { isMade($0) || !$0.webhook.gateEvents.isEmpty }
    return working.isEmpty ? here : working
  }

  private func isMade(_ hook: Ours) -> Bool { expected.madeWebhooks.contains(hook.webhook.id) }

  var webhookFindings: [DoctorFinding] {
    let looked = survey.projects.filter { $0.webhooks.gap == nil }
    guard !looked.isEmpty else { return [] }
    let reaching = self.reaching
    let troubles = reaching.filter { $0.project.webhooks.gap == nil }.flatMap { presence(of: $0.hooks, for: $0.project) }
    let sets = reaching.map { working($0.hooks) }
    let all = unique(sets.flatMap(\.self))
    let present = "one for \(some(looked.map(\.place.text)))\(unseenBesides(looked))"
    var findings = summed("webhook", ok: all.isEmpty ? asConfigured : present, troubles)
    guard !all.isEmpty else { return findings }
    let events = needsPipelines ? "deployment and pipeline events" : "deployment events"
    findings += summed("webhook events", ok: events, unique(sets.flatMap(eventTroubles)))
    findings += summed("webhook tls", ok: all.contains { $0.address.hasPrefix("https:") } ? "verified" : nil, all.flatMap(tlsTroubles))
    findings += summed("webhook secret", ok: hasSecret ? "set in GitLab" : nil, all.flatMap(secretTroubles))
    findings += summed("webhook state", ok: "switched on", all.flatMap(stateTroubles))
    return findings + sendingFindings(all)
  }

  /// One of a group reaches several projects.
  private func unique<Element: Hashable>(_ elements: [Element]) -> [Element] {
    var seen: Set<Element> = []
    return elements.filter { seen.insert($0).inserted }
  }

  private var needsPipelines: Bool { !(survey.version?.announcesBlockedDeployments ?? true) }

  /// How GitLab tells the gate of one project. Nil where its webhooks, or those of a group above, could not be read.
  func webhookFooting(_ project: PlaceSurvey, id: Int64) -> Footing? {
    let above = survey.groups.filter { group in project.groupPaths.contains { group.place == .group($0) } }
    let isUntold = (above + [project]).contains { if case .failure(.untold) = $0.webhooks { true } else { false } }
    // Which events it needs, the version says.
    guard project.webhooks.gap == nil, !isUntold, case .success = survey.probe.software else { return nil }
    let hooks = ours(project) + above.flatMap(ours)
    let here = working(hooks)
    let troubles =
      presence(of: hooks, for: project) + eventTroubles(here)
      + here.flatMap { tlsTroubles($0) + secretTroubles($0) + stateTroubles($0) }
    let state: [String: Int64] = [
      "lead here": Int64(here.count), "lead elsewhere": Int64(hooks.count { !$0.leadsHere }),
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
    let doubled = RegisteredWebhook.gateEvents(sentTwiceBy: here.map(\.webhook))
    guard !doubled.isEmpty else { return [] }
    let senders = here.filter { !Set($0.webhook.gateEvents).isDisjoint(with: doubled) }
    return [
      .warn(
        check,
        "\(senders.map(\.text).joined(separator: " and ")) lead here both: \(doubled.joined(separator: " and ")) events are delivered more than once, and "
          + "counted once",
        "keep one of them: `gatehouse setup plan` says which is to go, and `gatehouse setup apply` takes its own out")
    ]
  }

  /// A group's are shown to its Owners alone (facts G), and one of somebody's that leads here too is a line of the plan.
  private func unseenBesides(_ looked: [PlaceSurvey]) -> String {
    let unread = unique(looked.flatMap(unreadGroups))
    guard expected.webhooks != nil, !unread.isEmpty else { return "" }
    return
      "; whether group \(some(unread)) has one that leads here too GitLab shows to its Owners alone: `gatehouse setup plan` looks with the token of one"
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
    let sets = reaching.map { working($0.hooks) }.filter { !$0.isEmpty }
    if sets.isEmpty {
      guard expected.webhooks != .project, looked.allSatisfy({ presence(of: ours($0), for: $0).isEmpty }) else { return nil }
      return expected.webhooks == nil
        ? "what waits is found by reconcile, as configured (`hook: none`)"
        : "pipeline events tell of them where the group's webhook sends these, which `gatehouse setup plan` looks at with an Owner's token"
    }
    return sets.allSatisfy { $0.contains(where: \.webhook.pipelineEvents) } ? "the pipeline events of the webhook tell of them" : nil
  }

  /// - Parameter working: all that do the gate's work for one project: what one of them sends the others need not, but apply's own sends all.
  private func eventTroubles(_ working: [Ours]) -> [DoctorFinding] {
    let check = name("webhook events")
    let hooks = working.contains(where: isMade) ? working.filter(isMade) : working
    var troubles: [DoctorFinding] = []
    if !hooks.contains(where: \.webhook.deploymentEvents) {
      troubles += hooks.map {
        .fail(check, "\($0.text) sends no deployment events: it tells of nothing", "tick Deployment events. \(Self.setup)")
      }
    }
    if needsPipelines, !hooks.contains(where: \.webhook.pipelineEvents) {
      troubles += hooks.map {
        .warn(
          check, "\($0.text) sends no pipeline events, by which alone a GitLab before 19.3 tells of a blocked deployment",
          "tick Pipeline events. \(Self.setup)")
      }
    }
    return troubles
      + working.filter(\.webhook.hasTemplate).map {
        .fail(check, "\($0.text) has a payload template: what it sends cannot be read", "empty its custom webhook template")
      }
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
    guard hook.webhook.isSwitchedOff, let status = hook.webhook.alertStatus else { return [] }
    let until = hook.webhook.disabledUntil.map { " until \($0.iso8601)" } ?? ""
    return [
      .fail(
        name("webhook state"), "GitLab has switched \(hook.text) off\(until) (\(status)) after failures: events are dropped meanwhile",
        "mend what its last deliveries show, then have GitLab test it (Settings > Webhooks > Test), which switches it on")
    ]
  }
}
