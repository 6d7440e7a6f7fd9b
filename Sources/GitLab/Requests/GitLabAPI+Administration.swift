internal import HTTPMessages
internal import JSON

/// The endpoints by which a gate is set up: service accounts, memberships, tokens, protected environments, webhooks (facts E to G).
extension GitLabAPI {
  func group(path: String) -> Request { get("/groups/\(percentEncoded(path))?with_projects=false") }

  func environments(project: Int64) -> Request { get("/projects/\(project)/environments?per_page=\(Limits.perPage)") }

  /// What a group's protected tiers hold: not what is only shared with it. Whole entities, for the brief ones do not tell what is archived.
  ///
  /// - Parameter endpoint: the group's.
  func projects(below endpoint: String) -> Request {
    get("\(endpoint)/projects?include_subgroups=true&with_shared=false&order_by=id&sort=asc&per_page=\(Limits.perPage)")
  }

  /// What the sign-in page looks like: nothing that matters here, and GitLab shows it to administrators alone (`API::Appearance`), cheaply.
  func appearance() -> Request { get("/application/appearance") }

  // MARK: Service accounts

  func serviceAccounts(in place: SetupPlace) -> Request { get("\(place.endpoint)/service_accounts?per_page=\(Limits.perPage)") }

  func createServiceAccount(in place: SetupPlace, username: String, name: String) -> Request {
    post("\(place.endpoint)/service_accounts", ["username": .string(username), "name": .string(name)])
  }

  func renameServiceAccount(_ user: Int64, in place: SetupPlace, name: String) -> Request {
    patch("\(place.endpoint)/service_accounts/\(user)", ["name": .string(name)])
  }

  /// One of the whole instance is removed as any user is.
  func removeServiceAccount(_ user: Int64, in place: SetupPlace) -> Request {
    delete(place == .instance ? "/users/\(user)" : "\(place.endpoint)/service_accounts/\(user)")
  }

  // MARK: Access tokens

  func ownAccessToken() -> Request { get("/personal_access_tokens/self") }

  /// - Parameter all: those too that serve no more, which may be thousands: for a lost rotation, whose token may be taken for one of them.
  func accessTokens(of user: Int64, in place: SetupPlace, all: Bool = false) -> Request {
    let filter = "\(all ? "" : "state=active&")per_page=\(Limits.perPage)"
    return place == .instance
      ? get("/personal_access_tokens?user_id=\(user)&\(filter)") : get("\(accessTokensPath(of: user, in: place))?\(filter)")
  }

  /// `expiresOn` is a day, `2027-01-31`. Scopes go as a JSON array: the comma-joined form of some documents makes one unknown scope (facts F).
  func createAccessToken(of user: Int64, in place: SetupPlace, name: String, expiresOn: String) -> Request {
    post(
      place == .instance ? "/users/\(user)/personal_access_tokens" : accessTokensPath(of: user, in: place),
      ["name": .string(name), "scopes": ["api"], "expires_at": .string(expiresOn)])
  }

  func revokeAccessToken(_ id: Int64, of user: Int64, in place: SetupPlace) -> Request {
    delete(place == .instance ? "/personal_access_tokens/\(id)" : "\(accessTokensPath(of: user, in: place))/\(id)")
  }

  /// The old token stops serving at once, and the new one is in this answer and nowhere else.
  func rotateOwnAccessToken(expiresOn: String) -> Request {
    post("/personal_access_tokens/self/rotate", ["expires_at": .string(expiresOn)])
  }

  func revokeOwnAccessToken() -> Request { delete("/personal_access_tokens/self") }

  /// Those of a project or of a group, each with a bot that is a member there.
  func accessTokens(in place: SetupPlace) -> Request { get("\(place.endpoint)/access_tokens?per_page=\(Limits.perPage)") }

  /// Maintainers are shown protected environments and webhooks; the scope lets it change none of them.
  func createReadingToken(in place: SetupPlace, name: String, expiresOn: String) -> Request {
    post(
      "\(place.endpoint)/access_tokens",
      ["name": .string(name), "scopes": ["read_api"], "access_level": 40, "expires_at": .string(expiresOn)])
  }

  /// Its bot goes with it.
  func revokeAccessToken(_ id: Int64, in place: SetupPlace) -> Request { delete("\(place.endpoint)/access_tokens/\(id)") }

  private func accessTokensPath(of user: Int64, in place: SetupPlace) -> String {
    "\(place.endpoint)/service_accounts/\(user)/personal_access_tokens"
  }

  // MARK: Members

  /// The project or group itself.
  func place(_ place: SetupPlace) -> Request { get(place.endpoint + (place.level == .group ? "?with_projects=false" : "")) }

  /// A direct member only.
  func member(_ user: Int64, of place: SetupPlace) -> Request { get("\(place.endpoint)/members/\(user)") }

  /// What a user effectively is there, through the groups above too.
  func effectiveMember(_ user: Int64, of place: SetupPlace) -> Request { get("\(place.endpoint)/members/all/\(user)") }

  func addMember(_ user: Int64, to place: SetupPlace, level: Int64) -> Request {
    post("\(place.endpoint)/members", ["user_id": .integer(user), "access_level": .integer(level)])
  }

  func setMember(_ user: Int64, of place: SetupPlace, level: Int64) -> Request {
    put("\(place.endpoint)/members/\(user)", ["access_level": .integer(level)])
  }

  func removeMember(_ user: Int64, of place: SetupPlace) -> Request { delete("\(place.endpoint)/members/\(user)") }

  // MARK: Protected environments

  func protections(in place: SetupPlace) -> Request { get("\(place.endpoint)/protected_environments?per_page=\(Limits.perPage)") }

  func protection(_ name: String, in place: SetupPlace) -> Request { get(protectionPath(name, place)) }

  func protect(in place: SetupPlace, _ body: JSONValue) -> Request { post("\(place.endpoint)/protected_environments", body) }

  func updateProtection(_ name: String, in place: SetupPlace, _ body: JSONValue) -> Request { put(protectionPath(name, place), body) }

  func unprotect(_ name: String, in place: SetupPlace) -> Request { delete(protectionPath(name, place)) }

  private func protectionPath(_ name: String, _ place: SetupPlace) -> String {
    "\(place.endpoint)/protected_environments/\(percentEncoded(name))"
  }

  // MARK: Webhooks

  func hooks(of place: SetupPlace) -> Request { get("\(place.endpoint)/hooks?per_page=\(Limits.perPage)") }

  func hook(_ id: Int64, of place: SetupPlace) -> Request { get("\(place.endpoint)/hooks/\(id)") }

  /// What it has sent last, the newest first (17.3).
  func sendings(of hook: Int64, in place: SetupPlace) -> Request {
    get("\(place.endpoint)/hooks/\(hook)/events?per_page=\(Limits.shownSendings)")
  }

  func addHook(to place: SetupPlace, _ body: JSONValue) -> Request { post("\(place.endpoint)/hooks", body) }

  func updateHook(_ id: Int64, of place: SetupPlace, _ body: JSONValue) -> Request { put("\(place.endpoint)/hooks/\(id)", body) }

  func removeHook(_ id: Int64, of place: SetupPlace) -> Request { delete("\(place.endpoint)/hooks/\(id)") }
}
