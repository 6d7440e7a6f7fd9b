internal import HTTPTypes

/// The header fields that HTTPTypes does not know. The names are valid tokens, so none of these is nil.
extension HTTPField.Name {
  static let requestID = Self("X-Request-Id")!
  static let privateToken = Self("PRIVATE-TOKEN")!
  static let lastEventID = Self("Last-Event-ID")!
  static let accelBuffering = Self("X-Accel-Buffering")!
  static let link = Self("Link")!
  static let warning = Self("Warning")!
  static let page = Self("X-Page")!
  static let perPage = Self("X-Per-Page")!
  static let nextPage = Self("X-Next-Page")!
  static let previousPage = Self("X-Prev-Page")!
  static let total = Self("X-Total")!
  static let totalPages = Self("X-Total-Pages")!
  static let gitLabToken = Self("X-Gitlab-Token")!
  static let webhookSignature = Self("webhook-signature")!
}
