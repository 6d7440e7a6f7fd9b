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
    case .account: api.users(named: change.name)
    case .membership: api.member(account, of: change.place)
    case .token: api.accessTokens(of: account, in: change.place)
    case .adminToken: api.accessTokens(in: change.place)
    case .protection: api.protection(change.name, in: change.place)
    case .hook, .secret: api.hooks(of: change.place)
    }
  }

  /// A membership counts with what the groups above give.
  var readingBack: Request { change.kind == .membership ? api.effectiveMember(account, of: change.place) : reading }

  /// The one of a list that is meant.
  func pick(_ value: JSONValue) -> JSONValue? {
    guard isList else { return value }
    let all = value.array ?? []
    if let id = change.existingID { return all.first { $0.id("id") == id && (!isToken || $0.isServing) } }
    switch change.kind {
    case .account: return all.first { $0["username"]?.string?.lowercased() == change.name.lowercased() }
    case .token, .adminToken: return change.name.isEmpty ? nil : all.first { $0["name"]?.string == change.name }
    case .hook, .secret: return all.first { $0["url"]?.string == change.name }
    case .membership, .protection: return value
    }
  }

  /// Whether nothing has to be done. A webhook's secrets cannot be seen: it is sent anew, unless it is only looked for.
  func isStanding(_ found: JSONValue, isOwn: Bool) -> Bool {
    switch change.kind {
    // One that is there may be called otherwise.
    case .account: change.existingID == nil || found.text("name") == change.displayName
    case .membership: (found.level ?? 0) >= (change.level ?? 0)
    case .token, .adminToken: isOwn && !isRemoval
    // One of ours is ours with what GitLab left out of it, too.
    case .protection: (isOwn && !trace.existed) || (ProtectedEnvironment(found).map { missing(in: $0).isEmpty } ?? false)
    case .hook, .secret: isOwn
    }
  }

  /// Remembers how it was, so that undoing can tell ours from others'.
  mutating func noteBefore(_ found: JSONValue?) {
    guard let found else { return }
    trace.existed = true
    switch change.kind {
    case .membership: trace.before = .optional(found.level)
    case .protection:
      guard let protection = ProtectedEnvironment(found) else { break }
      trace.rowsBefore = (protection.deployAccessLevels + protection.approvalRules).map(\.id)
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
    case .membership: break
    case .protection:
      guard let protection = ProtectedEnvironment(found) else { break }
      let own = change.deployers.map { $0.resolved(account: account) }
      func isNew(_ row: AccessGrant) -> Bool { !trace.rowsBefore.contains(row.id) }
      trace.deployRows = protection.deployAccessLevels.filter { isNew($0) && own.contains($0.grantee) }.map(\.id)
      trace.approvalRows =
        change.needsApprover ? protection.approvalRules.filter { isNew($0) && $0.grantee == .user(account) }.map(\.id) : []
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

  // MARK: Protections

  private struct Missing {
    var deployers: [SetupDeployer]
    var approver: Bool
    var raised: [Int64]
    /// What is there and has to go.
    var formerDeployRows: [Int64] = []
    var formerApprovalRows: [Int64] = []
    var isEmpty: Bool { deployers.isEmpty && !approver && raised.isEmpty && hasNoFormer }
    var hasNoFormer: Bool { formerDeployRows.isEmpty && formerApprovalRows.isEmpty }
    /// Whether all that is to be there is: else nobody may be left who approves, or who deploys.
    var isSafeToTakeOut: Bool { deployers.isEmpty && !approver && raised.isEmpty }
  }

  private func missing(in protection: ProtectedEnvironment) -> Missing {
    let present = Set(protection.deployAccessLevels.map(\.grantee))
    return Missing(
      deployers: change.deployers.filter { !present.contains($0.resolved(account: account)) },
      approver: change.needsApprover && !protection.isApprover(account),
      raised: protection.rulesTooHigh(for: account).map(\.id).filter(change.raisedRules.contains),
      formerDeployRows: protection.deployAccessLevels.map(\.id).filter(change.formerDeployRows.contains),
      formerApprovalRows: protection.approvalRules.map(\.id).filter(change.formerApprovalRows.contains))
  }

  /// Takes out what has to go, once what is to be there is seen: GitLab leaves out without an error whom it does not like (facts E), and a protection
  /// without a rule lets everything through, one without deployers nothing.
  ///
  /// - Parameter isHeard: whether GitLab has said that it did what it was asked for: then only what hangs on what it left out stays.
  func removal(from found: JSONValue, isHeard: Bool) -> Request? {
    guard change.kind == .protection, let protection = ProtectedEnvironment(found), case var missing = missing(in: protection),
      isHeard || missing.isSafeToTakeOut, !missing.approver
    else { return nil }
    if !missing.deployers.isEmpty { missing.formerDeployRows = [] }
    guard !missing.hasNoFormer else { return nil }
    (missing.deployers, missing.raised) = ([], [])
    return api.updateProtection(change.name, in: change.place, protectionBody(missing, name: nil))
  }

  private func protectionBody(_ missing: Missing, name: String?) -> JSONValue {
    var body = JSONObject()
    if let name { body.append("name", .string(name)) }
    func removals(_ rows: [Int64]) -> [JSONValue] { rows.map { ["id": .integer($0), "_destroy": true] } }
    let grantees = missing.deployers.map { $0.resolved(account: account) }
    let levels =
      grantees.map { JSONValue.object(JSONObject(members: [(name: $0.member, value: .integer($0.number))])) }
      + removals(missing.formerDeployRows)
    if !levels.isEmpty || name != nil { body.append("deploy_access_levels", .array(levels)) }
    let own: JSONObject = ["user_id": .integer(account), "required_approvals": 1]
    // GitLab wants to hear whose rule it is of one that is there, too (facts E).
    let raised = missing.raised.map { id in JSONValue.object(JSONObject(members: [(name: "id", value: .integer(id))] + own.members)) }
    let rules = raised + (missing.approver ? [.object(own)] : []) + removals(missing.formerApprovalRows)
    if !rules.isEmpty { body.append("approval_rules", .array(rules)) }
    return .object(body)
  }

  // MARK: Webhooks

  /// A new url clears the secrets, and so might any version: they always go along (facts G). `push_events` is on where nothing is said.
  private func hookBody(_ settings: HookSettings, _ existing: RegisteredWebhook?) -> JSONValue {
    var body: JSONObject = [
      "url": .string(settings.url), "deployment_events": true,
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

  /// GitLab leaves out, without an error, whoever may not be in the list (facts E).
  private func dropped(_ missing: Missing) -> String {
    if missing.deployers.isEmpty, !missing.approver, missing.raised.isEmpty {
      let rows = (missing.formerApprovalRows + missing.formerDeployRows).map(String.init).joined(separator: ", ")
      return
        "GitLab left rows \(rows) in \(trace.text), which were to go, without saying why: remove them in GitLab (Settings > CI/CD > Protected "
        + "environments), and apply again"
    }
    if missing.deployers.isEmpty, !missing.approver {
      return "GitLab left the account's rule of \(trace.text) at more than one approval, without saying why: set its required "
        + "approvals to 1 in GitLab (Settings > CI/CD > Protected environments), and apply again"
    }
    let isGroup = change.place.level == .group
    let who =
      (missing.approver ? ["the service account as approver"] : []) + missing.deployers.map { "\($0.text) from those who may deploy" }
    var reasons: [String] = []
    if missing.approver || missing.deployers.contains(.account) {
      reasons.append(
        isGroup
          ? "rules of a group take only its Maintainers: make the account one (access level 40)"
          : "rules of a project take only its members from Developer on: make the account one (access level 30)")
    }
    if missing.deployers.contains(where: { if case .other(.group) = $0 { true } else { false } }) {
      reasons.append(isGroup ? "a group must be shared with this one, or lie in it" : "a group must be invited to the project")
    }
    if missing.deployers.contains(where: { if case .other(.user) = $0 { true } else { false } }) {
      reasons.append("a person must be a member")
    }
    return
      "GitLab left out \(who.joined(separator: ", ")) of \(trace.text), without saying so: \(reasons.joined(separator: "; ")), and apply "
      + "again"
  }
}
