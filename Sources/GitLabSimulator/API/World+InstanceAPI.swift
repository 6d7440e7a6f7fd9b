internal import Calendar
internal import HTTPMessages
internal import JSON

extension World {
  func showVersion() -> Response { .json(["version": .string(instance.version.text), "revision": "1a2b3c4d5e6"]) }

  func showMetadata() -> Response {
    .json([
      "version": .string(instance.version.text),
      "revision": "1a2b3c4d5e6",
      "kas": ["enabled": false, "externalUrl": .null, "externalK8sProxyUrl": .null, "version": .null],
      "enterprise": true,
    ])
  }

  func showCurrentUser(_ call: Call) -> Response {
    guard case .object(var object) = userEntity(call.user) else { return .json(.null) }
    object.append("created_at", .string(Instant(milliseconds: 1_700_000_000_000).iso8601))
    object.append("bot", .bool(call.user.isServiceAccount))
    object.append("email", .string(call.user.email))
    object.append("external", .bool(call.user.isServiceAccount))
    // What is in the database, whatever the token may (`API::Users`).
    if call.isAdministratorInName { object.append("is_admin", true) }
    return .json(.object(object))
  }

  /// How the sign-in page looks, for administrators alone (`API::Appearance`).
  func showAppearance(_ call: Call) throws(APIError) -> Response {
    guard call.user.isAdministrator else { throw .forbidden }
    return .json(["title": "", "description": "", "logo": .null])
  }

  /// The basic entity of a user, which stands in most others.
  func userEntity(_ user: User) -> JSONValue {
    [
      "id": .integer(user.id),
      "username": .string(user.username),
      "name": .string(user.name),
      "state": .string(user.barredState ?? "active"),
      "avatar_url": .string(avatarURL(user)),
      "web_url": .string(instance.baseURL + "/" + user.username),
    ]
  }
}
