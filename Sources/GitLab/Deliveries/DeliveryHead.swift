internal import HTTPMessages
package import HTTPTypes

/// What the header of a delivery says about it. Never identity or proof: `WebhookVerifier` decides that.
package struct DeliveryHead: Sendable, Hashable {
  /// The same for every sending of one delivery: `Idempotency-Key` (17.4), else `webhook-id`. Nil when there is none that can be kept.
  /// `X-Gitlab-Webhook-UUID` is none: GitLab makes a new one for each request.
  package var key: String?
  /// `Deployment Hook`, `Pipeline Hook`, …
  package var eventName: String?

  package init(_ fields: HTTPFields) {
    key = Self.key(.idempotencyKey, in: fields) ?? Self.key(.webhookID, in: fields)
    eventName = fields.firstValue(of: .gitLabEvent).flatMap { $0.isEmpty ? nil : $0.bounded(to: Limits.title) }
  }

  private static func key(_ name: HTTPField.Name, in fields: HTTPFields) -> String? {
    let values = fields.values(of: name)
    guard values.count == 1, let value = values.first, (1...Limits.deliveryKeyBytes).contains(value.utf8.count),
      value.utf8.allSatisfy({ (0x21..<0x7F).contains($0) })
    else { return nil }
    return value
  }
}
