internal import HTTPMessages
internal import JSON

/// Service accounts of the instance, of top-level groups and of projects (facts F).
extension World {
  func listServiceAccounts(_ call: Call) throws(APIError) -> Response {
    let source = try provisioner(call)
    let order = try call.parameters.choice("order_by", ["id", "username"]) ?? "id"
    let sort = try call.parameters.choice("sort", ["asc", "desc"]) ?? "desc"
    let found = users.all.filter { $0.isServiceAccount && !$0.isDeleted && $0.provisionedBy == source }
    let sorted = found.sorted { order == "id" ? $0.id < $1.id : $0.username < $1.username }
    return try page(sort == "asc" ? sorted : sorted.reversed(), call) { serviceAccountEntity($0) }
  }

  mutating func createServiceAccount(_ call: Call) throws(APIError) -> Response {
    let source = try provisioner(call)
    try countAction("service_account_creation", call, limit: Limits.serviceAccountsPerMinute)
    if case .group(let id) = source, groups[id].parentID != nil || !mayMakeAccounts(in: source, call.user) {
      throw .badRequest("400 Bad request - User does not have permission to create a service account in this namespace.")
    }
    do {
      func named(_ parameter: String) -> String? { instance.has(.serviceAccountNames) ? call.parameters.text(parameter) : nil }
      let user = try createServiceAccount(
        of: source, name: named("name"), username: named("username"), email: named("email"))
      return .json(serviceAccountEntity(user), status: .created)
    } catch {
      throw .badRequest("400 Bad request - " + (error.body["message"]?.string ?? ""))
    }
  }

  mutating func updateServiceAccount(_ call: Call) throws(APIError) -> Response {
    let id = try serviceAccount(call).id
    let user = try updateServiceAccount(
      id, name: call.parameters.text("name"), username: call.parameters.text("username"), email: call.parameters.text("email"))
    return .json(serviceAccountEntity(user))
  }

  /// Answered at once; the account goes later, or does not: whether the caller may is not looked at before the answer.
  mutating func deleteServiceAccount(_ call: Call) throws(APIError) -> Response {
    let account = try serviceAccount(call)
    if mayMakeAccounts(in: account.provisionedBy, call.user) { deleteAccount(account.id) }
    return .noContent
  }

  /// Whoever owns the accounts the call is about, where the caller may administer them; nil: the instance.
  private func provisioner(_ call: Call) throws(APIError) -> Source? {
    switch call.level {
    case .group:
      let group = try group(call)
      guard instance.isLicensed, mayAdministerAccounts(of: group, call.user) else { throw .forbidden }
      return .group(group.id)
    case .project:
      let project = try project(call)
      guard instance.isLicensed else { throw .forbidden }
      try require(.maintainer, project, call)
      return .project(project.id)
    case .instance:
      guard call.user.isAdministrator, instance.isLicensed else { throw .forbidden }
      return nil
    }
  }

  private func mayAdministerAccounts(of group: Group, _ user: User) -> Bool {
    if user.isAdministrator { return true }
    return (letsOwnersMakeAccounts || instance.showsOwnersServiceAccounts) && has(.owner, onGroup: group.id, user)
  }

  /// Of whoever may administer them.
  private func mayMakeAccounts(in source: Source?, _ user: User) -> Bool {
    if case .group = source { user.isAdministrator || letsOwnersMakeAccounts } else { true }
  }

  private var letsOwnersMakeAccounts: Bool { instance.isGitLabCom || instance.allowsOwnersServiceAccounts }

  /// The account that the path names, which must be the group's or project's own.
  func serviceAccount(_ call: Call) throws(APIError) -> User {
    let source = try provisioner(call)
    let user = users.find(try call.id("user_id"))
    guard let user, !user.isDeleted, user.provisionedBy == source else { throw .notFound("User") }
    guard user.isServiceAccount else { throw .badRequest("400 Bad request - User is not of type Service Account") }
    return user
  }

  private func serviceAccountEntity(_ user: User) -> JSONValue {
    var object: JSONObject = [
      "id": .integer(user.id), "username": .string(user.username), "name": .string(user.name), "email": .string(user.email),
    ]
    if let address = user.unconfirmedEmail { object.append("unconfirmed_email", .string(address)) }
    return .object(object)
  }

  /// Counts what the application itself limits. The answer has no `Retry-After`, and no header tells of the limit (facts H).
  mutating func countAction(_ action: String, _ call: Call, limit: Int) throws(APIError) {
    let minute = now.milliseconds / 60_000
    let key = "\(action) \(call.user.id)"
    var window = actionWindows[key] ?? RateWindow(minute: minute, count: 0, limit: limit)
    if window.minute != minute { window = RateWindow(minute: minute, count: 0, limit: limit) }
    window.count += 1
    actionWindows[key] = window
    if window.isOverLimit { throw .actionLimit }
  }
}
