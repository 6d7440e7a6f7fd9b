internal import COpenSSL

/// SHA-256 (FIPS 180-4).
package enum Digest {
  package static let byteCount = 32

  package static func sha256(_ bytes: [UInt8]) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: byteCount) { digest, count in
      let isDone = EVP_Digest(bytes, bytes.count, digest.baseAddress, nil, algorithm.pointer, nil)
      precondition(isDone == 1, "SHA-256 fails only for want of memory")
      count = byteCount
    }
  }

  /// 64 lower-case hexadecimal digits.
  package static func sha256Text(_ bytes: [UInt8]) -> String { hexadecimal(sha256(bytes)) }

  package static func hexadecimal(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    text.reserveCapacity(bytes.count * 2)
    for byte in bytes {
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// Found once: looking an algorithm up by its name takes longer than a short digest.
  private static let algorithm = Algorithm()

  /// Unchecked because it is a pointer. What it points to is never changed once it is fetched, and any thread may use it (openssl-threads(7)).
  private struct Algorithm: @unchecked Sendable {
    let pointer: OpaquePointer

    init() {
      guard let fetched = EVP_MD_fetch(nil, "SHA256", nil) else { preconditionFailure("this OpenSSL has no SHA-256") }
      pointer = fetched
    }
  }
}
