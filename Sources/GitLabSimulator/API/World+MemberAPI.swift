internal import Calendar
internal import HTTPMessages
internal import JSON

/// Members of projects and groups (facts F): direct ones can be changed, inherited ones only be seen under `/all`.
extension World {
  func listMembers(_ call: Call) throws(APIError) -> Response {
    let source = try memberSource(call)
    return try listed(call, level: { level(of: $0, on: source) }, expiry: { _ in nil })
  }

  func listDirectMembers(_ call: Call) throws(APIError) -> Response {
    let source = try memberSource(call)
    return try listed(call, level: { membershipLevel(of: $0, in: [source]) }, expiry: { expiry(of: $0, in: source) })
  }

  private func listed(
    _ call: Call, level: (Int64) -> AccessLevel?, expiry: (Int64) -> Instant?
  ) throws(APIError) -> Response {
    let query = call.parameters.text("query")?.lowercased()
    let found = users.all.filter { user in
      level(user.id) != nil && (query.map { user.username.lowercased().contains($0) || user.name.lowercased().contains($0) } ?? true)
    }
    return try page(found, call) { memberEntity($0, level: level($0.id), expiresAt: expiry($0.id)) }
  }

  /// One member, whether direct or through a group.
  func showMember(_ call: Call) throws(APIError) -> Response {
    let source = try memberSource(call)
    let id = try call.id("user_id")
    guard let user = users.find(id), let level = level(of: id, on: source) else { throw .notFound }
    return .json(memberEntity(user, level: level))
  }

  func showDirectMember(_ call: Call) throws(APIError) -> Response { .json(directMember(try directMembership(call))) }

  mutating func addMember(_ call: Call) throws(APIError) -> Response {
    let source = try memberSource(call)
    try requireMemberAdministration(source, call)
    let level = try memberLevel(call)
    let names = (call.parameters.text("user_id"), call.parameters.text("username"))
    guard names.0 != nil || names.1 != nil else {
      throw .parameter("user_id, username are missing, exactly one parameter must be provided")
    }
    guard names.0 == nil || names.1 == nil else { throw .parameter("user_id, username are mutually exclusive") }
    let user = try call.parameters.number("user_id").map { users.find(Int64($0)) } ?? users.all.first { $0.username == names.1 }
    guard let user, !user.isDeleted else { throw .notFound("User") }
    if memberships.contains(where: { $0.source == source && $0.userID == user.id }) { throw .conflict("Member already exists") }
    if case .project(let id) = source, groups[projects[id].groupID].locksMembership {
      throw .message(.methodNotAllowed, "405 Method Not Allowed")
    }
    try checkLevel(level, of: user.id, in: source, call)
    let membership = Membership(source, userID: user.id, level: level, expiresAt: try memberExpiry(call))
    memberships.append(membership)
    return .json(directMember(membership), status: .created)
  }

  mutating func updateMember(_ call: Call) throws(APIError) -> Response {
    let source = try memberSource(call)
    try requireMemberAdministration(source, call)
    let level = try memberLevel(call)
    var membership = try directMembership(call)
    try checkLevel(level, of: membership.userID, in: source, call)
    membership.level = level
    if call.parameters.has("expires_at") { membership.expiresAt = try memberExpiry(call) }
    memberships.removeAll { $0.source == source && $0.userID == membership.userID }
    memberships.append(membership)
    return .json(directMember(membership))
  }

  mutating func removeMember(_ call: Call) throws(APIError) -> Response {
    let source = try memberSource(call)
    let membership = try directMembership(call)
    if membership.userID != call.user.id { try requireMemberAdministration(source, call) }
    removeMember(membership.userID, from: source)
    return .noContent
  }

  private func memberSource(_ call: Call) throws(APIError) -> Source {
    call.level == .group ? .group(try group(call).id) : .project(try project(call).id)
  }

  private func directMembership(_ call: Call) throws(APIError) -> Membership {
    let source = try memberSource(call)
    let id = try call.id("user_id")
    guard let found = memberships.first(where: { $0.source == source && $0.userID == id && isCurrent($0) }) else { throw .notFound }
    return found
  }

  /// Maintainers of a project, owners of a group.
  private func requireMemberAdministration(_ source: Source, _ call: Call) throws(APIError) {
    let isAllowed =
      switch source {
      case .project(let id): has(.maintainer, onProject: id, call.user)
      case .group(let id): has(.owner, onGroup: id, call.user)
      }
    guard isAllowed else { throw .forbidden }
  }

  private func memberLevel(_ call: Call) throws(APIError) -> AccessLevel {
    guard call.parameters.has("access_level") else { throw .parameter("access_level is missing") }
    let number = try call.parameters.number("access_level").map(Int64.init)
    guard let level = number.flatMap(AccessLevel.init(rawValue:)), level != .administrator else {
      throw .validation("access_level", "is not included in the list")
    }
    return level
  }

  /// Nobody may be given less than what they have from a group above, nor by a maintainer what only owners give.
  private func checkLevel(_ level: AccessLevel, of userID: Int64, in source: Source, _ call: Call) throws(APIError) {
    if case .project(let id) = source, level == .owner, !has(.owner, onProject: id, call.user) { throw .forbidden }
    let above =
      switch source {
      case .project(let id): ancestry(of: projects[id].groupID)
      case .group(let id): Array(ancestry(of: id).dropFirst())
      }
    for group in above {
      guard let inherited = membershipLevel(of: userID, in: [.group(group.id)]), level < inherited else { continue }
      throw .validation(
        "access_level", "should be greater than or equal to \(inherited.label) inherited membership from group \(group.name)")
    }
  }

  private func memberExpiry(_ call: Call) throws(APIError) -> Instant? {
    guard let text = call.parameters.text("expires_at"), !text.isEmpty else { return nil }
    guard let day = Instant(iso8601: text.prefix(10) + "T00:00:00.000Z") else { throw .parameter("expires_at is invalid") }
    guard day > now else { throw .validation("expires_at", "cannot be a date in the past") }
    return day
  }

  /// Through groups above and groups that were invited too.
  private func level(of userID: Int64, on source: Source) -> AccessLevel? {
    switch source {
    case .project(let id): level(of: userID, onProject: id)
    case .group(let id): level(of: userID, onGroup: id)
    }
  }

  private func expiry(of userID: Int64, in source: Source) -> Instant? {
    memberships.first { $0.source == source && $0.userID == userID }?.expiresAt
  }

  private func directMember(_ membership: Membership) -> JSONValue {
    memberEntity(users[membership.userID], level: membership.level, expiresAt: membership.expiresAt)
  }

  private func memberEntity(_ user: User, level: AccessLevel?, expiresAt: Instant? = nil) -> JSONValue {
    guard case .object(var object) = userEntity(user) else { return .null }
    object.append("access_level", .optional(level?.rawValue))
    object.append("expires_at", .optional(expiresAt?.date))
    object.append("membership_state", "active")
    return .object(object)
  }
}

extension World.AccessLevel {
  /// As GitLab's messages name a role.
  fileprivate var label: String {
    switch self {
    case .guest: "Guest"
    case .reporter: "Reporter"
    case .developer: "Developer"
    case .maintainer: "Maintainer"
    case .owner: "Owner"
    case .administrator: "Admin"
    }
  }
}
