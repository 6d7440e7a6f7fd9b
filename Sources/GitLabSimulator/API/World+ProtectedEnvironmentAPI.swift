internal import HTTPMessages
internal import JSON

/// The protected environments API of projects and groups (facts E).
extension World {
  func listProtections(_ call: Call) throws(APIError) -> Response {
    let source = try protectedSource(call)
    let rows = protections.all.filter { $0.source == source }.sorted { ($0.name, $0.id) < ($1.name, $1.id) }
    return try page(rows, call) { protectionEntity($0) }
  }

  func showProtection(_ call: Call) throws(APIError) -> Response { .json(protectionEntity(try protection(call))) }

  mutating func createProtection(_ call: Call) throws(APIError) -> Response {
    let source = try protectedSource(call)
    guard call.parameters.has("name") else { throw .parameter("name is missing") }
    let name = call.parameters.text("name") ?? ""
    guard call.parameters.has("deploy_access_levels") else { throw .parameter("deploy_access_levels is missing") }
    let change = try protectionChange(call)
    try refuseDeprecatedCount(change)
    if protections.all.contains(where: { $0.source == source && $0.name == name }) { throw .conflict(alreadyProtected(name, in: source)) }
    return .json(protectionEntity(try protect(source, name: name, change)), status: .created)
  }

  mutating func updateProtection(_ call: Call) throws(APIError) -> Response {
    _ = try protectedSource(call)
    let change = try protectionChange(call)
    let protection = try protection(call)
    try refuseDeprecatedCount(change)
    return .json(protectionEntity(try update(protection, change)))
  }

  mutating func deleteProtection(_ call: Call) throws(APIError) -> Response {
    protections.remove(try protection(call).id)
    return .noContent
  }

  /// The project or group, where the caller may administer protected environments. Without the plan there are none.
  private func protectedSource(_ call: Call) throws(APIError) -> Source {
    if call.level == .group {
      let group = try group(call)
      guard instance.isLicensed || !instance.hidesUnlicensedProtections else { throw .unlicensed }
      guard has(.maintainer, onGroup: group.id, call.user) else { throw .forbidden }
      return .group(group.id)
    }
    let project = try project(call)
    guard instance.isLicensed || !instance.hidesUnlicensedProtections else { throw .unlicensed }
    try require(.maintainer, project, call)
    return .project(project.id)
  }

  private func protection(_ call: Call) throws(APIError) -> ProtectedEnvironment {
    let source = try protectedSource(call)
    guard let found = protections.all.first(where: { $0.source == source && $0.name == call.path["name"] }) else { throw .notFound }
    return found
  }

  private func alreadyProtected(_ name: String, in source: Source) -> String {
    if case .project = source, instance.has(.approvalRulesOnly) { return "Environment '\(name)' is already protected" }
    return "Protected environment '\(name)' already exists"
  }

  private func refuseDeprecatedCount(_ change: ProtectionChange) throws(APIError) {
    guard instance.has(.approvalRulesOnly), let count = change.requiredApprovalCount, count > 0 else { return }
    throw .unprocessable(
      "Parameter 'required_approval_count' is deprecated and shouldn't be used. See https://gitlab.com/groups/gitlab-org/-/epics/9662")
  }

  // MARK: What is asked for

  private func protectionChange(_ call: Call) throws(APIError) -> ProtectionChange {
    var reader = RuleReader()
    var change = ProtectionChange()
    change.requiredApprovalCount = try call.parameters.number("required_approval_count").map(Int64.init)
    change.deployAccess = reader.changes("deploy_access_levels", try call.parameters.hashes("deploy_access_levels") ?? [])
    change.approvalRules = reader.changes("approval_rules", try call.parameters.hashes("approval_rules") ?? [])
    guard reader.faults.isEmpty else { throw .parameter(reader.faults.joined(separator: ", ")) }
    return change
  }

  // MARK: Entities

  private func protectionEntity(_ protection: ProtectedEnvironment) -> JSONValue {
    [
      "name": .string(protection.name),
      "deploy_access_levels": .array(protection.deployAccess.map { .object(ruleEntity($0)) }),
      "required_approval_count": .integer(protection.requiredApprovalCount),
      "approval_rules": .array(
        protection.approvalRules.map { rule in
          var object = ruleEntity(rule)
          object.append("required_approvals", .integer(rule.requiredApprovals))
          return .object(object)
        }),
    ]
  }

  private func ruleEntity(_ rule: AccessRule) -> JSONObject {
    var object: JSONObject = ["id": .integer(rule.id)]
    for member in holderMembers(rule).members { object.append(member.name, member.value) }
    object.append("group_inheritance_type", .integer(rule.groupInheritance))
    return object
  }
}

/// Reads elements of the two lists, and gathers what GitLab's API framework says of all of them at once.
private struct RuleReader {
  private(set) var faults: [String] = []

  mutating func changes(_ list: String, _ hashes: [JSONObject]) -> [World.AccessRuleChange] {
    hashes.enumerated().map { change("\(list)[\($0)]", $1, isApprovalRule: list == "approval_rules") }
  }

  private mutating func change(_ place: String, _ hash: JSONObject, isApprovalRule: Bool) -> World.AccessRuleChange {
    var change = World.AccessRuleChange()
    change.id = integer("id", hash, place)
    change.isRemoval = flag("_destroy", hash, place)
    let user = integer("user_id", hash, place)
    let group = integer("group_id", hash, place)
    let level = integer("access_level", hash, place)
    change.groupInheritance = integer("group_inheritance_type", hash, place)
    if let inheritance = change.groupInheritance, inheritance != 0, inheritance != 1 { isNoValue("group_inheritance_type", place) }
    let access = level.flatMap(World.AccessLevel.init(rawValue:))
    if level != nil, access != .developer, access != .maintainer, access != .administrator { isNoValue("access_level", place) }
    // GitLab reads a row with several as the user's, then as the group's.
    change.holder = user.map { .user($0) } ?? group.map { .group($0) } ?? access.map { .level($0) }
    guard isApprovalRule else { return change }
    // The framework's default is written over what was there: a rule that is changed without its count needs one approval again.
    change.requiredApprovals = integer("required_approvals", hash, place) ?? 1
    if change.holder == nil, level == nil, !change.isRemoval {
      let names = ["access_level", "user_id", "group_id"].map { "\(place)[\($0)]" }
      faults.append(names.joined(separator: ", ") + " are missing, at least one parameter must be provided")
    }
    return change
  }

  private mutating func integer(_ name: String, _ hash: JSONObject, _ place: String) -> Int64? {
    switch hash[name] {
    case nil, .null: return nil
    case .integer(let number): return number
    case .string(let text) where Int64(text) != nil: return Int64(text)
    default:
      faults.append("\(place)[\(name)] is invalid")
      return nil
    }
  }

  private mutating func flag(_ name: String, _ hash: JSONObject, _ place: String) -> Bool {
    switch hash[name] {
    case nil, .null: return false
    case .bool(let flag): return flag
    case .string(let text) where Parameters.flag(text) != nil: return Parameters.flag(text) == true
    default:
      faults.append("\(place)[\(name)] is invalid")
      return false
    }
  }

  private mutating func isNoValue(_ name: String, _ place: String) { faults.append("\(place)[\(name)] does not have a valid value") }
}
