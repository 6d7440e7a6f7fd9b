package import Calendar
package import ChangeControl

/// How much of one GitLab could not be seen.
package struct UnseenCount: Sendable, Hashable {
  package var instance: String
  package var check: String
  package var count: Int64
}

extension Reading {
  package func unseenCounts() throws(StorageError) -> [UnseenCount] {
    try connection.query("SELECT instance, subject, count(*) FROM unseen GROUP BY instance, subject ORDER BY instance, subject") {
      UnseenCount(instance: $0.requiredText(0), check: $0.requiredText(1), count: $0.requiredInteger(2))
    }
  }

  /// What the last look could not see there.
  package func unseen(instance: String, limit: Int) throws(StorageError) -> [FootingLook.Unseen] {
    try connection.query(
      """
      SELECT project, environment, subject, place, reason FROM unseen WHERE instance = ?
      ORDER BY project, environment, subject LIMIT ?
      """, instance, limit
    ) { row -> FootingLook.Unseen? in
      guard let check = Footing.Check(rawValue: row.requiredText(2)) else { return nil }
      let environment = row.requiredText(1)
      return FootingLook.Unseen(
        .init(project: row.requiredInteger(0), environment: environment.isEmpty ? nil : environment, check: check),
        place: row.requiredText(3), reason: row.requiredText(4))
    }
    .compactMap(\.self)
  }
}

extension Transaction {
  /// In place of what the look before could not see.
  package func store(_ unseen: [FootingLook.Unseen], instance: String) throws(StorageError) {
    try connection.execute("DELETE FROM unseen WHERE instance = ?", instance)
    for one in unseen {
      try connection.execute(
        "INSERT OR IGNORE INTO unseen (instance, project, environment, subject, place, reason) VALUES (?, ?, ?, ?, ?, ?)", instance,
        one.subject.project ?? 0, one.subject.environment ?? "", one.subject.check.rawValue, one.place, one.reason)
    }
  }

  /// When the tokens end. What GitLab did not tell stays as it was known.
  package func noteTokenEnd(instance name: String, token: Instant?? = nil, adminToken: Instant?? = nil) throws(StorageError) {
    try connection.execute("INSERT INTO gitlab_instance (name) VALUES (?) ON CONFLICT DO NOTHING", name)
    if let token {
      try connection.execute("UPDATE gitlab_instance SET token_expires_at = ? WHERE name = ?", token?.milliseconds, name)
    }
    if let adminToken {
      try connection.execute("UPDATE gitlab_instance SET admin_token_expires_at = ? WHERE name = ?", adminToken?.milliseconds, name)
    }
  }
}
