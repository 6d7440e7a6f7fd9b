internal import HTTPMessages
internal import JSON

extension World {
  /// Whoever is no administrator is shown all users, whatever the filter, and neither who administers nor addresses (GitLab's UsersFinder).
  func listUsers(_ call: Call) throws(APIError) -> Response {
    let name = call.parameters.text("username")?.lowercased()
    let administratorsOnly = call.parameters.flag("admins") && call.user.isAdministrator
    let found = users.all.filter { user in
      !user.isDeleted && (name.map { $0 == user.username.lowercased() } ?? true) && (!administratorsOnly || user.isAdministrator)
    }
    return try page(found, call) { .object(profile($0, for: call.user, isWhole: call.user.isAdministrator)) }
  }

  func showUser(_ call: Call) throws(APIError) -> Response {
    guard let user = users.find(try call.id("user_id")), !user.isDeleted else { throw .notFound("User") }
    return .json(.object(profile(user, for: call.user, isWhole: true)))
  }

  /// An administrator deletes an account; the job queue does it later.
  mutating func deleteUser(_ call: Call) throws(APIError) -> Response {
    guard call.user.isAdministrator else { throw .forbidden }
    guard let user = users.find(try call.id("user_id")), !user.isDeleted else { throw .notFound("User") }
    deleteAccount(user.id)
    return .noContent
  }

  private func profile(_ user: User, for caller: User, isWhole: Bool) -> JSONObject {
    guard case .object(var object) = userEntity(user) else { return [:] }
    if isWhole { object.append("public_email", user.showsEmail ? .string(user.email) : .null) }
    if isWhole { object.append("bot", .bool(user.isServiceAccount)) }
    if caller.isAdministrator {
      object.append("email", .string(user.email))
      object.append("commit_email", .string(user.email))
      object.append("is_admin", .bool(user.isAdministrator))
    }
    return object
  }
}
