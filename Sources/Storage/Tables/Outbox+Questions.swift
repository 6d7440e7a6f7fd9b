extension Transaction {
  /// Asks GitLab about a deployment. One question that still waits serves all who ask meanwhile; it is brought forward.
  package func askToInspect(deployment: Int64, instance: String, requestID: String) throws(StorageError) {
    try askToInspect(KnownDeployment(id: deployment, isNew: false), instance: instance, requestID: requestID)
  }

  package func askToInspect(_ deployment: KnownDeployment, instance: String, requestID: String) throws(StorageError) {
    // Nothing can wait for what is new.
    if !deployment.isNew {
      let waiting = try connection.execute(
        "UPDATE outbox SET due_at = min(due_at, ?) WHERE deployment = ? AND step = 'inspect' AND leased_until IS NULL", now.milliseconds,
        deployment.id)
      if waiting > 0 { return }
    }
    try connection.execute(
      """
      INSERT INTO outbox (instance, step, deployment, state, due_at, request_id, created_at) VALUES (?, 'inspect', ?, 'pending', ?, ?, ?)
      """, instance, deployment.id, now.milliseconds, requestID, now.milliseconds)
  }

  /// Asks which deployments a pipeline's waiting jobs belong to.
  package func askToLocate(hint: String, instance: String, requestID: String) throws(StorageError) {
    try connection.execute(
      "INSERT INTO outbox (instance, step, hint, state, due_at, request_id, created_at) VALUES (?, 'locate', ?, 'pending', ?, ?, ?)",
      instance, hint,
      now.milliseconds, requestID, now.milliseconds)
  }

  package func deleteCallback(_ id: Int64) throws(StorageError) { try connection.execute("DELETE FROM outbox WHERE id = ?", id) }

  /// Another question about the same deployment waits already.
  package func hasOtherInspection(deployment: Int64, than id: Int64) throws(StorageError) -> Bool {
    try !connection.query(
      "SELECT 1 FROM outbox WHERE deployment = ? AND step = 'inspect' AND id <> ?", deployment, id
    ) { _ in true }.isEmpty
  }
}
