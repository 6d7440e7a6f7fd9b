import HTTPMessages
import JSON

@testable import GitLab

/// As much of a GitLab's administration as one change needs, small enough to be seen through.
final class SmallGitLab {
  /// Its service accounts.
  var users: [JSONObject] = []
  /// Other users.
  var strangers: [JSONObject] = []
  /// Before 17.1 there are no lists of service accounts.
  var listsAccounts = true
  var members: [Int64: Int64] = [:]
  var tokens: [JSONObject] = []
  var protections: [String: JSONObject] = [:]
  var hooks: [JSONObject] = []
  /// Who may be named in a protection: GitLab leaves out all others without a word.
  var eligible: Set<Int64> = [SetupSamples.account]
  /// Before 19.0 a signing token is ignored.
  var signs = true
  /// To somebody who may see nothing of it; it answers as if nothing were there.
  var isHidden = false
  private var nextID: Int64 = 500

  func answer(_ request: Request) -> Answer {
    if isHidden { return .message(404, "404 Not Found") }
    let path = (request.head.path ?? "").replacing("/api/v4", with: "").split(separator: "?")[0].split(separator: "/").map(String.init)
    let body = ((try? JSONValue.parse(request.body)) ?? .null).object ?? [:]
    switch (request.head.method, path.last ?? "") {
    case (.get, "users"): return list(strangers + users)
    case (.get, "service_accounts"): return listsAccounts ? list(users) : .json(405, ["error": "405 Not Allowed"])
    case (.post, "service_accounts"):
      guard !(strangers + users).contains(where: { $0["username"] == body["username"] }) else {
        return .message(400, "400 Bad request - Username has already been taken")
      }
      return made(body, &users)
    case (.delete, _) where path.count == 4 && path[2] == "service_accounts": return removed(&users, path)
    case (.get, _) where path.count == 2 && path[0] == "users": return one(users, path)
    case (_, "members"),
      (_, _) where path.contains("members"):
      return member(request, path, body)
    case (.get, "personal_access_tokens"): return list(tokens)
    case (.post, "personal_access_tokens"):
      let answer = made(body, &tokens)
      tokens[tokens.count - 1]["token"] = nil
      return answer
    case (.delete, _) where path.contains("personal_access_tokens"): return removed(&tokens, path)
    case (.get, "protected_environments"): return list(Array(protections.values))
    case (.get, _) where path.count == 2 && path[0] == "projects": return .json(200, ["id": 30])
    case (_, _) where path.contains("protected_environments"): return protection(request, path, body)
    case (.get, "hooks"): return list(hooks)
    case (.post, "hooks"): return hooked(body, nil)
    case (.put, _) where path.contains("hooks"): return hooked(body, hooks.firstIndex { $0["id"] == .integer(Int64(path[3]) ?? 0) })
    case (.delete, _) where path.contains("hooks"): return removed(&hooks, path)
    case (.get, _) where path.contains("hooks"): return one(hooks, path)
    default: return .message(404, "404 Not Found")
    }
  }

  private func id() -> Int64 {
    nextID += 1
    return nextID
  }

  private func list(_ all: [JSONObject]) -> Answer { .json(200, .array(all.map(JSONValue.object))) }

  private func one(_ all: [JSONObject], _ path: [String]) -> Answer {
    let found = all.first { $0["id"] == .integer(Int64(path.last ?? "") ?? 0) }
    return found.map { .json(200, .object($0)) } ?? .message(404, "404 Not Found")
  }

  private func made(_ body: JSONObject, _ all: inout [JSONObject]) -> Answer {
    var object = body
    object["id"] = .integer(id())
    object["active"] = true
    object["token"] = .string("glpat-of-\(nextID)")
    all.append(object)
    return .json(201, .object(object))
  }

  private func removed(_ all: inout [JSONObject], _ path: [String]) -> Answer {
    let count = all.count
    all.removeAll { $0["id"] == .integer(Int64(path.last ?? "") ?? 0) }
    return count == all.count ? .message(404, "404 Not Found") : .text(204, "")
  }

  private func member(_ request: Request, _ path: [String], _ body: JSONObject) -> Answer {
    let user = body["user_id"]?.integer ?? Int64(path.last ?? "") ?? 0
    switch request.head.method {
    case .post where members[user] != nil: return .message(409, "Member already exists")
    case .post, .put: members[user] = body["access_level"]?.integer
    case .delete:
      members[user] = nil
      return .text(204, "")
    default: break
    }
    guard let level = members[user] else { return .message(404, "404 Not found") }
    return .json(200, ["id": .integer(user), "access_level": .integer(level)])
  }

  private func protection(_ request: Request, _ path: [String], _ body: JSONObject) -> Answer {
    let name = body["name"]?.string ?? (path.last ?? "").replacing("%2F", with: "/")
    switch request.head.method {
    case .post:
      guard protections[name] == nil else { return .message(409, "Protected environment '\(name)' already exists") }
      protections[name] = ["name": .string(name), "deploy_access_levels": [], "approval_rules": []]
      apply(body, to: name)
    case .put: apply(body, to: name)
    case .delete:
      return protections.removeValue(forKey: name) == nil ? .message(404, "404 Not found") : .text(204, "")
    default: break
    }
    return protections[name].map { .json(200, .object($0)) } ?? .message(404, "404 Not found")
  }

  private func apply(_ body: JSONObject, to name: String) {
    for list in ["deploy_access_levels", "approval_rules"] {
      for row in body[list]?.array ?? [] {
        var rows = protections[name]?[list]?.array ?? []
        if row["_destroy"] == true {
          rows.removeAll { $0["id"] == row["id"] }
        } else if row["user_id"].map({ eligible.contains($0.integer ?? 0) }) ?? true, var object = row.object {
          object["id"] = .integer(id())
          rows.append(.object(object))
        }
        protections[name]?[list] = .array(rows)
      }
    }
  }

  private func hooked(_ body: JSONObject, _ index: Int?) -> Answer {
    var hook = index.map { hooks[$0] } ?? ["id": .integer(id()), "alert_status": "executable"]
    for member in body.members where !member.name.contains("token") { hook[member.name] = member.value }
    if body["token"] != nil || hook["token_present"] == nil { hook["token_present"] = .bool(body["token"] != nil) }
    if signs { hook["signing_token_present"] = .bool(body["signing_token"] != nil) }
    if let index { hooks[index] = hook } else { hooks.append(hook) }
    return .json(index == nil ? 201 : 200, .object(hook))
  }
}
