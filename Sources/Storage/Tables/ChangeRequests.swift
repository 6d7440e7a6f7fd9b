package import Calendar
package import ChangeControl
internal import JSON

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
  /// Whether a broken glass still owes a review, or had one.
  package var review: ReviewState?
  package var since: Instant?
  package var until: Instant?
  /// Text to be found in the key, commit title, commit, ref, project, environment or requester.
  package var query: String?

  package init() {}
}

/// How it stands with the review that a broken glass owes.
package enum ReviewState: String, Sendable, CaseIterable {
  case owed, overdue, done
}

/// A change request with the deployment it is about.
package struct ChangeRecord: Sendable, Hashable {
  package var change: ChangeRequest
  package var deployment: DeploymentRecord
}

extension Reading {
  package func change(id: Int64) throws(StorageError) -> ChangeRecord? {
    try connection.first(ChangeRecord.byID, id, row: ChangeRecord.init(row:))
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
    switch filter.review {
    case .owed: narrow("c.review_due_at IS NOT NULL AND c.reviewed_at IS NULL")
    case .overdue: narrow("c.review_due_at < ? AND c.reviewed_at IS NULL", now.milliseconds)
    case .done: narrow("c.reviewed_at IS NOT NULL")
    case nil: break
    }
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

  /// Those whose gate turned from `since` on, with an id above `id`, in their order; at most `limit`.
  package func decidedChanges(since: Instant, after id: Int64, limit: Int) throws(StorageError) -> [ChangeRecord] {
    try connection.query(
      "\(ChangeRecord.select) WHERE c.decided_at >= ? AND c.id > ? ORDER BY c.id LIMIT ?", since.milliseconds, id, limit,
      row: ChangeRecord.init(row:))
  }

  package func changeCount(gate: GateState) throws(StorageError) -> Int64 {
    try connection.query("SELECT count(*) FROM change_request WHERE gate = ?", gate.rawValue) { $0.requiredInteger(0) }.first ?? 0
  }
}

extension Reading {
  /// Changes whose review became overdue after an instant and by now.
  package func reviewsOverdue(since instant: Instant, limit: Int) throws(StorageError) -> [ChangeRecord] {
    try connection.query(
      """
      \(ChangeRecord.select) WHERE c.review_due_at IS NOT NULL AND c.reviewed_at IS NULL AND c.review_due_at > ? AND c.review_due_at <= ?
      ORDER BY c.review_due_at LIMIT ?
      """, instant.milliseconds, now.milliseconds, limit, row: ChangeRecord.init(row:))
  }

  /// Waiting changes that must be looked at by now, longest due first; of those that one freeze has held, that of the newest deployment: what
  /// it lets go may end the older ones.
  package func changesToLookAt(limit: Int) throws(StorageError) -> [Int64] {
    try connection.query(
      """
      SELECT c.id FROM change_request c JOIN deployment d ON d.id = c.deployment WHERE c.gate = 'awaiting' AND c.look_at <= ?
      ORDER BY c.look_at, d.deployment_id DESC, c.id DESC LIMIT ?
      """, now.milliseconds, limit
    ) { $0.requiredInteger(0) }
  }

  /// When the next waiting change must be looked at.
  package func nextLook() throws(StorageError) -> Instant? {
    try connection.query(
      "SELECT look_at FROM change_request WHERE gate = 'awaiting' AND look_at IS NOT NULL ORDER BY look_at LIMIT 1"
    ) { Instant(milliseconds: $0.requiredInteger(0)) }.first
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

  /// When to look again, under the revision that the change has just been given.
  package func noteLook(at instant: Instant?, change: Int64) throws(StorageError) {
    try connection.execute("UPDATE change_request SET look_at = ? WHERE id = ?", instant?.milliseconds, change)
  }

  /// Compare and set: writes `change` if nobody has since the caller read it, and counts the revision up. The one writer makes a miss impossible;
  /// should it happen the transaction is lost and not the other's change.
  package func update(_ change: inout ChangeRequest) throws(StorageError) {
    let count = try connection.execute(
      """
      UPDATE change_request SET revision = revision + 1, service = ?, policy = ?, status = ?, gate = ?, type = ?, out_of_band = ?, updated_at = ?, decided_at = ?,
        closed_at = ?, expires_at = ?, decided_by = ?, decided_because = ?, risk = ?, impact = ?, reason = ?, implementation_plan = ?,
        rollback_plan = ?, planned_start = ?, planned_end = ?, steps_passed = ?, look_at = ?, glass_broken_by = ?, glass_broken_at = ?,
        glass_broken_because = ?, review_due_at = ?, reviewed_at = ?, reviewed_by = ?, review_comment = ?
      WHERE id = ? AND revision = ?
      """, change.service, change.policy, change.status, change.gate.rawValue, change.type.rawValue, change.outOfBand, now.milliseconds,
      change.decidedAt?.milliseconds,
      change.closedAt?.milliseconds, change.expiresAt?.milliseconds, change.decidedBy, change.decidedBecause,
      change.details.risk?.rawValue, change.details.impact?.rawValue, change.details.reason, change.details.implementationPlan,
      change.details.rollbackPlan, change.details.plannedStart?.milliseconds, change.details.plannedEnd?.milliseconds,
      ChangeRecord.json(change.stepsPassed), change.lookAt?.milliseconds, change.brokenGlass?.user, change.brokenGlass?.at.milliseconds,
      change.brokenGlass?.reason, change.review?.dueAt.milliseconds, change.review?.doneAt?.milliseconds, change.review?.by,
      change.review?.comment, change.id, change.revision)
    guard count == 1 else { throw .failed("\(change.key) was changed by somebody else in between; nothing was written, try again") }
    change.revision += 1
    change.updatedAt = now
  }
}

extension ChangeRecord {
  /// Made once: as long a text as this takes longer to put together than the row takes to find.
  static let byID = "\(select) WHERE c.id = ?"

  static let select = """
    SELECT c.id, c.revision, c.status, c.gate, c.type, c.service, c.policy, c.workflow, c.sha, c.out_of_band, c.created_at, c.updated_at,
      c.decided_at, c.closed_at, c.expires_at, c.decided_by, c.decided_because, c.risk, c.impact, c.reason, c.implementation_plan,
      c.rollback_plan, c.planned_start, c.planned_end, c.steps_passed, c.look_at, c.glass_broken_by, c.glass_broken_at,
      c.glass_broken_because, c.review_due_at, c.reviewed_at, c.reviewed_by, c.review_comment, \(DeploymentRecord.columns)
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
    change.decidedBy = row.text(15)
    change.decidedBecause = row.text(16)
    change.details = ChangeDetails(row: row, from: 17)
    change.stepsPassed = ChangeRecord.names(row.requiredText(24))
    change.lookAt = row.integer(25).map(Instant.init(milliseconds:))
    if let user = row.text(26) {
      change.brokenGlass = BrokenGlass(
        user: user, reason: row.requiredText(28), at: Instant(milliseconds: row.requiredInteger(27)))
      change.review = ChangeRequest.Review(
        dueAt: Instant(milliseconds: row.requiredInteger(29)), doneAt: row.integer(30).map(Instant.init(milliseconds:)), by: row.text(31),
        comment: row.text(32))
    }
    deployment = DeploymentRecord(row: row, from: 33)
  }

  /// Names as a JSON list; nearly always an empty one.
  static func json(_ names: [String]) -> String {
    names.isEmpty ? "[]" : String(decoding: JSONValue.array(names.map(JSONValue.string)).canonicalBytes, as: UTF8.self)
  }

  static func names(_ text: String) -> [String] {
    text == "[]" ? [] : (try? JSONValue.parse(text))?.array?.compactMap(\.string) ?? []
  }
}

extension ChangeDetails {
  fileprivate init(row: Row, from column: Int32) {
    self.init()
    risk = row.text(column).flatMap(Level.init)
    impact = row.text(column + 1).flatMap(Level.init)
    reason = row.text(column + 2)
    implementationPlan = row.text(column + 3)
    rollbackPlan = row.text(column + 4)
    plannedStart = row.integer(column + 5).map(Instant.init(milliseconds:))
    plannedEnd = row.integer(column + 6).map(Instant.init(milliseconds:))
  }
}
