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
    let bearers = fields.values(of: .authorization).compactMap(Credential.bearer)
    let tokens = (bearers + fields.values(of: .privateToken)).filter { !$0.isEmpty }
    guard let token = tokens.first else { throw .tokenMissing }
    guard tokens.allSatisfy({ $0 == token }) else { throw .ambiguousToken }
    guard Tokens.isWellFormed(token) else { throw .tokenUnknown }
    self.token = token
  }

  /// What follows the scheme; nil for another scheme, whose case makes no difference (RFC 9110 §11.1).
  private static func bearer(_ value: String) -> String? {
    let scheme = value.utf8.prefix { $0 != UInt8(ascii: " ") }
    guard scheme.count == 6, scheme.elementsEqual("bearer".utf8, by: { $0 | 0x20 == $1 }) else { return nil }
    return String(Substring(value.utf8[scheme.endIndex...].drop { $0 == UInt8(ascii: " ") }))
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
