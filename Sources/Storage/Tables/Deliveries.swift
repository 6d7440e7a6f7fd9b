package import Calendar

/// What came of one webhook, as it is told to GitLab.
package enum DeliveryResult: String, Sendable, Hashable {
  case recorded, duplicate, ignored
}

/// One webhook to be written down.
package struct DeliveryRecord: Sendable {
  package var instance: String
  package var idempotencyKey: String?
  package var event: String
  /// What the webhook says, as a key: two hooks that say the same have the same. Nil where it says nothing to a gate.
  package var meaning: String?
  package var result: DeliveryResult
  package var reason: String?
  package var requestID: String
  /// The body with secrets taken out; nil where it is not kept.
  package var body: [UInt8]?

  package init(
    instance: String, idempotencyKey: String?, event: String, meaning: String?, result: DeliveryResult, reason: String?, requestID: String,
    body: [UInt8]?
  ) {
    self.instance = instance
    self.idempotencyKey = idempotencyKey
    self.event = event
    self.meaning = meaning
    self.result = result
    self.reason = reason
    self.requestID = requestID
    self.body = body
  }
}

extension Reading {
  package func hasDelivery(instance: String, idempotencyKey: String) throws(StorageError) -> Bool {
    try !connection.query("SELECT 1 FROM delivery WHERE instance = ? AND idempotency_key = ?", instance, idempotencyKey) { _ in true }
      .isEmpty
  }

  package func deliveryCount() throws(StorageError) -> Int64 {
    try connection.query("SELECT count(*) FROM delivery") { $0.requiredInteger(0) }.first ?? 0
  }
}

extension Transaction {
  /// False, and nothing is written, if its key is known, or what it says while it would be recorded.
  @discardableResult
  package func insert(_ delivery: DeliveryRecord) throws(StorageError) -> Bool {
    try connection.execute(
      """
      INSERT INTO delivery (instance, idempotency_key, event, meaning, result, reason, request_id, received_at, body)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
      """, delivery.instance, delivery.idempotencyKey, delivery.event, delivery.meaning, delivery.result.rawValue, delivery.reason,
      delivery.requestID, now.milliseconds, delivery.body) > 0
  }

  /// Drops bodies received before `limit`, and the rows that had no effect; what was recorded keeps its row. At most 500 of each at a time,
  /// so that a sweep never holds the writer for long. Returns how many rows it touched.
  package func forgetDeliveries(before limit: Instant) throws(StorageError) -> Int {
    let bodies = try connection.execute(
      """
      UPDATE delivery SET body = NULL
      WHERE id IN (SELECT id FROM delivery WHERE body IS NOT NULL AND received_at < ? ORDER BY received_at LIMIT 500)
      """, limit.milliseconds)
    let rows = try connection.execute(
      """
      DELETE FROM delivery
      WHERE id IN (SELECT id FROM delivery WHERE result <> 'recorded' AND received_at < ? ORDER BY received_at LIMIT 500)
      """, limit.milliseconds)
    return bodies + rows
  }
}
