internal import COpenSSL

/// HMAC with SHA-256 (RFC 2104), and how its codes are compared.
package enum MessageAuthentication {
  /// The code of the parts, one after the other as if they were one message.
  package static func sha256(_ parts: [[UInt8]], key: [UInt8]) -> [UInt8] {
    guard let context = copenssl_hmac_sha256(key, key.count) else { preconditionFailure("this OpenSSL has no HMAC with SHA-256") }
    defer { EVP_MAC_CTX_free(context) }
    for part in parts { EVP_MAC_update(context, part, part.count) }
    return [UInt8](unsafeUninitializedCapacity: Digest.byteCount) { code, count in
      let isDone = EVP_MAC_final(context, code.baseAddress, &count, code.count)
      precondition(isDone == 1 && count == Digest.byteCount, "HMAC fails only for want of memory")
    }
  }

  /// Takes the same time wherever two texts of one length differ. Lengths are no secret here.
  package static func areEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    left.count == right.count && CRYPTO_memcmp(left, right, left.count) == 0
  }

  /// Whether a text that somebody brings is the secret. How long that takes depends on the text alone: one of another length than the secret's
  /// is compared with itself.
  package static func isSecret(_ text: String, _ secret: [UInt8]) -> Bool {
    var text = text
    return text.withUTF8 { text in
      secret.withUnsafeBufferPointer { secret in
        let hasItsLength = text.count == secret.count
        let isEqual = CRYPTO_memcmp(text.baseAddress, hasItsLength ? secret.baseAddress : text.baseAddress, text.count) == 0
        return hasItsLength && isEqual
      }
    }
  }
}
