internal import HTTPMessages
internal import JSON

/// Groups, and which groups were invited where.
extension World {
  func showGroup(_ call: Call) throws(APIError) -> Response { .json(groupEntity(try group(call))) }

  /// Those below, at any depth, that the caller may see.
  func listDescendantGroups(_ call: Call) throws(APIError) -> Response {
    let group = try group(call)
    let below = groups.all.filter { other in
      other.id != group.id && ancestry(of: other.id).contains { $0.id == group.id }
        && (call.user.isAdministrator || isVisible(other, to: call.user))
    }
    return try page(below.sorted { $0.fullPath < $1.fullPath }, call) { groupEntity($0) }
  }

  func listGroups(_ call: Call) throws(APIError) -> Response {
    let minimum = try call.parameters.number("min_access_level").flatMap { AccessLevel(rawValue: Int64($0)) }
    let topLevelOnly = call.parameters.flag("top_level_only")
    let search = call.parameters.text("search")?.lowercased()
    let found = groups.all.filter { group in
      (call.user.isAdministrator || isVisible(group, to: call.user)) && (!topLevelOnly || group.parentID == nil)
        && (minimum.map { has($0, onGroup: group.id, call.user) } ?? true)
        && (search.map { group.fullPath.lowercased().contains($0) } ?? true)
    }
    return try page(found.sorted { $0.name < $1.name }, call) { groupEntity($0) }
  }

  private func groupEntity(_ group: Group) -> JSONValue {
    [
      "id": .integer(group.id),
      "web_url": .string(instance.baseURL + "/groups/" + group.fullPath),
      "name": .string(group.name),
      "path": .string(group.fullPath.split(separator: "/").last.map(String.init) ?? group.name),
      "description": "",
      "visibility": "private",
      "share_with_group_lock": false,
      "membership_lock": .bool(group.locksMembership),
      "avatar_url": .null,
      "full_name": .string(ancestry(of: group.id).reversed().map(\.name).joined(separator: " / ")),
      "full_path": .string(group.fullPath),
      "parent_id": .optional(group.parentID),
      "shared_with_groups": invitedGroupEntities(.group(group.id)),
    ]
  }

  func invitedGroupEntities(_ source: Source) -> JSONValue {
    .array(
      invitedGroups(of: source).map { link in
        [
          "group_id": .integer(link.groupID),
          "group_name": .string(groups[link.groupID].name),
          "group_full_path": .string(groups[link.groupID].fullPath),
          "group_access_level": .integer(link.level.rawValue),
          "expires_at": .null,
        ]
      })
  }

  /// Invites a group to a project or a group.
  mutating func shareWithGroup(_ call: Call) throws(APIError) -> Response {
    let source = try administeredSource(call)
    guard let id = try call.parameters.number("group_id").map(Int64.init) else { throw .parameter("group_id is missing") }
    let number = try call.parameters.number("group_access").map(Int64.init)
    guard let number else { throw .parameter("group_access is missing") }
    guard let level = AccessLevel(rawValue: number), level < .administrator else {
      throw .parameter("group_access does not have a valid value")
    }
    guard let invited = groups.find(id), call.user.isAdministrator || isVisible(invited, to: call.user) else { throw .notFound("Group") }
    if groupLinks.contains(where: { $0.source == source && $0.groupID == id }) {
      throw .conflict("The group has already been shared with this group")
    }
    share(source, with: id, level: level)
    if case .group(let groupID) = source { return .json(groupEntity(groups[groupID]), status: .created) }
    return .json(["group_id": .integer(id), "group_access": .integer(level.rawValue), "expires_at": .null], status: .created)
  }

  mutating func unshareWithGroup(_ call: Call) throws(APIError) -> Response {
    let source = try administeredSource(call)
    let id = try call.id("group_id")
    guard groupLinks.contains(where: { $0.source == source && $0.groupID == id }) else { throw .notFound("Group Link") }
    unshare(source, with: id)
    return .noContent
  }

  /// The project or group of the request, if the caller is a Maintainer of that project, or an Owner of that group.
  func administeredSource(_ call: Call) throws(APIError) -> Source {
    if call.level == .group {
      let group = try group(call)
      guard has(.owner, onGroup: group.id, call.user) else { throw .forbidden }
      return .group(group.id)
    }
    let project = try project(call)
    try require(.maintainer, project, call)
    return .project(project.id)
  }
}
