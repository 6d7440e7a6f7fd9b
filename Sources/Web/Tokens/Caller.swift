internal import ChangeControl
internal import HTTPTypes
internal import Storage

/// What a request brings to show who sends it.
struct Credential: Sendable {
  private var hash: [UInt8]

  /// Reads `Authorization: Bearer` (RFC 6750 §2.1) and `PRIVATE-TOKEN`. Another scheme than Bearer is somebody else's, a proxy's say.
  ///
  /// Throws 401 when there is no token or none that could be ours, 400 when there are two.
  init(_ fields: HTTPFields) throws(Fault) {
    let bearers = fields[values: .authorization].compactMap { value -> String? in
      let parts = value.split(separator: " ", maxSplits: 1)
      guard let scheme = parts.first, scheme.lowercased() == "bearer" else { return nil }
      return parts.count > 1 ? String(parts[1].drop { $0 == " " }) : ""
    }
    let tokens = (bearers + fields[values: .privateToken]).filter { !$0.isEmpty }
    guard let token = tokens.first else { throw .tokenMissing }
    guard tokens.allSatisfy({ $0 == token }) else { throw .ambiguousToken }
    guard Tokens.isWellFormed(token) else { throw .tokenUnknown }
    hash = Tokens.hash(of: token)
  }

  /// Finds whose token it is, in the very view that the request is answered from: a token that was revoked is refused at once.
  func caller(in reading: Reading) throws -> Caller {
    guard let token = try reading.token(hash: hash) else { throw Fault.tokenUnknown }
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
