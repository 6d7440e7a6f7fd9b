internal import Calendar
internal import HTTPMessages
internal import JSON

extension World {
  func listMembers(_ call: Call) throws(APIError) -> Response {
    let project = try project(call)
    let members = users.all.filter { level(of: $0.id, onProject: project.id) != nil }
    return try page(members, call) { memberEntity($0, level: level(of: $0.id, onProject: project.id)) }
  }

  /// One member, whether direct or through a group.
  func showMember(_ call: Call) throws(APIError) -> Response {
    let project = try project(call)
    guard let user = users.find(try call.id("user_id")), let level = level(of: user.id, onProject: project.id) else { throw .notFound }
    return .json(memberEntity(user, level: level))
  }

  func listDirectGroupMembers(_ call: Call) throws(APIError) -> Response {
    try listMembers(of: [.group(try group(call).id)], call)
  }

  func listGroupMembers(_ call: Call) throws(APIError) -> Response {
    try listMembers(of: Set(ancestry(of: try group(call).id).map { Source.group($0.id) }), call)
  }

  private func listMembers(of sources: Set<Source>, _ call: Call) throws(APIError) -> Response {
    let levels = memberships.filter { sources.contains($0.source) }.reduce(into: [Int64: AccessLevel]()) { levels, membership in
      levels[membership.userID] = max(levels[membership.userID] ?? .guest, membership.level)
    }
    return try page(users.all.filter { levels[$0.id] != nil }, call) { memberEntity($0, level: levels[$0.id]) }
  }

  /// Whoever is no administrator is shown all users, whatever the filter, and neither who administers nor addresses (GitLab's UsersFinder).
  func listUsers(_ call: Call) throws(APIError) -> Response {
    let name = call.parameters.text("username")?.lowercased()
    let administratorsOnly = call.parameters.flag("admins") && call.user.isAdministrator
    let found = users.all.filter { user in
      (name.map { $0 == user.username.lowercased() } ?? true) && (!administratorsOnly || user.isAdministrator)
    }
    return try page(found, call) { .object(profile($0, for: call.user, isWhole: call.user.isAdministrator)) }
  }

  func showUser(_ call: Call) throws(APIError) -> Response {
    guard let user = users.find(try call.id("user_id")) else { throw .notFound("User") }
    return .json(.object(profile(user, for: call.user, isWhole: true)))
  }

  private func profile(_ user: User, for caller: User, isWhole: Bool) -> JSONObject {
    guard case .object(var object) = userEntity(user) else { return [:] }
    if isWhole { object.append("public_email", user.showsEmail ? .string(user.email) : .null) }
    if caller.isAdministrator {
      object.append("email", .string(user.email))
      object.append("commit_email", .string(user.email))
      object.append("is_admin", .bool(user.isAdministrator))
    }
    return object
  }

  private func memberEntity(_ user: User, level: AccessLevel?) -> JSONValue {
    guard case .object(var object) = userEntity(user) else { return .null }
    object.append("access_level", .optional(level?.rawValue))
    object.append("expires_at", .null)
    object.append("membership_state", "active")
    return .object(object)
  }

  /// Maintainers only. Secrets are never shown, only that they are there.
  func listHooks(_ call: Call) throws(APIError) -> Response {
    let project = try project(call)
    guard has(.maintainer, onProject: project.id, call.user) else { throw .forbidden }
    return try page(hooks.all.filter { $0.owner == .project(project.id) }, call) { hookEntity($0, project: project) }
  }

  private func hookEntity(_ hook: Hook, project: Project) -> JSONValue {
    var object: JSONObject = [
      "id": .integer(hook.id),
      "url": .string(hook.url),
      "name": .optional(hook.name),
      "description": .null,
      "project_id": .integer(project.id),
    ]
    for event in Hook.Event.allCases { object.append(event.flag, .bool(hook.events.contains(event))) }
    object.append("enable_ssl_verification", true)
    object.append("repository_update_events", false)
    let isPaused = hook.disabledUntil.map { now < $0 } ?? false
    object.append("alert_status", hook.isDisabledForGood ? "disabled" : isPaused ? "temporarily_disabled" : "executable")
    object.append("disabled_until", .optional(isPaused ? hook.disabledUntil?.iso8601 : nil))
    object.append("url_variables", [])
    object.append("created_at", .string(hook.createdAt.iso8601))
    object.append("custom_webhook_template", .null)
    object.append("custom_headers", [])
    if instance.release == .v19 {
      object.append("token_present", .bool(hook.token != nil))
      object.append("signing_token_present", .bool(hook.signingToken != nil))
    }
    return .object(object)
  }
}
