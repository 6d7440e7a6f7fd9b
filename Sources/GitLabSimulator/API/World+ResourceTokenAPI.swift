internal import HTTPMessages
internal import JSON

/// Access tokens of projects and of groups: each has a bot of its own that is a member there, and goes with it (GitLab's project and group access
/// tokens API).
extension World {
  func listResourceTokens(_ call: Call) throws(APIError) -> Response {
    let source = try administeredSource(call)
    return try listed(tokens.all.filter { users.find($0.userID)?.isBot(of: source) ?? false }, call)
  }

  mutating func createResourceToken(_ call: Call) throws(APIError) -> Response {
    let source = try administeredSource(call)
    guard instance.allowsResourceTokens else {
      throw .badRequest("400 Bad request - User does not have permission to create \(source.word) access token")
    }
    let level = try call.parameters.number("access_level").flatMap { AccessLevel(rawValue: Int64($0)) } ?? .maintainer
    let name = "\(source.word)_\(source.id)_bot_\(hexadecimal(random.randomBytes(16)))"
    var bot = User(id: nextIDs.take(\.row), username: name, name: call.parameters.text("name") ?? name)
    bot.botOf = source
    let response = try createToken(of: bot, call)
    users.insert(bot)
    memberships.append(Membership(source, userID: bot.id, level: level))
    return response
  }

  /// Revoked at once; the bot goes as accounts go.
  mutating func revokeResourceToken(_ call: Call) throws(APIError) -> Response {
    let source = try administeredSource(call)
    guard let token = tokens.find(try call.id("token_id")), users.find(token.userID)?.isBot(of: source) ?? false else {
      throw .notFound("Could not find \(source.word) access token with token_id: \(call.path["token_id"] ?? "")")
    }
    tokens[token.id].isRevoked = true
    deleteAccount(token.userID)
    return .noContent
  }
}

extension World.User {
  fileprivate func isBot(of source: World.Source) -> Bool { botOf == source && !isDeleted }
}

extension World.Source {
  fileprivate var word: String {
    switch self {
    case .project: "project"
    case .group: "group"
    }
  }

  fileprivate var id: Int64 {
    switch self {
    case .project(let id), .group(let id): id
    }
  }
}
