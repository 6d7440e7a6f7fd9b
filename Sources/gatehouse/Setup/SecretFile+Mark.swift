import Cryptography
import JSON

/// How the record knows a secret file of ours again, without the secret: by a slow digest, with a salt of its own.
extension SecretFile {
  func mark(of secret: String) -> JSONValue {
    let salt = freshBytes(32)
    return [
      "file": .string(path), "salt": .string(Base64.encode(salt)),
      "digest": .string(Base64.encode(PasswordDigest.sha256(secret, salt: salt))),
    ]
  }

  init?(marked mark: JSONValue) {
    guard let path = mark["file"]?.string else { return nil }
    self.init(path: path)
  }

  /// The secret that was marked, as long as its file has it.
  static func secret(marked mark: JSONValue) throws -> String? {
    try SecretFile(marked: mark).flatMap { try $0.holds(mark) ? try $0.read() : nil }
  }

  /// Whether the secret in it is the one that was marked.
  func holds(_ mark: JSONValue) throws -> Bool {
    guard let secret = try read(), let salt = mark["salt"]?.string.flatMap({ Base64.decode($0) }) else { return false }
    return Base64.encode(PasswordDigest.sha256(secret, salt: salt)) == mark["digest"]?.string
  }
}
