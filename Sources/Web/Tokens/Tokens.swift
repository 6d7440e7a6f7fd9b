internal import Calendar
package import ChangeControl
internal import Credentials
internal import Cryptography
internal import JSON
package import Storage

/// A token at the one moment at which its text is known.
package struct NewToken: Sendable, CustomStringConvertible, CustomDebugStringConvertible {
  package var record: TokenRecord
  /// To be shown once, and kept nowhere.
  package var token: String

  /// Without the token: what is printed by mistake is no leak.
  package var description: String { "token \(record.id)" }
  package var debugDescription: String { description }
}

/// API tokens: `ght_` and 40 letters and digits (238 bits). The database has their SHA-256: for a text with that much chance in it a slow hash
/// would add nothing.
package enum Tokens {
  /// Makes a token for a person or a program. Throws `Refusal` for a name or a life that cannot be.
  ///
  /// - Parameters:
  ///   - user: the GitLab username: approval rules are compared with it.
  ///   - expiresIn: from a minute to 366 days.
  ///   - actor: who makes it, for the audit log.
  ///   - generator: must be as good as the system's, which it is outside tests.
  package static func create(
    user: String, role: Role, expiresIn life: Duration, by actor: String, random generator: inout some RandomNumberGenerator,
    in transaction: Transaction
  ) throws -> NewToken {
    guard (1...Limits.name).contains(user.unicodeScalars.count), !user.hasControls(), !user.contains(where: \.isWhitespace) else {
      throw Refusal(
        .invalid, "invalid_user", "a user is a GitLab username: 1 to \(Limits.name) characters without spaces or control characters")
    }
    guard !user.hasPrefix("@") else {
      throw Refusal(.invalid, "invalid_user", "a user is written without the @, as approval rules are: \(user.dropFirst())")
    }
    guard (Limits.shortestTokenLife...Limits.longestTokenLife).contains(life) else {
      throw Refusal(.invalid, "invalid_expiry", "a token lives from one minute to 366 days; choose a time in between, such as 90d")
    }
    let id = "tok_" + letters(16, using: &generator)
    let token = prefix + letters(letterCount, using: &generator)
    let expiresAt = transaction.now + life
    try transaction.insertToken(id: id, user: user, role: role, hash: hash(of: token), expiresAt: expiresAt)
    try transaction.audit(
      .tokenCreated, actor: actor,
      detail: [
        "token": .string(id), "user": .string(user), "role": .string(role.rawValue), "expires_at": .string(expiresAt.iso8601),
      ])
    guard let record = try transaction.token(id: id) else { preconditionFailure("a token just written is not there") }
    return NewToken(record: record, token: token)
  }

  /// As above, with the system's generator.
  package static func create(user: String, role: Role, expiresIn life: Duration, by actor: String, in transaction: Transaction) throws
    -> NewToken
  {
    var generator = SystemRandomNumberGenerator()
    return try create(user: user, role: role, expiresIn: life, by: actor, random: &generator, in: transaction)
  }

  /// Makes a token worthless from this transaction's commit on. False, and nothing written, when there is none with this id that is not
  /// revoked already.
  package static func revoke(id: String, by actor: String, in transaction: Transaction) throws -> Bool {
    guard try transaction.revokeToken(id: id), let record = try transaction.token(id: id) else { return false }
    try transaction.audit(
      .tokenRevoked, actor: actor, detail: ["token": .string(id), "user": .string(record.user), "role": .string(record.role.rawValue)])
    return true
  }

  static let prefix = TokenText.ownPrefix
  static let letterCount = 40

  /// Whether a text has the form of a token: what has not need not be looked up.
  static func isWellFormed(_ text: String) -> Bool {
    guard text.utf8.count == prefix.utf8.count + letterCount, text.hasPrefix(prefix) else { return false }
    var text = text
    return text.withUTF8 { bytes in bytes[prefix.utf8.count...].allSatisfy { $0.isDigit || $0.isLetter } }
  }

  static func hash(of token: String) -> [UInt8] { Digest.sha256(Array(token.utf8)) }

  private static func letters(_ count: Int, using generator: inout some RandomNumberGenerator) -> String {
    let alphabet = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)
    return String(decoding: (0..<count).map { _ in alphabet[Int.random(in: alphabet.indices, using: &generator)] }, as: UTF8.self)
  }
}
