internal import Calendar
internal import HTTPMessages
internal import JSON

/// Personal access tokens: one's own, those of a group's or project's service accounts, and those of everybody for administrators.
extension World {
  // MARK: Of service accounts

  func listAccountTokens(_ call: Call) throws(APIError) -> Response {
    let user = try serviceAccount(call)
    return try listed(tokens.all.filter { $0.userID == user.id }, call)
  }

  mutating func createAccountToken(_ call: Call) throws(APIError) -> Response { try createToken(of: try serviceAccount(call), call) }

  mutating func revokeAccountToken(_ call: Call) throws(APIError) -> Response {
    let user = try serviceAccount(call)
    guard let token = tokens.find(try call.id("token_id")), token.userID == user.id else { throw .notFound("Personal Access Token") }
    tokens[token.id].isRevoked = true
    return .noContent
  }

  mutating func rotateAccountToken(_ call: Call) throws(APIError) -> Response {
    let user = try serviceAccount(call)
    guard let token = tokens.find(try call.id("token_id")), token.userID == user.id else { throw .unlicensed }
    return try rotate(token, call)
  }

  // MARK: Of anybody

  /// Administrators see all tokens, everybody else their own; asking for another's is unauthorized, not forbidden.
  func listTokens(_ call: Call) throws(APIError) -> Response {
    let wanted = try call.parameters.number("user_id").map(Int64.init)
    guard call.user.isAdministrator || wanted == nil || wanted == call.user.id else { throw .unauthorized }
    let owner = wanted ?? (call.user.isAdministrator ? nil : call.user.id)
    return try listed(tokens.all.filter { owner == nil || $0.userID == owner }, call)
  }

  func showToken(_ call: Call) throws(APIError) -> Response { .json(.object(tokenEntity(try token(call)))) }

  mutating func rotateToken(_ call: Call) throws(APIError) -> Response { try rotate(try token(call), call) }

  mutating func revokeToken(_ call: Call) throws(APIError) -> Response {
    tokens[try token(call).id].isRevoked = true
    return .noContent
  }

  /// An administrator makes a token for anybody.
  mutating func createUserToken(_ call: Call) throws(APIError) -> Response {
    guard call.user.isAdministrator else { throw .forbidden }
    guard let user = users.find(try call.id("user_id")), !user.isDeleted else { throw .notFound("User") }
    return try createToken(of: user, call)
  }

  /// The token of the request, or the one that the path names.
  private func token(_ call: Call) throws(APIError) -> PersonalAccessToken {
    guard call.path["token_id"] != nil else { return tokens.find(call.token.id) ?? call.token }
    let found = tokens.find(Int64(call.path["token_id"] ?? ""))
    guard let found, call.user.isAdministrator || found.userID == call.user.id else {
      throw call.user.isAdministrator ? .notFound : .unauthorized
    }
    return found
  }

  // MARK: The same for all

  private static let scopes: Set<String> = [
    "api", "read_api", "read_user", "read_repository", "write_repository", "create_runner", "manage_runner", "k8s_proxy", "self_rotate",
    "read_service_ping", "sudo", "admin_mode",
  ]

  mutating func createToken(of user: User, _ call: Call) throws(APIError) -> Response {
    guard let name = call.parameters.text("name") else { throw .parameter("name is missing") }
    guard call.parameters.has("scopes") else { throw .parameter("scopes is missing") }
    let scopes = try call.parameters.texts("scopes") ?? []
    guard World.scopes.isSuperset(of: scopes) else { throw .parameter("scopes does not have a valid value") }
    guard !scopes.isEmpty else { throw .unprocessable("Scopes can't be blank") }
    let expiry = try expiry(call) ?? lastTokenExpiry
    let made = createToken(
      of: user.id, name: name, scopes: scopes, description: call.parameters.text("description"), expiresAt: expiry)
    return .json(withSecret(made), status: .created)
  }

  private mutating func rotate(_ token: PersonalAccessToken, _ call: Call) throws(APIError) -> Response {
    let expiry = try expiry(call)
    return .json(withSecret(try rotate(token, expiresAt: expiry)))
  }

  private func expiry(_ call: Call) throws(APIError) -> Instant? {
    guard let text = call.parameters.text("expires_at") else { return nil }
    guard let day = Instant(iso8601: text.prefix(10) + "T00:00:00.000Z") else { throw .parameter("expires_at is invalid") }
    guard day > today else { throw .unprocessable("Expires at can't be in the past") }
    // GitLab names the last day that it takes (`expires_at_before_instance_max_expiry_date`).
    guard day <= lastTokenExpiry else { throw .unprocessable("Expires at must be before \(lastTokenExpiry.date)") }
    return day
  }

  func listed(_ rows: [PersonalAccessToken], _ call: Call) throws(APIError) -> Response {
    let state = try call.parameters.choice("state", ["active", "inactive"])
    let revoked = try call.parameters.optionalFlag("revoked")
    let search = call.parameters.text("search")
    let found = rows.filter { token in
      (state.map { ($0 == "active") == isActive(token) } ?? true) && (revoked.map { $0 == token.isRevoked } ?? true)
        && (search.map { token.name.contains($0) } ?? true)
    }
    return try page(found, call) { .object(tokenEntity($0)) }
  }

  /// The only time that a secret is shown.
  private func withSecret(_ token: PersonalAccessToken) -> JSONValue {
    var object = tokenEntity(token)
    object.append("token", .string(token.secret))
    return .object(object)
  }

  private func tokenEntity(_ token: PersonalAccessToken) -> JSONObject {
    [
      "id": .integer(token.id),
      "name": .string(token.name),
      "revoked": .bool(token.isRevoked),
      "created_at": .string(token.createdAt.iso8601),
      "description": .optional(token.description),
      "scopes": .array(token.scopes.map(JSONValue.string)),
      "user_id": .integer(token.userID),
      "last_used_at": .optional(token.lastUsedAt?.iso8601),
      "active": .bool(isActive(token)),
      "expires_at": .optional(token.expiresAt?.date),
    ]
  }
}
