internal import Cryptography

/// Signs a hook's body as GitLab 19.0 does (Standard Webhooks; facts A.2).
package struct HookSigner: Sendable {
  private let key: [UInt8]

  /// Nil unless the token is `whsec_` followed by the base64 of exactly 32 bytes.
  package init?(token: String) {
    guard token.hasPrefix("whsec_"), let bytes = Base64.decode(token.dropFirst(6)), bytes.count == 32 else { return nil }
    key = bytes
  }

  /// `v1,` and the base64 of HMAC-SHA256 over id, timestamp and the body's bytes, joined with dots.
  package func signature(id: String, timestamp: String, body: [UInt8]) -> String {
    "v1," + Base64.encode(MessageAuthentication.sha256([Array("\(id).\(timestamp).".utf8), body], key: key))
  }
}
