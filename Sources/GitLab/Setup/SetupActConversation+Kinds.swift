internal import HTTPMessages
internal import JSON

/// What differs between an account, a membership, a token, a protection and a webhook.
extension SetupActConversation {
  var isList: Bool { [.account, .token, .hook, .adminToken].contains(change.kind) }

  /// A token of a run that was cut off.
  var isRemoval: Bool { isToken && change.existingID != nil }

  /// What is in the answer to its making and nowhere else.
  var isToken: Bool { change.kind == .token || change.kind == .adminToken }

  var reading: Request {
    switch change.kind {
    // Anybody may have registered the name: what is made is known by its id, and what may have been is one of the place's service accounts.
    case .account: isAccountUnknown ? api.serviceAccounts(in: change.place) : api.users(named: change.name)
    case .membership: api.member(account, of: change.place)
    case .token: api.accessTokens(of: account, in: change.place)
    case .adminToken: api.accessTokens(in: change.place)
    case .protection: api.protection(change.name, in: change.place)
    case .hook, .secret: api.hooks(of: change.place)
    }
  }

  /// Whether its id is not known (yet), nor whether it is there.
  var isAccountUnknown: Bool { change.kind == .account && change.existingID == nil && trace.gitlabID == nil }

  /// A membership counts with what the groups above give.
  var readingBack: Request { change.kind == .membership ? api.effectiveMember(account, of: change.place) : reading }

  /// The one of a list that is meant.
  func pick(_ value: JSONValue) -> JSONValue? {
    guard isList else { return value }
    let all = value.array ?? []
    if let id = (isToken ? nil : trace.gitlabID) ?? change.existingID {
      return all.first { $0.id("id") == id && (!isToken || $0.isServing) }
    }
    switch change.kind {
    case .account: return all.first { $0["username"]?.string?.lowercased() == change.name.lowercased() }
    case .token, .adminToken: return change.name.isEmpty ? nil : all.first { $0["name"]?.string == change.name }
    case .hook, .secret: return all.first { RegisteredWebhook($0)?.url == change.name }
    case .membership, .protection: return value
    }
  }

  /// Whether nothing has to be done. A webhook's secrets cannot be seen: it is sent anew, unless it is only looked for.
  ///
  /// - Parameter isOwn: whether it is what a run has begun that is looked for: others' is not what was asked for.
  func isStanding(_ found: JSONValue, isOwn: Bool) -> Bool {
    switch change.kind {
    // One that is there may be called otherwise, and was not made by a run before.
    case .account: (change.existingID == nil && !isOwn) || found.text("name") == change.displayName
    case .membership: isOwn ? found.level == change.level : (found.level ?? 0) >= (change.level ?? 0)
    case .token, .adminToken: isOwn && !isRemoval
    // What was to go besides the next plan shows.
    case .protection: ProtectedEnvironment(found).map { (isOwn && hasOwnRows($0)) || missing(in: $0).isEmpty } ?? false
    case .hook: isOwn && (trace.existed || RegisteredWebhook(found).map(isAsMade) ?? false)
    case .secret: isOwn
    }
  }

  /// A webhook of setup's making tells of deployments, not of pushes, and has a secret, where GitLab says so (19.0).
  private func isAsMade(_ hook: RegisteredWebhook) -> Bool {
    hook.deploymentEvents && !hook.pushEvents && !(hook.hasToken == false && hook.hasSigningToken == false)
  }

  /// Remembers how it was, so that undoing can tell ours from others'.
  mutating func noteBefore(_ found: JSONValue?) {
    guard let found else { return }
    trace.existed = true
    switch change.kind {
    case .membership: trace.before = .optional(found.level)
    case .protection:
      guard let protection = ProtectedEnvironment(found) else { break }
      trace.deployRowsBefore = protection.deployAccessLevels.map(\.id)
      trace.approvalRowsBefore = protection.approvalRules.map(\.id)
    case .hook: trace.before = RegisteredWebhook(found)?.flags ?? .null
    case .account: if change.existingID != nil { trace.before = .optional(found.text("name")) }
    case .token, .adminToken, .secret: break
    }
  }

  /// Remembers what stands now.
  mutating func note(_ found: JSONValue) {
    switch change.kind {
    case .account, .token, .adminToken, .secret: trace.gitlabID = found.id("id")
    case .hook:
      trace.gitlabID = found.id("id")
      trace.after = RegisteredWebhook(found)?.switches ?? .null
      trace.createdAt = RegisteredWebhook(found)?.createdAt
    case .membership: break
    case .protection:
      guard let protection = ProtectedEnvironment(found) else { break }
      trace.deployRows = ownDeployRows(protection)
      trace.approvalRows = ownApprovalRows(protection)
    }
  }

  func act(on found: JSONValue?) -> Request? {
    switch change.kind {
    case .account:
      if let id = change.existingID {
        return found == nil ? nil : api.renameServiceAccount(id, in: change.place, name: change.displayName ?? change.name)
      }
      return api.createServiceAccount(in: change.place, username: change.name, name: change.displayName ?? change.name)
    case .membership:
      let level = change.level ?? SetupTarget.levelInProject
      return found == nil
        ? api.addMember(account, to: change.place, level: level) : api.setMember(account, of: change.place, level: level)
    case .token:
      if let id = change.existingID { return found == nil ? nil : api.revokeAccessToken(id, of: account, in: change.place) }
      return api.createAccessToken(of: account, in: change.place, name: change.name, expiresOn: change.expiresOn ?? "")
    case .adminToken:
      if let id = change.existingID { return found == nil ? nil : api.revokeAccessToken(id, in: change.place) }
      return api.createReadingToken(in: change.place, name: change.name, expiresOn: change.expiresOn ?? "")
    case .protection:
      guard let found, let existing = ProtectedEnvironment(found) else {
        let all = Missing(deployers: change.deployers, approver: change.needsApprover, raised: [])
        return api.protect(in: change.place, protectionBody(all, name: change.name))
      }
      var missing = missing(in: existing)
      // What goes waits for the account to be seen among the approvers (`removal`).
      if !missing.isSafeToTakeOut { (missing.formerDeployRows, missing.formerApprovalRows) = ([], []) }
      return api.updateProtection(change.name, in: change.place, protectionBody(missing, name: nil))
    case .hook:
      guard let settings = change.hook else { return nil }
      let existing = found.flatMap(RegisteredWebhook.init)
      let body = hookBody(settings, existing)
      return existing.map { api.updateHook($0.id, of: change.place, body) } ?? api.addHook(to: change.place, body)
    case .secret: return nil
    }
  }

  // MARK: Webhooks

  /// A new url clears the secrets, and so might any version: they always go along (facts G). `push_events` is on where nothing is said. An address
  /// that stays keeps what is not shown of it.
  private func hookBody(_ settings: HookSettings, _ existing: RegisteredWebhook?) -> JSONValue {
    var body: JSONObject = [
      "url": .string(existing?.url == settings.url ? existing?.address ?? settings.url : settings.url), "deployment_events": true,
      "pipeline_events": .bool(settings.pipelineEvents || existing?.pipelineEvents ?? false),
      "push_events": .bool(existing?.pushEvents ?? false), "enable_ssl_verification": .bool(settings.verifiesTLS),
    ]
    if settings.sendsToken, let token = secrets.token { body.append("token", .string(token)) }
    if settings.sendsSigningToken, let token = secrets.signingToken { body.append("signing_token", .string(token)) }
    return .object(body)
  }

  // MARK: What GitLab dropped

  func shortfall(_ found: JSONValue) -> String? {
    switch change.kind {
    case .account:
      guard change.existingID != nil, !isStanding(found, isOwn: false) else { return nil }
      return "GitLab left \(trace.text) as it was: rename it there, or take `name` out of `setup.account`"
    case .token, .adminToken, .secret: return nil
    case .membership:
      guard let level = found.level, let wanted = change.level, level < wanted else { return nil }
      return "GitLab keeps the account at access level \(level) in \(change.place.text), and \(wanted) is needed: raise it by hand"
    case .protection:
      guard let protection = ProtectedEnvironment(found), case let missing = missing(in: protection), !missing.isEmpty else { return nil }
      return dropped(missing)
    case .hook:
      guard let hook = RegisteredWebhook(found), let settings = change.hook else { return nil }
      if settings.sendsSigningToken, hook.hasSigningToken != true {
        return "GitLab ignored the signing token of \(trace.text): it is older than 19.0, or has it switched off; configure "
          + "`webhook_token: {file: PATH}` in its place"
      }
      let differences = settings.differences(from: hook)
      return differences.isEmpty
        ? nil : "GitLab left \(trace.text) as it was (\(differences.joined(separator: ", "))): change it in GitLab by hand"
    }
  }
}
