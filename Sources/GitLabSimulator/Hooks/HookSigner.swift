internal import Crypto

/// Signs a hook's body as GitLab 19.0 does (Standard Webhooks; facts A.2).
package struct HookSigner: Sendable {
  private let key: SymmetricKey

  /// Nil unless the token is `whsec_` followed by the base64 of exactly 32 bytes.
  package init?(token: String) {
    guard token.hasPrefix("whsec_"), let bytes = Base64.decode(token.dropFirst(6)), bytes.count == 32 else { return nil }
    key = SymmetricKey(data: bytes)
  }

  /// `v1,` and the base64 of HMAC-SHA256 over id, timestamp and the body's bytes, joined with dots.
  package func signature(id: String, timestamp: String, body: [UInt8]) -> String {
    let code = HMAC<SHA256>.authenticationCode(for: Array("\(id).\(timestamp).".utf8) + body, using: key)
    return "v1," + Base64.encode(Array(code))
  }
}

/// Base64 with padding (RFC 4648 §4). Our own because the only other one here is in Foundation.
enum Base64 {
  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  static func encode(_ bytes: [UInt8]) -> String {
    var out: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let group = bytes[start..<min(start + 3, bytes.count)]
      let word = group.enumerated().reduce(UInt32(0)) { $0 | UInt32($1.element) << UInt32(16 - 8 * $1.offset) }
      for position in 0..<4 {
        out.append(position <= group.count ? alphabet[Int(word >> UInt32(18 - 6 * position) & 63)] : UInt8(ascii: "="))
      }
    }
    return String(decoding: out, as: UTF8.self)
  }

  static func decode(_ text: some StringProtocol) -> [UInt8]? {
    let digits = Array(text.utf8)
    guard digits.count % 4 == 0 else { return nil }
    let padding = digits.suffix(2).count { $0 == UInt8(ascii: "=") }
    var out: [UInt8] = []
    for start in stride(from: 0, to: digits.count, by: 4) {
      var word: UInt32 = 0
      for (position, digit) in digits[start..<start + 4].enumerated() {
        let isPadding = start + position >= digits.count - padding
        guard let value = isPadding ? 0 : alphabet.firstIndex(of: digit) else { return nil }
        word |= UInt32(value) << UInt32(18 - 6 * position)
      }
      out += [UInt8(word >> 16 & 255), UInt8(word >> 8 & 255), UInt8(word & 255)]
    }
    return Array(out.dropLast(padding))
  }
}
