package import Calendar
package import ChangeControl
package import JSON

/// A drift as changes show it.
package struct DriftRecord: Sendable, Hashable {
  package var check: String
  package var seen: String
  package var beganAt: Instant
  /// Nil while it stands; when it began, for what was told once.
  package var endedAt: Instant?
  /// Whether it ended only in that it is looked at no more.
  package var isUnwatched = false
}

/// How many drifts stand in one GitLab.
package struct DriftCount: Sendable, Hashable {
  package var instance: String
  package var check: String
  package var count: Int64
}

extension Reading {
  /// What the last look at a GitLab found.
  package func footings(instance: String) throws(StorageError) -> [KnownFooting] {
    try connection.query(
      """
      SELECT f.project, f.environment, f.subject, f.place, f.state, f.trouble, f.baseline, d.id, d.began_at
      FROM footing f LEFT JOIN drift d ON d.id = f.drift WHERE f.instance = ? ORDER BY f.project, f.environment, f.subject
      """, instance
    ) { row -> KnownFooting? in
      // A newer program may look at more.
      guard let check = Footing.Check(rawValue: row.requiredText(2)) else { return nil }
      let (project, environment) = (row.requiredInteger(0), row.requiredText(1))
      let subject = Footing.Subject(
        project: project == 0 ? nil : project, environment: environment.isEmpty ? nil : environment, check: check)
      var known = KnownFooting(
        subject: subject, place: row.requiredText(3), state: FootingState.read(row.requiredText(4)), trouble: row.text(5),
        baseline: row.text(6).map(FootingState.read))
      if let id = row.integer(7) { known.standing = .init(id: id, since: Instant(milliseconds: row.requiredInteger(8))) }
      return known
    }
    .compactMap(\.self)
  }

  /// The GitLabs that were looked at, by their names, configured still or not.
  package func watchedInstances() throws(StorageError) -> [String] {
    try connection.query("SELECT instance FROM footing UNION SELECT instance FROM unseen ORDER BY instance") { $0.requiredText(0) }
  }

  /// What had drifted under a change: of its environment, its project and its GitLab, at any time while it was open; the newest first.
  package func drifts(touching record: ChangeRecord, limit: Int) throws(StorageError) -> [DriftRecord] {
    let identity = record.deployment.identity
    return try connection.query(
      """
      SELECT subject, seen, began_at, ended_at, unwatched FROM drift
      WHERE instance = ? AND project IN (0, ?) AND environment IN ('', ?) AND began_at <= ? AND (ended_at IS NULL OR ended_at >= ?)
      ORDER BY id DESC LIMIT ?
      """, identity.instance, identity.project, record.deployment.environment, (record.change.closedAt ?? now).milliseconds,
      record.change.createdAt.milliseconds, limit
    ) { row in
      DriftRecord(
        check: row.requiredText(0), seen: row.requiredText(1), beganAt: Instant(milliseconds: row.requiredInteger(2)),
        endedAt: row.integer(3).map(Instant.init(milliseconds:)), isUnwatched: row.requiredInteger(4) != 0)
    }
  }

  /// Changes that wait, or are let through and held, in an environment, a project or a whole GitLab; the newest first.
  package func heldChanges(instance: String, project: Int64?, environment: String?, limit: Int) throws(StorageError) -> [Int64] {
    try connection.query(
      """
      SELECT c.id FROM change_request c JOIN deployment d ON d.id = c.deployment
      WHERE c.closed_at IS NULL AND (c.gate = 'awaiting' OR (c.gate = 'allowed' AND d.status IN ('created', 'blocked')))
        AND d.instance = ?1 AND (?2 IS NULL OR d.project_id = ?2) AND (?3 IS NULL OR d.environment = ?3)
      ORDER BY c.id DESC LIMIT ?4
      """, instance, project, environment, limit
    ) { $0.requiredInteger(0) }
  }

  package func standingDrifts() throws(StorageError) -> [DriftCount] {
    try connection.query(
      "SELECT instance, subject, count(*) FROM drift WHERE ended_at IS NULL GROUP BY instance, subject ORDER BY instance, subject"
    ) { DriftCount(instance: $0.requiredText(0), check: $0.requiredText(1), count: $0.requiredInteger(2)) }
  }
}

extension Transaction {
  package func store(_ known: KnownFooting, instance: String) throws(StorageError) {
    try connection.execute(
      """
      INSERT INTO footing (instance, project, environment, subject, place, state, trouble, baseline, drift)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (instance, project, environment, subject) DO UPDATE SET place = excluded.place, state = excluded.state,
        trouble = excluded.trouble, baseline = excluded.baseline, drift = excluded.drift
      """, instance, known.subject.project ?? 0, known.subject.environment ?? "", known.subject.check.rawValue, known.place,
      FootingState.text(known.state), known.trouble, known.baseline.map(FootingState.text), known.standing?.id)
  }

  package func forget(_ subject: Footing.Subject, instance: String) throws(StorageError) {
    try connection.execute(
      "DELETE FROM footing WHERE instance = ? AND project = ? AND environment = ? AND subject = ?", instance, subject.project ?? 0,
      subject.environment ?? "", subject.check.rawValue)
  }

  /// Writes a drift down; what does not stand ends as it begins. Returns its id.
  package func insertDrift(_ drift: Drift, instance: String) throws(StorageError) -> Int64 {
    try connection.execute(
      "INSERT INTO drift (instance, project, environment, subject, seen, began_at, ended_at) VALUES (?, ?, ?, ?, ?, ?, ?)", instance,
      drift.subject.project ?? 0, drift.subject.environment ?? "", drift.subject.check.rawValue, drift.seen, now.milliseconds,
      drift.stands ? nil : now.milliseconds)
    return connection.lastInsertedID
  }

  /// - Parameter isUnwatched: that it is looked at no more is all that ends it.
  package func endDrift(_ id: Int64, isUnwatched: Bool) throws(StorageError) {
    // A clock that was set back must not end it before it began.
    try connection.execute(
      "UPDATE drift SET ended_at = max(began_at, ?), unwatched = ? WHERE id = ? AND ended_at IS NULL", now.milliseconds,
      isUnwatched ? 1 : 0, id)
  }

  /// All that could be read of what the gate stands on there was read.
  package func noteLooked(instance name: String) throws(StorageError) {
    try connection.execute(
      "INSERT INTO gitlab_instance (name, looked_at) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET looked_at = excluded.looked_at", name,
      now.milliseconds)
  }
}

/// A state as the database and the audit log write it: an object, its names in their order.
package enum FootingState {
  package static func json(_ state: [String: Int64]) -> JSONValue {
    .object(JSONObject(members: state.sorted { $0.key < $1.key }.map { ($0.key, .integer($0.value)) }))
  }

  static func text(_ state: [String: Int64]) -> String { json(state).canonicalText }

  static func read(_ text: String) -> [String: Int64] {
    let members = (try? JSONValue.parse(text))?.object?.members ?? []
    return Dictionary(members.compactMap { name, value in value.integer.map { (name, $0) } }) { _, last in last }
  }
}
