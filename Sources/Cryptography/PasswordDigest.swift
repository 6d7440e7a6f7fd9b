internal import COpenSSL

/// A slow digest of a secret that may be short (PBKDF2 with HMAC-SHA256, RFC 8018 §5.2): it tells whether two are the same, and trying all short
/// ones takes long.
package enum PasswordDigest {
  /// A tenth of a second, for what is compared a few times a day.
  static let rounds: Int32 = 200_000

  package static func sha256(_ secret: String, salt: [UInt8]) -> [UInt8] {
    var secret = secret
    return secret.withUTF8 { secret in
      [UInt8](unsafeUninitializedCapacity: Digest.byteCount) { digest, count in
        let isDone = secret.withMemoryRebound(to: CChar.self) { text in
          PKCS5_PBKDF2_HMAC(
            text.baseAddress, Int32(text.count), salt, Int32(salt.count), rounds, EVP_sha256(), Int32(Digest.byteCount), digest.baseAddress)
        }
        precondition(isDone == 1, "PBKDF2 fails only for want of memory")
        count = Digest.byteCount
      }
    }
  }
}
