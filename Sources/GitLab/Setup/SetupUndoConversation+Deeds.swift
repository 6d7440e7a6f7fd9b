internal import HTTPMessages
internal import JSON

/// What is sent to take a thing back, decided by what stands there now beside what apply made of it.
///
/// The rule: what apply made goes; what others put there or changed since stays, and is told. Nothing goes whose end would leave deployments
/// waiting for nobody.
extension SetupUndoConversation {
  struct Deed {
    var request: Request
    var planned: SetupUndoing
    /// Whether what depends on it is looked at before.
    var isWeighed = false
  }

  struct Verdict: Error {
    var undoing: SetupUndoing

    init(_ undoing: SetupUndoing) { self.undoing = undoing }
  }

  /// What to send, and what it comes to; or why there is nothing to send.
  func deed(on found: JSONValue) -> Result<Deed, Verdict> {
    switch change.kind {
    case .account:
      if let sentence = otherName(found) { return .failure(Verdict(.kept(sentence))) }
      return .success(
        Deed(request: api.removeServiceAccount(account, in: removesAsUser ? .instance : change.place), planned: .removed))
    case .token where asksToken, .adminToken where asksToken:
      return .success(Deed(request: (ownAPI ?? api).revokeOwnAccessToken(), planned: .removed))
    case .token:
      return .success(Deed(request: api.revokeAccessToken(trace.gitlabID ?? 0, of: account, in: change.place), planned: .removed))
    case .adminToken: return .success(Deed(request: api.revokeAccessToken(trace.gitlabID ?? 0, in: change.place), planned: .removed))
    case .membership: return membership(found)
    case .protection: return protection(found)
    case .hook, .secret: return hook(found)
    }
  }

  // MARK: Memberships

  private func membership(_ found: JSONValue) -> Result<Deed, Verdict> {
    if let sentence = otherName(found) { return .failure(Verdict(.kept(sentence))) }
    let level = found.level ?? 0
    let wanted = change.level ?? SetupTarget.levelInProject
    if trace.existed, let before = trace.before.integer {
      if level == before { return .failure(Verdict(.gone)) }
      guard level == wanted else {
        return .failure(Verdict(.left("somebody has set it to access level \(level) since, and it stays; before apply it was \(before)")))
      }
      return .success(Deed(request: api.setMember(account, of: change.place, level: before), planned: .removed))
    }
    let request = api.removeMember(account, of: change.place)
    if level == wanted { return .success(Deed(request: request, planned: .removed, isWeighed: true)) }
    let now = "it is at access level \(level) (\(roleName(level))) now, and apply made it \(wanted)"
    guard level < wanted || view.discardsChanges else {
      return .failure(
        Verdict(
          .kept(
            "somebody has raised it since: \(now). It stays, and with it the account: remove the member in GitLab (Manage > Members), or "
              + "\(discarding)")))
    }
    return .success(Deed(request: request, planned: .taken(now), isWeighed: true))
  }

  /// Who is removed loses their place in the project's protected environments; a rule that is an environment's only one stays, and would wait for an
  /// account that can approve no more (GitLab's `revoke_user`).
  func dependence(of protections: [ProtectedEnvironment]) -> String? {
    let named = protections.filter { $0.isApprover(account) || $0.mayDeploy(account) }.map { $0.name.bounded(to: 80) }
    guard !named.isEmpty else { return nil }
    let kind = change.place.level == .group ? "tier" : "environment"
    return
      "others have named the account in protected \(kind) \(named.prefix(5).joined(separator: ", ")) of \(change.place.text), which could wait for it "
      + "for ever: it stays, and with it the account. Take the account out there (Settings > CI/CD > Protected environments), and \(view.again)"
  }

  // MARK: Protections

  private func protection(_ found: JSONValue) -> Result<Deed, Verdict> {
    guard let protection = ProtectedEnvironment(found) else {
      return .failure(
        Verdict(
          .stopped(
            "GitLab \(api.instance) shows \(trace.text) in a form that is not known here; remove it in GitLab by hand, and \(view.again)")))
    }
    let remainder = ProtectionRemainder(protection, records)
    // What apply has made itself in any run goes whole.
    let existed = records.allSatisfy(\.existed)
    if !existed, remainder.isOnlyOurs || view.discardsChanges {
      let planned: SetupUndoing = remainder.whatWasChanged.map(SetupUndoing.taken) ?? .removed
      return .success(Deed(request: api.unprotect(change.name, in: change.place), planned: planned))
    }
    if remainder.leavesNobodyToDeploy {
      let whole = existed ? "" : "; or take it away whole with \(discarding)"
      return .failure(
        Verdict(
          .stopped(
            "besides the account nobody may deploy to what \(trace.text) guards, and others have changed it since"
              + "\(remainder.others.isEmpty ? "" : " (\(remainder.others))"): without the account no deployment could go. Name in GitLab who else "
              + "may (Settings > CI/CD > Protected environments)\(whole); then \(view.again)")))
    }
    let isAsItWas = existed && remainder.changed.isEmpty
    let kept: SetupUndoing =
      isAsItWas ? remainder.changedCount.map(SetupUndoing.taken) ?? .removed : .left(remainder.sentence(existed: existed))
    guard let body = remainder.removal else { return .failure(Verdict(isAsItWas ? .gone : kept)) }
    return .success(Deed(request: api.updateProtection(change.name, in: change.place, body), planned: kept))
  }

  // MARK: Webhooks

  private func hook(_ found: JSONValue) -> Result<Deed, Verdict> {
    guard let hook = RegisteredWebhook(found) else { return .failure(Verdict(.gone)) }
    if let made = trace.createdAt, hook.isMade(at: made) == false, let created = hook.createdAt {
      return .failure(
        Verdict(
          .left("webhook \(hook.id) was made at another time (\(created.iso8601)): it has the number of apply's, which is gone, and stays"))
      )
    }
    let ours = [change.name, view.hookURL].compactMap(\.self).compactMap { GateWebhookAddress($0) }
    guard hook.url == change.name || ours.contains(where: { $0.leadsToSameGate(hook.url, from: api.instance) }) else {
      return .failure(Verdict(.left("somebody has pointed it elsewhere since, and it stays")))
    }
    guard trace.existed, case .object(let before) = trace.before else { return ownHook(hook) }
    return adoptedHook(hook, before)
  }

  /// One that apply made: our events go, and with the last of them the webhook.
  private func ownHook(_ hook: RegisteredWebhook) -> Result<Deed, Verdict> {
    let made = trace.after.object.map { after in Set(after.members.filter { $0.value == true }.map(\.name)) }
    let own = made ?? ["deployment_events", "pipeline_events"]
    let added = hook.events.filter { !own.contains($0) }
    guard !added.isEmpty, !view.discardsChanges else {
      let planned: SetupUndoing =
        added.isEmpty ? .removed : .taken("others had it send \(added.joined(separator: ", ")) too")
      return .success(Deed(request: api.removeHook(hook.id, of: change.place), planned: planned))
    }
    let left = SetupUndoing.left(
      "others have it send \(added.joined(separator: ", ")) too since: what apply switched on is off again, and the rest stays, with the gate's "
        + "secret; remove webhook \(hook.id) in GitLab (Settings > Webhooks) if nobody needs it")
    let ours = hook.events.filter(own.contains)
    guard !ours.isEmpty else { return .failure(Verdict(left)) }
    var body: JSONObject = ["url": .string(hook.address)]
    for event in ours { body.append(event, false) }
    return .success(Deed(request: api.updateHook(hook.id, of: change.place, .object(body)), planned: left))
  }

  /// One that was there: what apply switched is switched back, but for what others have switched since.
  private func adoptedHook(_ hook: RegisteredWebhook, _ before: JSONObject) -> Result<Deed, Verdict> {
    var body: JSONObject = ["url": .string(hook.address)]
    var others: [String] = []
    for (name, value) in before.members where hook.flags[name] != value {
      if let after = trace.after[name], after != hook.flags[name] {
        others.append("\(name) is \(hook.flags[name]?.text ?? "")")
      } else {
        body.append(name, value)
      }
    }
    let changed = others.isEmpty ? "" : "; what others have changed since stays (\(others.joined(separator: ", ")))"
    let kept = SetupUndoing.left("it was there before: its events are as they were\(changed), and its secrets are the gate's")
    guard body.members.count > 1 else { return .failure(Verdict(kept)) }
    return .success(Deed(request: api.updateHook(hook.id, of: change.place, .object(body)), planned: kept))
  }
}
