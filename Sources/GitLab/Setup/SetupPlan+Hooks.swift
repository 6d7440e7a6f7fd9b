internal import Calendar

/// Webhooks and the secrets they are proved by.
extension SetupPlanner {
  var needsPipelines: Bool { !(survey.version?.announcesBlockedDeployments ?? false) }

  private var usesSigningToken: Bool { target.signingToken != .unconfigured }

  /// Without webhooks too: a server does not start while the file of a secret that is configured is not there.
  var secrets: [SetupStep] {
    [("webhook_token", target.webhookToken), ("signing_token", target.signingToken)].compactMap { key, secret in
      switch secret {
      case .unconfigured: nil
      case .present: SetupStep(.nothing, "secret \(key)")
      case .absentFile(let path):
        SetupStep(
          .create, "secret \(key)", lines: ["+ made by chance and written to \(path), which only its owner may read"],
          change: SetupChange(.secret, in: .instance, name: key))
      case .absentVariable(let name):
        .cannot(
          "secret \(key)",
          "it is to come from the environment variable \(name), which is not set: set it, or write `\(key): {file: PATH}` and it is made")
      }
    }
  }

  var hooks: [SetupStep] {
    switch target.hooks {
    case nil: return unwantedHooks
    case .group:
      guard let group else { return [.cannot("webhook", noGroup)] }
      let made = hooks(of: group.place, in: group.hooks)
      // Only what stands can take another's place.
      guard let first = made.first, first.mark != .cannot else { return made }
      let events = wantedEvents(group.hooks, in: group.place)
      // What lies beside the group it does not send for.
      let groups = otherGroups.filter { lies($0.path, in: group.path) || lies(group.path, in: $0.path) }
      let others = groups.map { ($0.place, $0.hooks) } + projects.filter(mayAdminister).map { ($0.place, $0.hooks) }
      return made + others.flatMap { otherHooks(ours($1, in: $0), of: $0, beside: first.subject, sending: events) }
    case .project:
      let own = projects.filter(mayAdminister)
      let made = own.map { hooks(of: $0.place, in: $0.hooks) }
      guard made.allSatisfy({ $0.first.map { $0.mark != .cannot } ?? false }), survey.unresolved.isEmpty,
        made.count == survey.projects.count
      else { return made.flatMap(\.self) }
      // Somebody's too, and before those of the projects are made: whose secret it has is not shown, so that it is no reason to make none.
      return made.flatMap(\.self)
        + survey.groups.values.sorted { $0.path < $1.path }.flatMap { group in
          otherHooks(
            ours(group.hooks, in: group.place), of: group.place, beside: "those of the projects",
            sending: own.flatMap { wantedEvents($0.hooks, in: $0.place) },
            or: "; or have it in place of the projects' with `setup: {hook: group, group: \(group.path)}`")
        }
    }
  }

  /// Its remedy is a note of the webhook's own line.
  var silence: String? {
    guard target.hooks != nil else { return nil }
    let known = projects.map { ($0.place, $0.hooks) } + survey.groups.values.sorted { $0.path < $1.path }.map { ($0.place, $0.hooks) }
    let silent = known.flatMap { place, hooks in
      ours(hooks, in: place).filter(\.isSwitchedOff).map { "webhook \($0.id) of \(place.text)" }
    }
    let more = silent.count > 3 ? " and \(silent.count - 3) more" : ""
    return silent.isEmpty
      ? nil : "GitLab has switched off \(silent.prefix(3).joined(separator: ", "))\(more), and drops what it would tell: see above"
  }

  private var otherGroups: [SetupSurvey.GroupReading] {
    survey.groups.values.filter { $0.id != group?.id }.sorted { $0.path < $1.path }
  }

  /// With `hook: none` apply's own go: they would send on, and nothing is let through without them. What is not shown is no line that no apply could end.
  private var unwantedHooks: [SetupStep] {
    let known =
      projects.map { ($0.place, $0.hooks) } + survey.groups.values.sorted { $0.path < $1.path }.map { ($0.place, $0.hooks) }
      + survey.formerPlaces.filter { $0.standing == .shown }.map { ($0.place, $0.hooks) }
    return known.flatMap { place, hooks -> [SetupStep] in
      guard memory.hooks.contains(where: { $0.place.isSame(as: place) }) else { return [] }
      guard case .success(let all)? = hooks else {
        return [
          SetupStep(
            .nothing, "webhook of \(place.text)",
            notes: [
              "apply has made one, `hook: none` is configured, and GitLab does not show \(survey.person.username) whether it stands "
                + "(\(fault(hooks))): a Maintainer of the project, or an Owner of the group, is shown it"
            ])
        ]
      }
      return all.filter { isMade($0, in: place) }.map { hook in
        takingBack(hook, of: place, because: "- removed: apply has made it, and `hook: none` is configured")
      }
    }
  }

  func takingBack(_ hook: RegisteredWebhook, of place: SetupPlace, because line: String) -> SetupStep {
    var change = SetupChange(.hook, in: place, name: hook.url)
    change.existingID = hook.id
    change.isTakenBack = true
    return SetupStep(.update, "webhook \(hook.id) of \(place.text)", lines: [line], change: change)
  }

  /// Those that lead to this gate, and are taken for this GitLab's; and apply's own, wherever it led before: our secret must not be sent on and on.
  func ours(_ known: Result<[RegisteredWebhook], SetupFault>?, in place: SetupPlace) -> [RegisteredWebhook] {
    guard let url = target.hookURL else { return [] }
    let address = GateWebhookAddress(url)
    return ((try? known?.get()) ?? []).filter { hook in
      hook.url == url || address?.leadsToSameGate(hook.url, from: target.instance) == true || isMade(hook, in: place)
    }
  }

  func isMade(_ hook: RegisteredWebhook, in place: SetupPlace) -> Bool {
    memory.hooks.contains { $0.isWebhook(hook, in: place) }
  }

  /// Of several, the one that is gone on with: apply's own, else one that has had our secrets, else one of the very address.
  func kept(_ ours: [RegisteredWebhook], in place: SetupPlace) -> RegisteredWebhook? {
    func rank(_ hook: RegisteredWebhook) -> Int {
      if isMade(hook, in: place) { return 0 }
      return memory.sentSecrets[hook.id] != nil ? 1 : hook.url == target.hookURL ? 2 : 3
    }
    return ours.enumerated().min { (rank($0.element), $0.offset) < (rank($1.element), $1.offset) }?.element
  }

  private func hooks(of place: SetupPlace, in known: Result<[RegisteredWebhook], SetupFault>?) -> [SetupStep] {
    let ours = ours(known, in: place)
    let kept = kept(ours, in: place)
    let step = hook(of: place, in: known, existing: kept)
    guard step.mark != .cannot, let kept else { return [step] }
    return [step]
      + otherHooks(ours.filter { $0.id != kept.id }, of: place, beside: "webhook \(kept.id)", sending: wantedEvents(known, in: place))
  }

  private func hook(
    of place: SetupPlace, in known: Result<[RegisteredWebhook], SetupFault>?, existing: RegisteredWebhook?
  ) -> SetupStep {
    let subject = "webhook of \(place.text)"
    guard let url = target.hookURL else {
      return .cannot(
        subject, "nothing says where GitLab reaches this gate: set `server.public_url`; or leave webhooks out with `setup: {hook: none}`")
    }
    if let objection = objectionToSecrets { return .cannot(subject, objection) }
    guard case .success? = known else {
      return .cannot(
        subject,
        "GitLab does not show the webhooks there (\(fault(known))): they need a Maintainer of the project, or an Owner of the group with "
          + "GitLab Premium; or leave them out with `setup: {hook: none}`")
    }
    var settings = HookSettings(
      url: url, pipelineEvents: needsPipelines, verifiesTLS: target.verifiesTLS,
      sendsToken: target.webhookToken.isPresentOrMade, sendsSigningToken: usesSigningToken && target.signingToken.isPresentOrMade)
    var change = SetupChange(.hook, in: place, name: url)
    guard let existing else {
      change.hook = settings
      let secrets = [settings.sendsToken ? "token" : nil, settings.sendsSigningToken ? "signing_token" : nil].compactMap(\.self)
      return SetupStep(
        .create, subject,
        lines: [
          "+ url: \(url)", "+ deployment_events: true" + (settings.pipelineEvents ? ", pipeline_events: true" : ""),
          "+ push_events: false", "+ enable_ssl_verification: \(settings.verifiesTLS)", "+ \(secrets.joined(separator: ", "))",
        ], change: change)
    }
    // One of apply's own may lead to where the gate was.
    if existing.url == url || GateWebhookAddress(url)?.leadsToSameGate(existing.url, from: target.instance) == true {
      settings.url = existing.url
    }
    change.name = existing.url
    change.hook = settings
    change.existingID = existing.id
    return compare(existing, settings, subject, change)
  }

  private func compare(
    _ existing: RegisteredWebhook, _ settings: HookSettings, _ subject: String, _ change: SetupChange
  ) -> SetupStep {
    var lines = settings.differences(from: existing).map { "~ \($0)" }
    if settings.url != existing.url {
      lines.insert("~ url: \(existing.url) → \(settings.url)", at: 0)
      if existing.hidesPart { lines.insert("~ url: the name and the password in its address go with it (they are not shown)", at: 1) }
    }
    if let why = whyResent(existing) { lines.append("~ secrets: \(why)") }
    var notes: [String] = []
    if let twin = target.hasSecretOf, let url = target.hookURL, GateWebhookAddress(existing.url)?.instance == nil {
      notes.append(
        "its address names no GitLab, and GitLab \(twin) has the same secret, so that what it sends may be taken for that one's: give it the address "
          + "\(url) in GitLab, with the secret again; or each GitLab a secret of its own")
    }
    if existing.isSwitchedOff, let status = existing.alertStatus {
      notes.append("GitLab has switched it off (\(status)) for deliveries that failed: see that it reaches the gate, and test it in GitLab")
    }
    guard !lines.isEmpty else { return SetupStep(.nothing, subject, notes: notes) }
    return SetupStep(.update, subject, lines: lines, notes: notes, change: change)
  }

  /// Why the secrets of a webhook are sent again, which GitLab shows to nobody; nil where they are ours as far as can be told.
  private func whyResent(_ hook: RegisteredWebhook) -> String? {
    if memory.resendsSecrets { return "they are sent again, as is asked for" }
    switch memory.sentSecrets[hook.id] {
    case false?: return "they have changed here since they were sent, and are sent again"
    case nil: return "GitLab does not show whether they are ours, and they are sent again"
    case true?: break
    }
    guard let refused = survey.refusedSendings[hook.id], isLater(refused, of: hook.id) else { return nil }
    return
      "what it sent last, at \(refused.iso8601), was answered 401, so that they are others there, and they are sent again (if it stays so, the "
      + "running server has not read its own: SIGHUP it)"
  }

  /// Whether it was sent after the secrets were: by GitLab's own numbers, for its clock and ours may differ.
  private func isLater(_ refused: Instant, of hook: Int64) -> Bool {
    if let last = survey.lastSendings[hook], let before = memory.sendingsBefore[hook] { return last > before }
    return memory.secretsSentAt[hook].map { refused > $0 } ?? true
  }

  /// A gate with a signing token takes only what is signed; one with neither takes nothing.
  private var objectionToSecrets: String? {
    if usesSigningToken, let version = survey.version, !version.signsWebhooks {
      return
        "GitLab \(version) does not sign webhooks, which begins with 19.0, and a gate with a `signing_token` takes nothing else: configure "
        + "`webhook_token: {file: PATH}` in its place"
    }
    if target.webhookToken == .unconfigured, target.signingToken == .unconfigured {
      return "neither `webhook_token` nor `signing_token` is configured, so the gate would refuse every webhook: write "
        + "`webhook_token: {file: PATH}`, and it is made; or leave webhooks out with `setup: {hook: none}`"
    }
    let secret = usesSigningToken ? target.signingToken : target.webhookToken
    return secret.isPresentOrMade ? nil : "its secret is not there: see the line of the secret above"
  }
}
