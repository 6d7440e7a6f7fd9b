internal import ChangeControl
internal import HTTPMessages
internal import JSON
internal import Storage

/// Who the token is.
enum MeResource {
  static let routes: [Route] = [Route(.get, "/api/v1/me", .read(show))]

  private static func show(_ call: Call) -> Route.Reads {
    { [plan = call.gate.plan] caller, _ in
      let token = caller.token
      let groups = plan.groups.keys.sorted().filter {
        Directory(groups: plan.groups).standing(of: token.user, in: .group($0)) == .belongs
      }
      return .json([
        "user": .string(token.user), "role": .string(token.role.rawValue), "groups": .array(groups.map(JSONValue.string)),
        "token": [
          "id": .string(token.id), "created_at": .string(token.createdAt.iso8601), "expires_at": .string(token.expiresAt.iso8601),
          "last_used_at": .optional(token.lastUsedAt?.iso8601),
        ],
      ])
    }
  }
}
