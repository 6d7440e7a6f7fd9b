internal import Cryptography

/// A webhook's signing token, read: GitLab's form is `whsec_` and the base64 of exactly 32 bytes, and the key is those bytes, not the text
/// (GitLab 19.0).
struct SigningToken: Sendable {
  static let byteCount = 32
  let key: [UInt8]

  init(_ text: String) throws(MalformedSigningToken) {
    guard text.hasPrefix("whsec_"), let key = Base64.decode(text.dropFirst(6)), key.count == Self.byteCount else {
      throw MalformedSigningToken()
    }
    self.key = key
  }
}

/// The configured signing token is not one. The token itself is never in the message.
package struct MalformedSigningToken: Error, Sendable, Hashable, CustomStringConvertible {
  package var description: String {
    "the signing token is not 'whsec_' followed by the base64 of 32 bytes; copy it again from the webhook's settings in GitLab"
  }
}
