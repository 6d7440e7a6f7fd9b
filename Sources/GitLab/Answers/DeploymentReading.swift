package import ChangeControl
internal import JSON

/// One answer to `GET /projects/:id/deployments/:deployment_id`, read.
package struct DeploymentReading: Sendable, Hashable {
  package var facts: DeploymentFacts
  /// For the environment's tier, which the deployments API does not tell.
  var environmentID: Int64?
  /// Who the job runs as. It is who triggered it, until somebody plays the job: then it is the player (GitLab's
  /// app/services/ci/enqueue_job_service.rb).
  var jobUserID: Int64?
  /// `https://gitlab.example.com/acme/payments/checkout/-/pipelines/2366`: the one place where the deployments API names the project.
  var pipelineURL: String?
  /// What GitLab still waits for, rule by rule (`approval_summary`); empty where there are no rules.
  var waitingRules: [String]

  /// Throws when the answer lacks what a gate cannot do without; then it is not GitLab's, or from a GitLab we do not know.
  init(_ value: JSONValue, of identity: DeploymentIdentity) throws(Misshapen) {
    guard value.id("id") == identity.deployment else { throw Misshapen(member: "id") }
    guard let sha = value.text("sha", limit: 64) else { throw Misshapen(member: "sha") }
    guard let environment = value["environment"]?["name"]?.string, !environment.isEmpty else { throw Misshapen(member: "environment.name") }
    guard let word = value.text("status"), let status = DeploymentStatus(rawValue: word) else { throw Misshapen(member: "status") }
    let job = value["deployable"]
    let commit = job?["commit"]
    facts = DeploymentFacts(
      identity: identity,
      iid: value.id("iid"),
      status: status,
      environment: environment.bounded(to: Limits.environmentName),
      tier: value["environment"]?.text("tier"),
      ref: value.text("ref"),
      sha: sha,
      commitTitle: commit?.text("title"),
      commitAuthors: commit?.commitAuthors ?? [],
      job: job.flatMap { job in
        job.id("id").map {
          Job(id: $0, name: job.text("name"), status: job.text("status"), webURL: job.url("web_url"), hasBegun: Self.hasBegun(job))
        }
      },
      pipeline: job?["pipeline"]?.id("id"),
      triggerer: value["user"]?.person,
      pendingApprovals: try Self.pendingApprovals(value),
      approvals: Self.approvals(value),
      project: nil,
      createdAt: value.instant("created_at"),
      updatedAt: value.instant("updated_at"))
    environmentID = value["environment"]?.id("id")
    jobUserID = job?["user"]?.id("id")
    pipelineURL = job?["pipeline"]?.url("web_url")
    waitingRules = Self.waitingRules(value)
  }

  /// GitLab gives a job its `started_at` when a runner takes it up, and never takes it away.
  private static func hasBegun(_ job: JSONValue) -> Bool? {
    switch job["started_at"] {
    case .null: false
    case .string(let text) where !text.isEmpty: true
    default: nil
    }
  }

  /// A GitLab without approvals (Free) leaves the count out, and nothing waits there. A count of another kind is no count.
  private static func pendingApprovals(_ value: JSONValue) throws(Misshapen) -> Int {
    switch value["pending_approval_count"] {
    case nil, .null: return 0
    case .integer(let count) where (0...1_000_000).contains(count): return Int(count)
    default: throw Misshapen(member: "pending_approval_count")
    }
  }

  private static func approvals(_ value: JSONValue) -> [RecordedApproval] {
    if let approvals = value["approvals"]?.array { return approvals.compactMap(approval) }
    return rules(value).flatMap { $0["deployment_approvals"]?.array ?? [] }.compactMap(approval)
  }

  private static func approval(_ value: JSONValue) -> RecordedApproval? {
    guard let status = value.text("status").flatMap(ApprovalStatus.init(rawValue:)) else { return nil }
    // GitLab keeps the approval of a user who is deleted; it still counts.
    let person = value["user"]?.person ?? Person(id: 0, username: "ghost", name: "a deleted user")
    return RecordedApproval(person: person, status: status, comment: value["comment"]?.string, createdAt: value.instant("created_at"))
  }

  private static func rules(_ value: JSONValue) -> [JSONValue] { value["approval_summary"]?["rules"]?.array ?? [] }

  private static func waitingRules(_ value: JSONValue) -> [String] {
    rules(value).compactMap { rule in
      let given = (rule["deployment_approvals"]?.array ?? []).count { $0["status"]?.string == "approved" }
      let missing = (rule["required_approvals"]?.integer ?? 1) - Int64(given)
      guard missing > 0 else { return nil }
      return "\(missing) more approval\(missing == 1 ? "" : "s") from \(name(of: rule))"
    }
  }

  private static func name(of rule: JSONValue) -> String {
    if let description = rule.text("access_level_description", limit: 80) { return description }
    if let user = rule.id("user_id") { return "user \(user)" }
    if let group = rule.id("group_id") { return "group \(group)" }
    return "a rule without a name"
  }
}

/// An answer that is JSON, but not what GitLab documents.
struct Misshapen: Error, Sendable, Hashable {
  var member: String
}

extension JSONValue {
  /// Who wrote a commit: its author, and whom the message names in `Co-authored-by: Name <address>` lines.
  var commitAuthors: [String] {
    var authors: [String] = []
    if let author = text("author_name") { authors.append(author) }
    for line in (self["message"]?.string ?? "").split(whereSeparator: \.isNewline) where line.lowercased().hasPrefix("co-authored-by:") {
      let name = String(line.dropFirst("co-authored-by:".count).prefix { $0 != "<" }).trimmed.bounded(to: Limits.title)
      if !name.isEmpty, !authors.contains(name), authors.count < Limits.commitAuthors { authors.append(name) }
    }
    return authors
  }
}
