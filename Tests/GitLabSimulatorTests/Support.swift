import Calendar
import GitLabSimulator
import HTTPMessages
import HTTPTypes
import JSON
import Testing

let morning = Instant(iso8601: "2026-09-03T09:10:00.000Z") ?? Instant(milliseconds: 0)
let sha = "279484c09fbe69ededfced8c1bb6e6d24616b468"

/// A demo world with a hook that asks for everything, at a quarter past nine in the morning.
func demoWorld(release: World.Release = .v19, signingToken: String? = nil) -> World {
  var world = World.demo(release: release, now: morning)
  world.addHook(
    url: "https://gate.example.com/webhooks/gitlab?x=1", token: "legacy-secret", signingToken: signingToken,
    events: Set(World.Hook.Event.allCases))
  return world
}

/// What a caller without a socket gets for one request.
struct Got {
  var status: Int
  var head: HTTPResponse
  var body: [UInt8]

  var json: JSONValue? { try? JSONValue.parse(body) }
  var text: String { String(decoding: body, as: UTF8.self) }
  var message: String? { json?["message"]?.string }

  func header(_ name: String) -> String? { HTTPField.Name(name).flatMap { head.headerFields[$0] } }
}

extension World {
  mutating func call(
    _ method: HTTPRequest.Method, _ path: String, body: JSONValue? = nil, token: String? = Demo.token, headers: [String: String] = [:],
    at instant: Instant? = nil
  ) throws -> Got {
    let response = try respond(to: request(method, path, body: body, token: token, headers: headers), at: instant ?? now).answer.get()
    return Got(status: response.status.code, head: response.head, body: response.body)
  }

  mutating func get(_ path: String) throws -> Got { try call(.get, path) }

  mutating func approve(_ deployment: Int64, _ fields: JSONValue = ["status": "approved"], token: String? = Demo.token) throws -> Got {
    try call(.post, "projects/30/deployments/\(deployment)/approval", body: fields, token: token)
  }

  /// Gives a user a token and returns it.
  mutating func token(for username: String, scopes: [String] = ["api"]) -> String {
    let secret = "glpat-of-" + username + "-" + scopes.joined(separator: "-")
    let id = Int64(900 + tokens.all.count)
    tokens.insert(
      PersonalAccessToken(id: id, userID: user(named: username).id, secret: secret, name: "test", scopes: scopes, createdAt: now))
    return secret
  }

  /// A deployment by dana, blocked where the environment is gated.
  mutating func deploy(_ environment: String = "production", deploy: DeployJob = DeployJob()) -> StartedPipeline {
    startPipeline(environment: environment, triggeredBy: "dana", commitTitle: "Raise checkout timeout", sha: sha, deploy: deploy)
  }

  /// The hooks that wait to be sent, as JSON.
  mutating func takeHooks(_ event: Hook.Event) -> [JSONValue] {
    takeDeliveries().filter { $0.event == event }.compactMap { try? JSONValue.parse($0.request.body) }
  }

  mutating func takeStatuses() -> [String] { takeHooks(.deployment).compactMap { $0["status"]?.string } }

  var recordedApprovals: [Effect.Kind] {
    effects.entries.map(\.kind).filter { if case .approvalRecorded = $0 { true } else { false } }
  }
}

func request(
  _ method: HTTPRequest.Method, _ path: String, body: JSONValue? = nil, token: String? = Demo.token, headers: [String: String] = [:]
) -> Request {
  var head = HTTPRequest(method: method, scheme: "https", authority: "gitlab.example.com", path: "/api/v4/" + path)
  var fields = headers
  fields["PRIVATE-TOKEN"] = token
  if body != nil { fields["Content-Type"] = "application/json" }
  for (name, value) in fields { if let name = HTTPField.Name(name) { head.headerFields[name] = value } }
  return Request(head: head, body: body?.bytes ?? [])
}
