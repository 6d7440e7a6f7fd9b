internal import HTTPMessages
internal import JSON

extension World {
  func listEnvironments(_ call: Call) throws(APIError) -> Response {
    let project = try project(call)
    try require(.reporter, project, call)
    // What a project does without has nothing that depends on it, for nobody (`ProjectPolicy`).
    guard project.hasRepository, project.hasJobs, project.showsEnvironments else { throw .forbidden }
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
}
