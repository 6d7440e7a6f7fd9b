import Storage

/// Whether what a webhook was recorded for is asked: the question stands in the outbox with the very commit that holds the webhook. Whatever comes of it
/// later, a round of reconciling could have found out by itself.
struct Asked {
  private var lastDelivery: Int64 = 0

  /// After each commit.
  mutating func objection(_ books: Books) throws -> String? {
    let recorded = try books.connection.query(
      """
      SELECT id, instance, coalesce(json_extract(CAST(body AS TEXT), '$.deployment_id'), 0) FROM delivery
      WHERE id > ? AND result = 'recorded' ORDER BY id
      """, lastDelivery
    ) { row in (id: row.requiredInteger(0), instance: row.requiredText(1), deployment: row.requiredInteger(2)) }
    lastDelivery = recorded.last?.id ?? lastDelivery
    for delivery in recorded {
      // A pipeline's names no deployment: which these are is the question.
      let isAsked = try !books.connection.query(
        """
        SELECT 1 FROM outbox o LEFT JOIN deployment d ON d.id = o.deployment
        WHERE o.instance = ? AND o.settled_at IS NULL AND iif(? = 0, o.step = 'locate', o.step = 'inspect' AND d.deployment_id = ?)
        """, delivery.instance, delivery.deployment, delivery.deployment
      ) { _ in true }.isEmpty
      if !isAsked { return "webhook \(delivery.id) is recorded, and nobody is to ask \(delivery.instance) about it" }
    }
    return nil
  }
}
