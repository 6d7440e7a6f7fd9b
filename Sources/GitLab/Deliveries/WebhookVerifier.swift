package import Calendar
internal import Cryptography
internal import HTTPMessages
package import HTTPTypes

/// Tells whether a delivery comes from the GitLab that knows this instance's secret.
///
/// A configured signing token wins over the webhook token: then only a signature counts, so that a token that has leaked in plain text is
/// worth nothing. Secrets are compared in constant time, and nothing about the comparison is told to the sender.
package struct WebhookVerifier: Sendable {
  private enum Secret {
    case none
    case token([UInt8])
    case signing(key: [UInt8])
  }

  private let secret: Secret

  /// An empty secret counts as none: it would let in whoever sends an empty header.
  package init(webhookToken: String?, signingToken: String?) throws(MalformedSigningToken) {
    if let signingToken, !signingToken.isEmpty {
      secret = .signing(key: try SigningToken(signingToken).key)
    } else if let webhookToken, !webhookToken.isEmpty {
      secret = .token(Array(webhookToken.utf8))
    } else {
      secret = .none
    }
  }

  /// Whether a head that `verifyHead` lets pass comes from GitLab for certain: a signature is proved by the body.
  package var isHeadProof: Bool { if case .token = secret { true } else { false } }

  /// Returns if a delivery with this head may be authentic: what its 25 MiB of body need not be read for to know. A token is all there is to a
  /// delivery that is proved by one.
  package func verifyHead(_ fields: HTTPFields) throws(WebhookFault) {
    switch secret {
    case .none, .token: try verify(fields, body: [], at: Instant(milliseconds: 0))
    case .signing:
      for name in [HTTPField.Name.webhookID, .webhookTimestamp, .webhookSignature] { _ = try single(name, in: fields) }
    }
  }

  /// Returns if the delivery is authentic.
  package func verify(_ fields: HTTPFields, body: [UInt8], at now: Instant) throws(WebhookFault) {
    switch secret {
    case .none: throw .nothingConfigured
    case .token(let expected):
      guard MessageAuthentication.isSecret(try single(.gitLabToken, in: fields), expected) else { throw .wrongToken }
    case .signing(let key): try verifySignature(with: key, fields, body: body, at: now)
    }
  }

  /// The one value of a field. Two values are an attempt to have one checked and the other used.
  private func single(_ name: HTTPField.Name, in fields: HTTPFields) throws(WebhookFault) -> String {
    let values = fields.values(of: name)
    guard let value = values.first, !value.isEmpty else { throw .missing(name.rawName) }
    guard values.count == 1 else { throw .repeated(name.rawName) }
    guard value.utf8.count <= Limits.secretHeaderBytes else { throw .oversized(name.rawName) }
    return value
  }

  /// The text signed is `id.timestamp.body`; the header is a list of `v1,<base64>` parted by spaces, one for each key in a rotation, and
  /// other versions are passed over (Standard Webhooks; GitLab 19.0).
  private func verifySignature(with key: [UInt8], _ fields: HTTPFields, body: [UInt8], at now: Instant) throws(WebhookFault) {
    let id = try single(.webhookID, in: fields)
    let timestamp = try single(.webhookTimestamp, in: fields)
    let signatures = try single(.webhookSignature, in: fields)
    guard timestamp.utf8.count <= 12, timestamp.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let seconds = Int64(timestamp) else {
      throw .malformed(HTTPField.Name.webhookTimestamp.rawName)
    }
    let code = MessageAuthentication.sha256([Array("\(id).\(timestamp).".utf8), body], key: key)
    let expected = Array("v1,\(Base64.encode(code))".utf8)

    let entries = signatures.split(separator: " ")
    guard entries.count <= Limits.signatures else { throw .oversized(HTTPField.Name.webhookSignature.rawName) }
    // Every entry is compared to its end, so that the time taken does not tell which of them, or how much of it, was right.
    var isGenuine = false
    for entry in entries where MessageAuthentication.areEqual(Array(entry.utf8), expected) { isGenuine = true }
    guard isGenuine else { throw .wrongSignature }

    // After the signature: a time outside the tolerance then means a replay or a wrong clock, and the log can say so.
    let age = now.milliseconds - seconds * 1_000
    guard abs(age) <= Limits.signatureToleranceMilliseconds else { throw .outsideTolerance(seconds: age / 1_000) }
  }
}
