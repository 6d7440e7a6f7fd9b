internal import HTTPMessages
internal import JSON

extension World {
  func listEnvironments(_ call: Call) throws(APIError) -> Response {
    let project = try project(call)
    try require(.reporter, project, call)
    let name = call.parameters.text("name")
    let search = call.parameters.text("search")
    let rows = environments.all.filter { environment in
      environment.projectID == project.id && (name.map { $0 == environment.name } ?? true)
        && (search.map { environment.name.contains($0) } ?? true)
    }
    return try page(rows, call) { environmentEntity($0) }
  }

  func showEnvironment(_ call: Call) throws(APIError) -> Response {
    let project = try project(call)
    try require(.reporter, project, call)
    guard let environment = environments.find(try call.id("environment_id")), environment.projectID == project.id else { throw .notFound }
    return .json(environmentEntity(environment))
  }

  /// 403 for a member whose level does not reach; who is no member has got 404 before.
  func require(_ level: AccessLevel, _ project: Project, _ call: Call) throws(APIError) {
    guard has(level, onProject: project.id, call.user) else { throw .forbidden }
  }

  private func environmentEntity(_ environment: Environment) -> JSONValue {
    [
      "id": .integer(environment.id),
      "name": .string(environment.name),
      "slug": .string(environment.slug),
      "description": .null,
      "external_url": .optional(environment.externalURL),
      "state": "available",
      "tier": .string(environment.tier),
      "created_at": .string(environment.createdAt.iso8601),
      "updated_at": .string(environment.createdAt.iso8601),
      "auto_stop_at": .null,
    ]
  }

  func listProtections(_ call: Call) throws(APIError) -> Response {
    let project = try project(call)
    try require(.maintainer, project, call)
    return try listed(.project(project.id), call)
  }

  func showProtection(_ call: Call) throws(APIError) -> Response {
    let project = try project(call)
    try require(.maintainer, project, call)
    let found = protections.all.first { $0.source == .project(project.id) && $0.name == call.path["name"] }
    guard let found else { throw .notFound }
    return .json(protectionEntity(found))
  }

  func listGroupProtections(_ call: Call) throws(APIError) -> Response {
    let group = try group(call)
    let sources = Set(ancestry(of: group.id).map { Source.group($0.id) })
    let isMaintainer = memberships.contains { $0.userID == call.user.id && sources.contains($0.source) && $0.level >= .maintainer }
    guard call.user.isAdministrator || isMaintainer else { throw .forbidden }
    return try listed(.group(group.id), call)
  }

  private func listed(_ source: Source, _ call: Call) throws(APIError) -> Response {
    try page(protections.all.filter { $0.source == source }.sorted { ($0.name, $0.id) < ($1.name, $1.id) }, call) { protectionEntity($0) }
  }

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
