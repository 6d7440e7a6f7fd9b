internal import HTTPMessages
internal import JSON

/// What is missing in a protection, what has to go out of it, and what of it is ours.
extension SetupActConversation {
  struct Missing {
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

  func missing(in protection: ProtectedEnvironment) -> Missing {
    let present = Set(protection.deployAccessLevels.map(\.grantee))
    return Missing(
      deployers: change.deployers.filter { !present.contains($0.resolved(account: account)) },
      approver: change.needsApprover && !protection.isApprover(account),
      raised: protection.miscountedRules(for: account).map(\.id).filter(change.raisedRules.contains),
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

  func protectionBody(_ missing: Missing, name: String?) -> JSONValue {
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

  /// Whether any of what a run began to put there is there: it is on record then, whatever was cut off after it. Others let the same people deploy: where
  /// the account was to be named, its rows tell.
  func hasOwnRows(_ protection: ProtectedEnvironment) -> Bool {
    let deployRows = ownDeployRows(protection)
    guard change.needsApprover || change.deployers.contains(.account) else { return !deployRows.isEmpty }
    return !ownApprovalRows(protection).isEmpty
      || protection.deployAccessLevels.contains { $0.grantee == .user(account) && deployRows.contains($0.id) }
  }

  /// What a run has begun to make and holds more than it was to: others have made it, or have changed it since. Of that only the account's rows are ours.
  mutating func noteOthers(_ found: JSONValue) {
    guard change.kind == .protection, !trace.existed, let protection = ProtectedEnvironment(found) else { return }
    let asked = change.deployers.map { $0.resolved(account: account) }
    guard
      protection.approvalRules.contains(where: { $0.grantee != .user(account) })
        || !protection.deployAccessLevels.allSatisfy({ asked.contains($0.grantee) })
    else { return }
    trace.existed = true
    trace.change.deployers.removeAll { $0 != .account }
  }

  func ownDeployRows(_ protection: ProtectedEnvironment) -> [Int64] {
    let own = change.deployers.map { $0.resolved(account: account) }
    return protection.deployAccessLevels.filter { !trace.deployRowsBefore.contains($0.id) && own.contains($0.grantee) }.map(\.id)
  }

  func ownApprovalRows(_ protection: ProtectedEnvironment) -> [Int64] {
    guard change.needsApprover else { return [] }
    return protection.approvalRules.filter { !trace.approvalRowsBefore.contains($0.id) && $0.grantee == .user(account) }.map(\.id)
  }

  /// GitLab leaves out, without an error, whoever may not be in the list (facts E).
  func dropped(_ missing: Missing) -> String {
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
      reasons.append(
        (isGroup ? "a group must be shared with this one, or lie in it" : "a group must be invited to the project itself")
          + "; \(Grantee.insteadOfGroup)")
    }
    if missing.deployers.contains(where: { if case .other(.user) = $0 { true } else { false } }) {
      reasons.append(
        isGroup
          ? "a person must be a Maintainer (40) of the group, or of one above it: a member of a project below it is not enough"
          : "a person must be a member of the project, from Developer (30) on")
    }
    return
      "GitLab left out \(who.joined(separator: ", ")) of \(trace.text), without saying so: \(reasons.joined(separator: "; ")), and apply "
      + "again"
  }
}
