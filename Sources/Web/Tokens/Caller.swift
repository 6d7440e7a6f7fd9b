internal import ChangeControl
internal import HTTPMessages
internal import HTTPTypes
internal import Storage

/// What a request brings to show who sends it.
struct Credential: Sendable {
  private var token: String

  /// Reads `Authorization: Bearer` (RFC 6750 §2.1) and `PRIVATE-TOKEN`. Another scheme than Bearer is somebody else's, a proxy's say.
  ///
  /// Throws 401 when there is no token or none that could be ours, 400 when there are two.
  init(_ fields: HTTPFields) throws(Fault) {
    var found: String?
    for index in fields.indices {
      guard let token = Credential.token(in: fields[index]), !token.isEmpty else { continue }
      guard found == nil || found == token else { throw .ambiguousToken }
      found = token
    }
    guard let found else { throw .tokenMissing }
    guard Tokens.isWellFormed(found) else { throw .tokenUnknown }
    token = found
  }

  private static func token(in field: HTTPField) -> String? {
    switch field.name {
    case .authorization: bearer(field.value)
    case .privateToken: field.value
    default: nil
    }
  }

  /// What follows the scheme; nil for another scheme, whose case makes no difference (RFC 9110 §11.1).
  private static func bearer(_ value: String) -> String? {
    var value = value
    return value.withUTF8 { bytes in
      guard bytes.count > 6, bytes[6] == UInt8(ascii: " "), bytes[..<6].elementsEqual("bearer".utf8, by: { $0 | 0x20 == $1 }) else {
        return nil
      }
      return String(decoding: bytes[6...].drop { $0 == UInt8(ascii: " ") }, as: UTF8.self)
    }
  }

  /// Finds whose token it is, in the very view that the request is answered from: a token that was revoked is refused at once.
  func caller(in reading: Reading) throws -> Caller {
    guard let token = try reading.token(hash: Tokens.hash(of: token)) else { throw Fault.tokenUnknown }
    guard token.revokedAt == nil else { throw Fault.tokenRevoked }
    guard token.isUsable(at: reading.now) else { throw Fault.tokenExpired }
    return Caller(token: token)
  }
}

/// Who asks.
struct Caller: Sendable {
  var token: TokenRecord

  var actor: Actor { Actor(user: token.user, role: token.role) }
}
