internal import COpenSSL

/// Base64 with padding (RFC 4648 §4).
package enum Base64 {
  package static func encode(_ bytes: [UInt8]) -> String {
    let length = (bytes.count + 2) / 3 * 4
    return String(unsafeUninitializedCapacity: length + 1) { text in
      // It ends the text with a NUL, which is not counted.
      Int(EVP_EncodeBlock(text.baseAddress, bytes, Int32(bytes.count)))
    }
  }

  /// Nil for what `encode` would not have written: white space, missing padding, bits that belong to no byte.
  package static func decode(_ text: some StringProtocol) -> [UInt8]? {
    let digits = Array(text.utf8)
    guard digits.count % 4 == 0 else { return nil }
    // All empty arrays are one, whose count would be written here: to the thread sanitizer that is a race.
    guard !digits.isEmpty else { return [] }
    let padding = digits.suffix(2).count { $0 == UInt8(ascii: "=") }
    let bytes = [UInt8](unsafeUninitializedCapacity: digits.count / 4 * 3) { bytes, count in
      // What padding stands for is decoded as zeros.
      count = max(0, Int(EVP_DecodeBlock(bytes.baseAddress, digits, Int32(digits.count))) - padding)
    }
    return encode(bytes) == text ? bytes : nil
  }
}
