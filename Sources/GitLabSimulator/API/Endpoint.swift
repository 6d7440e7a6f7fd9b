internal import HTTPMessages

/// One route of the API: what it needs of a token, and what it does.
struct Endpoint: Sendable {
  enum Needs: Sendable {
    case api, reading, readingUser, rotation, anyToken

    var scopes: [String] {
      switch self {
      case .api: ["api"]
      case .reading: ["api", "read_api"]
      case .readingUser: ["api", "read_api", "read_user"]
      case .rotation: ["api", "self_rotate"]
      case .anyToken: []
      }
    }
  }

  typealias Handler = @Sendable (inout World, Call) throws(APIError) -> Response

  var method: String
  var pattern: [String]
  var needs: Needs
  /// Without it GitLab knows no such route.
  var feature: World.Feature?
  var handler: Handler

  init(_ method: String, _ pattern: String, _ needs: Needs, since feature: World.Feature? = nil, _ handler: @escaping Handler) {
    self.feature = feature
    self.method = method
    self.pattern = pattern.split(separator: "/").map(String.init)
    self.needs = needs
    self.handler = handler
  }

  var level: Call.Level {
    switch pattern.first {
    case "projects": .project
    case "groups": .group
    default: .instance
    }
  }

  /// The path's parameters when the path has this endpoint's shape. Segments are cut before they are decoded, so an unencoded
  /// `group/project` has one segment too many, as in GitLab.
  func match(_ segments: [String]) -> [String: String]? {
    guard segments.count == pattern.count else { return nil }
    var found: [String: String] = [:]
    for (part, segment) in zip(pattern, segments) {
      if part.hasPrefix(":") {
        found[String(part.dropFirst())] = PercentCoding.decode(segment)
      } else if part != segment {
        return nil
      }
    }
    return found
  }

  static let all = reading + tokens + instanceAccounts + ["projects", "groups"].flatMap(administration)

  private static let reading: [Endpoint] = [
    Endpoint("GET", "version", .readingUser) { world, _ throws(APIError) in world.showVersion() },
    Endpoint("GET", "metadata", .readingUser) { world, _ throws(APIError) in world.showMetadata() },
    Endpoint("GET", "application/appearance", .reading) { world, call throws(APIError) in try world.showAppearance(call) },
    Endpoint("GET", "user", .readingUser) { world, call throws(APIError) in world.showCurrentUser(call) },
    Endpoint("GET", "projects", .reading) { world, call throws(APIError) in try world.listProjects(call) },
    Endpoint("GET", "projects/:id", .reading) { world, call throws(APIError) in try world.showProject(call) },
    Endpoint("GET", "groups/:id/projects", .reading) { world, call throws(APIError) in try world.listGroupProjects(call) },
    Endpoint("GET", "users", .readingUser) { world, call throws(APIError) in try world.listUsers(call) },
    Endpoint("GET", "users/:user_id", .readingUser) { world, call throws(APIError) in try world.showUser(call) },
    Endpoint("GET", "groups", .reading) { world, call throws(APIError) in try world.listGroups(call) },
    Endpoint("GET", "groups/:id", .reading) { world, call throws(APIError) in try world.showGroup(call) },
    Endpoint("GET", "groups/:id/descendant_groups", .reading) { world, call throws(APIError) in try world.listDescendantGroups(call) },
    Endpoint("PUT", "projects/:id", .api) { world, call throws(APIError) in try world.updateProject(call) },
    Endpoint("GET", "projects/:id/environments", .reading) { world, call throws(APIError) in try world.listEnvironments(call) },
    Endpoint("GET", "projects/:id/environments/:environment_id", .reading) { world, call throws(APIError) in
      try world.showEnvironment(call)
    },
    Endpoint("GET", "projects/:id/deployments", .reading) { world, call throws(APIError) in try world.listDeployments(call) },
    Endpoint("GET", "projects/:id/deployments/:deployment_id", .reading) { world, call throws(APIError) in
      try world.showDeployment(call)
    },
    Endpoint("POST", "projects/:id/deployments/:deployment_id/approval", .api) { world, call throws(APIError) in
      try world.approveDeployment(call)
    },
    Endpoint("GET", "projects/:id/jobs/:job_id", .reading) { world, call throws(APIError) in try world.showJob(call) },
    Endpoint("POST", "projects/:id/jobs/:job_id/cancel", .api) { world, call throws(APIError) in try world.cancelJob(call) },
    Endpoint("POST", "projects/:id/jobs/:job_id/play", .api) { world, call throws(APIError) in try world.playJob(call) },
    Endpoint("POST", "projects/:id/pipeline", .api) { world, call throws(APIError) in try world.createPipeline(call) },
    Endpoint("GET", "projects/:id/pipelines/:pipeline_id", .reading) { world, call throws(APIError) in try world.showPipeline(call) },
    Endpoint("GET", "projects/:id/repository/commits", .reading) { world, call throws(APIError) in try world.listCommits(call) },
    Endpoint("GET", "projects/:id/repository/compare", .reading) { world, call throws(APIError) in try world.compareCommits(call) },
    Endpoint("GET", "projects/:id/repository/commits/:sha/merge_requests", .reading) { world, call throws(APIError) in
      try world.listMergeRequestsOfCommit(call)
    },
    Endpoint("GET", "projects/:id/merge_requests/:iid/commits", .reading) { world, call throws(APIError) in
      try world.listCommitsOfMergeRequest(call)
    },
    Endpoint("GET", "projects/:id/repository/commits/:sha", .reading) { world, call throws(APIError) in try world.showCommit(call) },
  ]
}
