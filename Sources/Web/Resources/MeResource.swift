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
      return .json { json in
        json.object { json in
          json.member("user", token.user)
          json.member("role", token.role.rawValue)
          json.member("groups", groups)
          json.object("token") { json in
            json.member("id", token.id)
            json.member("created_at", token.createdAt.iso8601)
            json.member("expires_at", token.expiresAt.iso8601)
            json.member("last_used_at", token.lastUsedAt?.iso8601)
          }
        }
      }
    }
  }
}
