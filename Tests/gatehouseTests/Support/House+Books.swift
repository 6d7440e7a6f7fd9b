import GitLabSimulator
import JSON
import Storage
import Testing

/// What must be true of the database file, whatever has happened to its server.
extension House {
  /// The audit chain holds, and SQLite finds nothing wrong with the file. Told by the program's own verbs.
  func isSound() async throws {
    for verb in [["audit", "verify"], ["database", "check"]] {
      let run = try await command(verb)
      #expect(run.ending == .exit(0), "\(verb): \(run.output) \(run.errors)")
    }
  }

  /// What people have decided on a change, in order: `alice approved`.
  func decisions(on key: String) throws -> [String] {
    try read { reading in
      try reading.connection.query(
        """
        SELECT e.actor || ' ' || (e.detail ->> 'status') FROM audit_entry e JOIN change_request c ON c.id = e.change
        WHERE e.action = 'approval.recorded' AND 'CHG-' || c.id = ? ORDER BY e.seq
        """, key
      ) { $0.requiredText(0) }
    }
  }

  /// How many of GitLab's hooks were answered 200 with this result.
  func hooksAnswered(_ result: String) -> Int {
    sentHooks.count { hook in
      guard case .success(let response) = hook.answer, response.status == .ok else { return false }
      return Got(response: response).result == result
    }
  }

  /// The keys of hooks that were answered 200 and are not in the database.
  func deliveriesLost() throws -> [String] {
    let stored = Set(
      try read { try $0.connection.query("SELECT idempotency_key FROM delivery WHERE idempotency_key IS NOT NULL") { $0.requiredText(0) } })
    return sentHooks.compactMap { hook -> String? in
      guard case .success(let response) = hook.answer, response.status == .ok else { return nil }
      return stored.contains(hook.delivery.idempotencyKey) ? nil : hook.delivery.idempotencyKey
    }
  }
}
