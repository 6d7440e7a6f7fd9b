package import Calendar
package import ChangeControl
package import JSON

/// One deployment as the database has it: what GitLab said last.
package struct DeploymentRecord: Sendable, Hashable {
  package var id: Int64
  package var identity: DeploymentIdentity
  package var iid: Int64?
  package var status: DeploymentStatus
  package var environment: String
  package var tier: String?
  package var projectPath: String?
  package var projectURL: String?
  package var ref: String?
  package var sha: String?
  package var commitTitle: String?
  package var commitAuthors: [String]
  package var job: Job?
  package var pipeline: Int64?
  package var triggerer: Person?
  package var pendingApprovals: Int?
  package var approvals: [RecordedApproval]
  package var gitlabUpdatedAt: Instant?
  package var firstSeenBy: Source
  package var inspectedAt: Instant?

  package enum Source: String, Sendable, Hashable {
    case webhook, reconcile
  }
}

extension Reading {
  package func deployment(id: Int64) throws(StorageError) -> DeploymentRecord? {
    try connection.query("SELECT \(DeploymentRecord.columns) FROM deployment d WHERE d.id = ?", id, row: { DeploymentRecord(row: $0) })
      .first
  }

  package func deployment(_ identity: DeploymentIdentity) throws(StorageError) -> DeploymentRecord? {
    try connection.query(
      "SELECT \(DeploymentRecord.columns) FROM deployment d WHERE d.instance = ? AND d.project_id = ? AND d.deployment_id = ?",
      identity.instance, identity.project, identity.deployment, row: { DeploymentRecord(row: $0) }
    ).first
  }

  /// Projects of an instance that deployments were seen in.
  package func knownProjects(instance: String) throws(StorageError) -> [Project] {
    try connection.query(
      "SELECT project_id, max(project_path), max(project_url) FROM deployment WHERE instance = ? AND project_path IS NOT NULL GROUP BY project_id",
      instance
    ) { Project(id: $0.requiredInteger(0), path: $0.requiredText(1), webURL: $0.text(2)) }
  }

  /// Deployments whose change request is still followed, for `reconcile` to look at.
  package func followedDeployments(instance: String) throws(StorageError) -> [Int64] {
    try connection.query(
      """
      SELECT d.id FROM deployment d JOIN change_request c ON c.deployment = d.id
      WHERE d.instance = ? AND d.status IN ('created', 'blocked', 'running') AND d.gone_at IS NULL
        AND (c.closed_at IS NULL OR c.out_of_band OR c.gate = 'prevented')
      ORDER BY d.id
      """, instance
    ) { $0.requiredInteger(0) }
  }
}

/// The row of a deployment, and whether it was heard of for the first time just now.
package struct KnownDeployment: Sendable, Hashable {
  package var id: Int64
  package var isNew: Bool
}

extension Transaction {
  /// Writes down a deployment heard of for the first time, before the API was asked. Returns its row; an existing one is left as it is.
  /// `tier` and `project` are the API's words only: what stands in the row is not asked again, and chooses the policy.
  package func meet(
    _ identity: DeploymentIdentity, status: DeploymentStatus, environment: String, tier: String?, project: Project?, jobID: Int64?,
    by source: DeploymentRecord.Source
  ) throws(StorageError) -> KnownDeployment {
    let added = try connection.execute(
      """
      INSERT INTO deployment (instance, project_id, deployment_id, status, environment, tier, project_path, project_url, job_id, first_seen_at,
        first_seen_by)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (instance, project_id, deployment_id) DO NOTHING
      """, identity.instance, identity.project, identity.deployment, status.rawValue, environment, tier, project?.path, project?.webURL,
      jobID, now.milliseconds, source.rawValue)
    if added > 0 { return KnownDeployment(id: connection.lastInsertedID, isNew: true) }
    let found = try connection.query(
      "SELECT id FROM deployment WHERE instance = ? AND project_id = ? AND deployment_id = ?", identity.instance, identity.project,
      identity.deployment
    ) { $0.requiredInteger(0) }
    guard let id = found.first else { throw .failed("a deployment is neither new nor there") }
    return KnownDeployment(id: id, isNew: false)
  }

  /// Writes down what GitLab's API says now. What it leaves out (tier, project, authors) stays as known, and so does who triggered the
  /// deployment: GitLab makes whoever plays a job its user, and the requester must not become the gate's own account. What has begun, has.
  package func update(deployment id: Int64, with facts: DeploymentFacts) throws(StorageError) {
    try connection.execute(
      """
      UPDATE deployment SET iid = ?, status = ?, environment = ?, tier = coalesce(?, tier), project_path = coalesce(?, project_path),
        project_url = coalesce(?, project_url), ref = ?, sha = ?, commit_title = coalesce(?, commit_title),
        commit_authors = CASE WHEN ? THEN commit_authors ELSE ? END, job_id = ?, job_name = ?, job_status = ?, job_url = coalesce(?, job_url),
        pipeline_id = coalesce(?, pipeline_id), triggerer_id = coalesce(triggerer_id, ?),
        triggerer_username = coalesce(triggerer_username, ?), triggerer_name = coalesce(triggerer_name, ?), pending_approvals = ?,
        gitlab_approvals = ?, gitlab_updated_at = ?, inspected_at = ?, gone_at = NULL, job_begun = CASE WHEN job_begun = 1 THEN 1 ELSE ? END
      WHERE id = ?
      """, facts.iid, facts.status.rawValue, facts.environment, facts.tier, facts.project?.path, facts.project?.webURL, facts.ref,
      facts.sha,
      facts.commitTitle, facts.commitAuthors.isEmpty, JSONValue.array(facts.commitAuthors.map(JSONValue.string)).text, facts.job?.id,
      facts.job?.name, facts.job?.status, facts.job?.webURL, facts.pipeline, facts.triggerer?.id, facts.triggerer?.username,
      facts.triggerer?.name, facts.pendingApprovals, JSONValue.array(facts.approvals.map(\.json)).text, facts.updatedAt?.milliseconds,
      now.milliseconds, facts.hasBegun, id)
  }
}

extension Transaction {
  /// GitLab no longer knows the deployment.
  package func noteGone(deployment id: Int64) throws(StorageError) {
    try connection.execute("UPDATE deployment SET gone_at = coalesce(gone_at, ?) WHERE id = ?", now.milliseconds, id)
  }
}

extension DeploymentRecord {
  static let columns = """
    d.id, d.instance, d.project_id, d.deployment_id, d.iid, d.status, d.environment, d.tier, d.project_path, d.project_url, d.ref, d.sha,
    d.commit_title, d.commit_authors, d.job_id, d.job_name, d.job_status, d.job_url, d.pipeline_id, d.triggerer_id, d.triggerer_username,
    d.triggerer_name, d.pending_approvals, d.gitlab_approvals, d.gitlab_updated_at, d.first_seen_by, d.inspected_at
    """

  static let columnCount: Int32 = 27

  init(row: Row, from first: Int32 = 0) {
    id = row.requiredInteger(first)
    identity = DeploymentIdentity(
      instance: row.requiredText(first + 1), project: row.requiredInteger(first + 2), deployment: row.requiredInteger(first + 3))
    iid = row.integer(first + 4)
    status = DeploymentStatus(rawValue: row.requiredText(first + 5)) ?? .created
    environment = row.requiredText(first + 6)
    tier = row.text(first + 7)
    projectPath = row.text(first + 8)
    projectURL = row.text(first + 9)
    ref = row.text(first + 10)
    sha = row.text(first + 11)
    commitTitle = row.text(first + 12)
    commitAuthors = DeploymentRecord.list(row.requiredText(first + 13)).compactMap(\.string)
    let jobStatus = row.text(first + 16)
    let jobName = row.text(first + 15)
    let jobURL = row.text(first + 17)
    job = row.integer(first + 14).map { Job(id: $0, name: jobName, status: jobStatus, webURL: jobURL) }
    pipeline = row.integer(first + 18)
    let username = row.text(first + 20) ?? ""
    let name = row.text(first + 21) ?? username
    triggerer = row.integer(first + 19).map { Person(id: $0, username: username, name: name) }
    pendingApprovals = row.integer(first + 22).map(Int.init)
    approvals = DeploymentRecord.list(row.requiredText(first + 23)).compactMap(RecordedApproval.init(json:))
    gitlabUpdatedAt = row.integer(first + 24).map(Instant.init(milliseconds:))
    firstSeenBy = Source(rawValue: row.requiredText(first + 25)) ?? .reconcile
    inspectedAt = row.integer(first + 26).map(Instant.init(milliseconds:))
  }

  private static func list(_ text: String) -> [JSONValue] { text == "[]" ? [] : (try? JSONValue.parse(text))?.array ?? [] }
}

extension RecordedApproval {
  /// As the row keeps it, and as a change request shows it.
  package var json: JSONValue {
    [
      "user_id": .integer(person.id), "user": .string(person.username), "name": .string(person.name), "status": .string(status.rawValue),
      "comment": .optional(comment), "created_at": .optional(createdAt?.iso8601),
    ]
  }

  init?(json: JSONValue) {
    guard let id = json["user_id"]?.integer, let username = json["user"]?.string,
      let status = json["status"]?.string.flatMap(ApprovalStatus.init)
    else { return nil }
    self.init(
      person: Person(id: id, username: username, name: json["name"]?.string ?? username), status: status, comment: json["comment"]?.string,
      createdAt: json["created_at"]?.string.flatMap { Instant(iso8601: $0) })
  }
}
