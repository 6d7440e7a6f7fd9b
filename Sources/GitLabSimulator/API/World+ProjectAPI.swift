internal import HTTPMessages
internal import JSON

extension World {
  /// The project that a path names by number or by its encoded full path. What the caller may not see is not there.
  func project(_ call: Call) throws(APIError) -> Project {
    let id = call.path["id"] ?? ""
    let found = Int64(id).flatMap { projects.find($0) } ?? projects.all.first { fullPath(of: $0).lowercased() == id.lowercased() }
    guard let found, mayRead(project: found.id, call.user) else { throw .notFound("Project") }
    return found
  }

  func group(_ call: Call) throws(APIError) -> Group {
    let id = call.path["id"] ?? ""
    let found = Int64(id).flatMap { groups.find($0) } ?? groups.all.first { $0.fullPath.lowercased() == id.lowercased() }
    guard let found, call.user.isAdministrator || isVisible(found, to: call.user) else { throw .notFound("Group") }
    return found
  }

  func isVisible(_ group: Group, to user: User) -> Bool {
    level(of: user.id, onGroup: group.id) != nil
      || projects.all.contains { isBelow($0, group) && mayRead(project: $0.id, user) }
  }

  private func isBelow(_ project: Project, _ group: Group) -> Bool { ancestry(of: project.groupID).contains { $0.id == group.id } }

  func listProjects(_ call: Call) throws(APIError) -> Response {
    let membersOnly = call.parameters.flag("membership")
    let search = call.parameters.text("search")?.lowercased()
    let visible = projects.all.filter { project in
      (membersOnly ? level(of: call.user.id, onProject: project.id) != nil : mayRead(project: project.id, call.user))
        && (search.map { fullPath(of: project).lowercased().contains($0) } ?? true)
    }
    return try listed(visible, call)
  }

  func listGroupProjects(_ call: Call) throws(APIError) -> Response {
    let group = try group(call)
    let includesSubgroups = call.parameters.flag("include_subgroups")
    let visible = projects.all.filter { project in
      (includesSubgroups ? isBelow(project, group) : project.groupID == group.id) && mayRead(project: project.id, call.user)
    }
    return try listed(visible, call)
  }

  /// GitLab lists the newest project first unless asked otherwise.
  private func listed(_ rows: [Project], _ call: Call) throws(APIError) -> Response {
    let order = try call.parameters.choice("order_by", ["id", "name", "path", "created_at", "updated_at", "last_activity_at"])
    let sort = try call.parameters.choice("sort", ["asc", "desc"]) ?? "desc"
    let sorted = rows.sorted { left, right in
      order == "name" || order == "path" ? (left.path, left.id) < (right.path, right.id) : left.id < right.id
    }
    let isSimple = call.parameters.flag("simple")
    return try page(sort == "asc" ? sorted : sorted.reversed(), call) { projectEntity($0, isSimple: isSimple) }
  }

  func showProject(_ call: Call) throws(APIError) -> Response { .json(ownProject(try project(call), call)) }

  /// What a maintainer sets. Of GitLab's many attributes the simulator keeps two.
  mutating func updateProject(_ call: Call) throws(APIError) -> Response {
    let project = try project(call)
    try require(.maintainer, project, call)
    let allowsTriggerer = try call.parameters.optionalFlag("allow_pipeline_trigger_approve_deployment")
    let description = call.parameters.text("description")
    guard allowsTriggerer != nil || description != nil else {
      throw .parameter("allow_pipeline_trigger_approve_deployment, description are missing, at least one parameter must be provided")
    }
    // Without the plan the setting is not there, and what is not there is ignored.
    if let allowsTriggerer, instance.isLicensed { projects[project.id].allowsTriggererApproval = allowsTriggerer }
    if let description { projects[project.id].description = description }
    return .json(ownProject(projects[project.id], call))
  }

  /// The whole entity, with the caller's own levels.
  private func ownProject(_ project: Project, _ call: Call) -> JSONValue {
    guard case .object(var object) = projectEntity(project, isSimple: false) else { return .null }
    func access(_ level: AccessLevel?) -> JSONValue {
      level.map { ["access_level": .integer($0.rawValue), "notification_level": 3] } ?? .null
    }
    object.append(
      "permissions",
      [
        "project_access": access(membershipLevel(of: call.user.id, in: [.project(project.id)])),
        "group_access": access(level(of: call.user.id, onGroup: project.groupID)),
      ])
    return .object(object)
  }

  private func projectEntity(_ project: Project, isSimple: Bool) -> JSONValue {
    let group = groups[project.groupID]
    let displayNames = ancestry(of: group.id).reversed().map(\.name) + [project.path]
    var object: JSONObject = [
      "id": .integer(project.id),
      "description": .string(project.description),
      "name": .string(project.path),
      "name_with_namespace": .string(displayNames.joined(separator: " / ")),
      "path": .string(project.path),
      "path_with_namespace": .string(fullPath(of: project)),
      "created_at": .string(project.createdAt.iso8601),
      "default_branch": .string(project.defaultBranch),
      "ssh_url_to_repo": .string(sshURL(of: project)),
      "http_url_to_repo": .string(webURL(of: project) + ".git"),
      "web_url": .string(webURL(of: project)),
      "avatar_url": .null,
      "last_activity_at": .string(project.createdAt.iso8601),
      "namespace": [
        "id": .integer(group.id), "name": .string(group.name), "path": .string(group.name), "kind": "group",
        "full_path": .string(group.fullPath), "parent_id": .optional(group.parentID), "avatar_url": .null,
        "web_url": .string(instance.baseURL + "/groups/" + group.fullPath),
      ],
    ]
    guard !isSimple else { return .object(object) }
    object.append("archived", false)
    object.append("visibility", "private")
    object.append("jobs_enabled", .bool(project.hasJobs))
    object.append("repository_access_level", project.hasRepository ? "enabled" : "disabled")
    object.append("builds_access_level", project.hasJobs ? "enabled" : "disabled")
    object.append("environments_access_level", project.showsEnvironments ? "enabled" : "disabled")
    object.append("shared_with_groups", invitedGroupEntities(.project(project.id)))
    // What the licensed edition shows whatever the plan; the setting it shows by the plan (`EE::API::Entities::Project`).
    object.append("compliance_frameworks", [])
    if let day = project.markedForDeletionOn { object.append("marked_for_deletion_on", .string(day)) }
    guard instance.isLicensed, instance.has(.triggererApprovalSetting) else { return .object(object) }
    object.append("allow_pipeline_trigger_approve_deployment", .bool(project.allowsTriggererApproval))
    return .object(object)
  }
}
