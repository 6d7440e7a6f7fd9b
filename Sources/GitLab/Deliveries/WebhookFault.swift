/// Why a delivery is not authentic. For the log alone: the sender is told only that it is not.
package enum WebhookFault: Error, Sendable, Hashable, CustomStringConvertible {
  case nothingConfigured
  case missing(String)
  case repeated(String)
  case oversized(String)
  case malformed(String)
  case wrongToken
  case wrongSignature
  /// The signature is right, but the delivery is this many seconds old (negative: from the future). A replay, or a wrong clock.
  case outsideTolerance(seconds: Int64)

  package var description: String {
    switch self {
    case .nothingConfigured:
      "no webhook_token or signing_token is configured for this instance, so no delivery can be authentic; configure one"
    case .missing(let field): "the header \(field) is missing; set the same secret in the webhook's settings in GitLab"
    case .repeated(let field): "the header \(field) is there more than once; look for a proxy that adds it"
    case .oversized(let field): "the header \(field) is too long"
    case .malformed(let field): "the header \(field) has no form that GitLab sends"
    case .wrongToken: "X-Gitlab-Token is not the configured webhook_token; set the same secret on both sides"
    case .wrongSignature: "no signature fits the configured signing_token; set the same secret on both sides"
    case .outsideTolerance(let seconds):
      "the signature is right, but its time is \(seconds) seconds behind ours: a replay, or the clock of one side is wrong"
    }
  }
}
