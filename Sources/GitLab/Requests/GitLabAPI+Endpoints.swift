internal import ChangeControl
internal import HTTPMessages
internal import JSON

/// The endpoints that a gate uses. Numeric ids wherever there are any: paths with `%2F` do not survive every proxy.
extension GitLabAPI {
  func deployment(_ identity: DeploymentIdentity) -> Request {
    get("/projects/\(identity.project)/deployments/\(identity.deployment)")
  }

  /// Approves or rejects (Premium and Ultimate, 14.8). The comment is at most 255 characters.
  func decide(_ identity: DeploymentIdentity, _ status: ApprovalStatus, comment: String) -> Request {
    post(
      "/projects/\(identity.project)/deployments/\(identity.deployment)/approval",
      ["status": .string(status.rawValue), "comment": .string(comment)])
  }

  func cancel(job: Int64, project: Int64) -> Request { post("/projects/\(project)/jobs/\(job)/cancel", [:]) }

  func play(job: Int64, project: Int64) -> Request { post("/projects/\(project)/jobs/\(job)/play", [:]) }

  func project(_ id: Int64) -> Request { get("/projects/\(id)") }

  func project(path: String) -> Request { get("/projects/\(percentEncoded(path))") }

  func environment(_ id: Int64, project: Int64) -> Request { get("/projects/\(project)/environments/\(id)") }

  func commit(_ sha: String, project: Int64) -> Request { get("/projects/\(project)/repository/commits/\(percentEncoded(sha))") }

  func blockedDeployments(project: Int64) -> Request {
    get("/projects/\(project)/deployments?status=blocked&order_by=id&sort=desc&per_page=\(Limits.perPage)")
  }

  func projects(ofGroup path: String) -> Request {
    get("/groups/\(percentEncoded(path))/projects?include_subgroups=true&simple=true&order_by=id&sort=asc&per_page=\(Limits.perPage)")
  }

  func projectsOfMember() -> Request {
    get("/projects?membership=true&simple=true&order_by=id&sort=asc&per_page=\(Limits.perPage)")
  }
}

/// What people's approvals stand on.
extension GitLabAPI {
  /// Direct members, or inherited ones too: `/members/all` is what a person effectively is.
  func members(of source: MembershipSource) -> Request {
    switch source {
    case .group(let group):
      get("/groups/\(percentEncoded(group.path))/members\(group.inheritance == .inheritedMembers ? "/all" : "")?per_page=\(Limits.perPage)")
    case .project(let id): get("/projects/\(id)/members/all?per_page=\(Limits.perPage)")
    case .administrators: get("/users?admins=true&order_by=id&sort=asc&per_page=\(Limits.perPage)")
    }
  }

  func users(named username: String) -> Request { get("/users?username=\(percentEncoded(username))") }

  func user(_ id: Int64) -> Request { get("/users/\(id)") }

  /// Deployments to an environment that succeeded, the newest first.
  func successes(project: Int64, environment: String) -> Request {
    get(
      "/projects/\(project)/deployments?environment=\(percentEncoded(environment))&status=success&order_by=id&sort=desc"
        + "&per_page=\(Limits.perPage)")
  }

  /// `ref_name` may be a range (GitLab's commits API): what `to` has and `from` has not.
  func commits(from base: String, to sha: String, project: Int64) -> Request {
    get("/projects/\(project)/repository/commits?ref_name=\(percentEncoded("\(base)..\(sha)"))&per_page=\(Limits.perPage)")
  }

  /// `straight`: what differs between the two, and not from where their histories parted: a deployment may go back.
  func comparison(from base: String, to sha: String, project: Int64) -> Request {
    get("/projects/\(project)/repository/compare?from=\(percentEncoded(base))&to=\(percentEncoded(sha))&straight=true")
  }

  func mergeRequests(ofCommit sha: String, project: Int64) -> Request {
    get("/projects/\(project)/repository/commits/\(percentEncoded(sha))/merge_requests?per_page=\(Limits.perPage)")
  }

  func commits(ofMergeRequest iid: Int64, project: Int64) -> Request {
    get("/projects/\(project)/merge_requests/\(iid)/commits?per_page=\(Limits.perPage)")
  }
}

/// RFC 3986 §2.3: everything but the unreserved characters, so that a namespaced path is one segment.
func percentEncoded(_ text: String) -> String {
  let hexadecimal = Array("0123456789ABCDEF".utf8)
  var out: [UInt8] = []
  for byte in text.utf8 {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
      UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
      out.append(byte)
    default: out += [UInt8(ascii: "%"), hexadecimal[Int(byte >> 4)], hexadecimal[Int(byte & 15)]]
    }
  }
  return String(decoding: out, as: UTF8.self)
}
