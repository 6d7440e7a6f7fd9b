package import ChangeControl

/// What a list of change requests is narrowed by. Nil means any.
package struct ChangeFilter: Sendable {
  package var gate: GateState?
  package var status: String?
  package var service: String?
  /// A numeric id or a full path.
  package var project: String?
  package var environment: String?
  package var tier: String?
  package var requestedBy: String?
  package var since: Instant?
  package var until: Instant?
  /// Text to be found in the key, commit title, commit, ref, project, environment or requester.
  package var query: String?

  package init() {}
}

/// A change request with the deployment it is about.
package struct ChangeRecord: Sendable, Hashable {
  package var change: ChangeRequest
  package var deployment: DeploymentRecord
}

extension Reading {
  package func change(id: Int64) throws(StorageError) -> ChangeRecord? {
    try connection.query("\(ChangeRecord.select) WHERE c.id = ?", id, row: ChangeRecord.init(row:)).first
  }

  package func change(deployment id: Int64) throws(StorageError) -> ChangeRecord? {
    try connection.query("\(ChangeRecord.select) WHERE c.deployment = ?", id, row: ChangeRecord.init(row:)).first
  }

  /// Newest first, below `cursor` (an id that was the last of the page before), at most `limit`.
  package func changes(_ filter: ChangeFilter, before cursor: Int64?, limit: Int) throws(StorageError) -> [ChangeRecord] {
    var conditions: [String] = []
    var values: [(any Bindable)?] = []
    func narrow(_ condition: String, _ value: (any Bindable)?...) {
      conditions.append(condition)
      values += value
    }
    if let cursor { narrow("c.id < ?", cursor) }
    if let gate = filter.gate { narrow("c.gate = ?", gate.rawValue) }
    if let status = filter.status { narrow("c.status = ? COLLATE NOCASE", status) }
    if let service = filter.service { narrow("c.service = ?", service) }
    if let project = filter.project { narrow("(d.project_path = ? OR CAST(d.project_id AS TEXT) = ?)", project, project) }
    if let environment = filter.environment { narrow("d.environment = ?", environment) }
    if let tier = filter.tier { narrow("d.tier = ?", tier) }
    if let user = filter.requestedBy { narrow("d.triggerer_username = ? COLLATE NOCASE", user) }
    if let since = filter.since { narrow("c.created_at >= ?", since.milliseconds) }
    if let until = filter.until { narrow("c.created_at < ?", until.milliseconds) }
    if let query = filter.query {
      let columns = [
        "'CHG-' || c.id", "d.commit_title", "d.sha", "d.ref", "d.project_path", "d.environment", "d.triggerer_username", "c.status",
      ]
      narrow("(" + columns.map { "instr(lower(coalesce(\($0), '')), lower(?)) > 0" }.joined(separator: " OR ") + ")")
      values += columns.map { _ in query as (any Bindable)? }
    }
    let clause = conditions.isEmpty ? "" : " WHERE " + conditions.joined(separator: " AND ")
    return try connection.query(
      "\(ChangeRecord.select)\(clause) ORDER BY c.id DESC LIMIT ?", all: values + [limit], row: ChangeRecord.init(row:))
  }

  package func changeCount(gate: GateState) throws(StorageError) -> Int64 {
    try connection.query("SELECT count(*) FROM change_request WHERE gate = ?", gate.rawValue) { $0.requiredInteger(0) }.first ?? 0
  }
}

extension Transaction {
  /// Opens a change request; its id gives its key.
  package func insertChange(deployment: Int64, service: Service, workflow: Workflow, sha: String) throws(StorageError) -> ChangeRequest {
    try connection.execute(
      """
      INSERT INTO change_request (deployment, service, policy, workflow, type, status, gate, revision, sha, created_at, updated_at)
      VALUES (?, ?, ?, ?, ?, ?, 'awaiting', 1, ?, ?, ?)
      """, deployment, service.id, service.policy, workflow.name, service.changeType.rawValue, workflow.initial.name, sha, now.milliseconds,
      now.milliseconds)
    return ChangeRequest(
      id: connection.lastInsertedID, revision: 1, status: workflow.initial.name, gate: .awaiting, type: service.changeType,
      service: service.id,
      policy: service.policy, workflow: workflow.name, sha: sha, outOfBand: false, createdAt: now, updatedAt: now, decidedAt: nil,
      closedAt: nil,
      expiresAt: nil)
  }

  /// Compare and set: writes `change` if nobody has since the caller read it, and counts the revision up. The one writer makes a miss impossible;
  /// should it happen the transaction is lost and not the other's change.
  package func update(_ change: inout ChangeRequest) throws(StorageError) {
    let count = try connection.execute(
      """
      UPDATE change_request SET revision = revision + 1, status = ?, gate = ?, type = ?, out_of_band = ?, updated_at = ?, decided_at = ?,
        closed_at = ?, expires_at = ?
      WHERE id = ? AND revision = ?
      """, change.status, change.gate.rawValue, change.type.rawValue, change.outOfBand, now.milliseconds, change.decidedAt?.milliseconds,
      change.closedAt?.milliseconds, change.expiresAt?.milliseconds, change.id, change.revision)
    guard count == 1 else { throw .failed("\(change.key) was changed by somebody else in between; nothing was written, try again") }
    change.revision += 1
    change.updatedAt = now
  }
}

extension ChangeRecord {
  static let select = """
    SELECT c.id, c.revision, c.status, c.gate, c.type, c.service, c.policy, c.workflow, c.sha, c.out_of_band, c.created_at, c.updated_at,
      c.decided_at, c.closed_at, c.expires_at, \(DeploymentRecord.columns)
    FROM change_request c JOIN deployment d ON d.id = c.deployment
    """

  init(row: Row) {
    change = ChangeRequest(
      id: row.requiredInteger(0), revision: row.requiredInteger(1), status: row.requiredText(2),
      gate: GateState(rawValue: row.requiredText(3)) ?? .invalid, type: ChangeType(rawValue: row.requiredText(4)) ?? .normal,
      service: row.requiredText(5), policy: row.requiredText(6), workflow: row.requiredText(7), sha: row.requiredText(8),
      outOfBand: row.requiredInteger(9) != 0, createdAt: Instant(milliseconds: row.requiredInteger(10)),
      updatedAt: Instant(milliseconds: row.requiredInteger(11)), decidedAt: row.integer(12).map(Instant.init(milliseconds:)),
      closedAt: row.integer(13).map(Instant.init(milliseconds:)), expiresAt: row.integer(14).map(Instant.init(milliseconds:)))
    deployment = DeploymentRecord(row: row, from: 15)
  }
}
