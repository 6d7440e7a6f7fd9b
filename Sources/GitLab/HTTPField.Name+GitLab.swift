internal import HTTPTypes

/// The header fields of GitLab that HTTPTypes does not know. The names are valid tokens, so none of these is nil.
extension HTTPField.Name {
  static let privateToken = Self("PRIVATE-TOKEN")!
  static let requestID = Self("X-Request-Id")!
  static let gitLabToken = Self("X-Gitlab-Token")!
  static let gitLabEvent = Self("X-Gitlab-Event")!
  static let idempotencyKey = Self("Idempotency-Key")!
  static let webhookID = Self("webhook-id")!
  static let webhookTimestamp = Self("webhook-timestamp")!
  static let webhookSignature = Self("webhook-signature")!
  static let rateLimitReset = Self("RateLimit-Reset")!
  static let link = Self("Link")!
  static let nextPage = Self("X-Next-Page")!
}
