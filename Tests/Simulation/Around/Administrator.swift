import GitLabSimulator
import HTTPMessages
import HTTPTypes
import JSON
import Web

/// Somebody who has environments protected, changed and opened by the gate, as a client of GitLab's API would; and others who do so in GitLab itself.
/// What is deployed to these environments waits for nobody: none of this lets anything through.
final class Administrator {
  /// A project's environments, and a tier of the group above it.
  static let names = ["playground", "docs/preview"]
  static let tier = "testing"
  private static let group: Int64 = 3
  private static let root: Int64 = 1

  private unowned let life: Life
  /// Of its own: lives without an administrator stay the lives that their seeds were.
  let chance: Chance
  private var count = 0
  /// What nobody has answered yet.
  private var unanswered: [String: (order: Order, gitLab: GitLabInstance, user: String)] = [:]

  init(life: Life) {
    self.life = life
    chance = Chance(seed: life.options.seed ^ 0xB5AD_4ECE_DA1C_E2A9)
  }

  /// What the configuration names as this GitLab's `admin_token`.
  static func token(for gitLab: String) -> String { "glpat-simulated-administrator-of-\(gitLab)" }

  static func isAdministered(_ protection: World.ProtectedEnvironment) -> Bool { (names + [tier]).contains(protection.name) }

  static func addToken(to world: inout World, of name: String) {
    // Before those of our account, whose newest is the last.
    world.tokens.insert(
      World.PersonalAccessToken(id: 400, userID: root, secret: token(for: name), name: "administrator", createdAt: world.now))
  }

  func plan() {
    for _ in 0..<(10 + chance.below(30)) { life.after(chance.within(0...life.options.length - 1)) { [self] in act() } }
    for _ in 0..<life.options.otherAdministrators {
      life.after(chance.within(0...life.options.length - 1)) { [self] in actThere() }
    }
  }

  private func act() {
    let gitLab = chance.one(of: life.gitLabs)
    // Whoever may not, is told so.
    let user = chance.one(ofWeighted: [(9, "adam"), (1, "bob"), (2, "audrey")])
    for _ in 0..<(chance.happens(0.25) ? 2 : 1) { send(chance.one(of: orders), to: gitLab, as: user) }
  }

  /// Whoever hears nothing more asks for the same again, as often as not.
  func gateDied() {
    for name in unanswered.keys.sorted() {
      guard let asked = unanswered[name], chance.happens(0.5) else { continue }
      life.after(chance.within(1...100) * 1_000) { [self] in
        life.happened(.askedAgain)
        send(asked.order, to: asked.gitLab, as: asked.user)
      }
    }
    unanswered = [:]
  }

  private typealias Order = (method: HTTPRequest.Method, path: String, body: JSONObject?)

  private var orders: [Order] {
    let projects = "projects/\(Demo.projectID)/protected_environments"
    let name = chance.one(of: Administrator.names)
    let (place, protected) =
      chance.happens(0.3)
      ? ("groups/\(Administrator.group)/protected_environments", Administrator.tier) : (projects, name)
    let one = "\(place)/\(protected.replacing("/", with: "%2F"))"
    return [
      (.post, place, protection(of: protected)), (.post, place, protection(of: protected)), (.put, one, ["approval_rules": .array([rule])]),
      (.put, one, ["deploy_access_levels": .array([["access_level": 30]])]), (.delete, one, nil), (.get, one, nil), (.get, place, nil),
    ]
  }

  private func protection(of name: String) -> JSONObject {
    ["name": .string(name), "deploy_access_levels": .array([["access_level": 40]]), "approval_rules": .array([rule])]
  }

  /// Now and then of somebody whom GitLab leaves out: they are no member.
  private var rule: JSONValue {
    chance.happens(0.2)
      ? ["user_id": 31, "required_approvals": 1]
      : ["access_level": .integer(chance.one(of: [30, 40])), "required_approvals": .integer(chance.within(1...3))]
  }

  private func send(_ order: Order, to gitLab: GitLabInstance, as user: String) {
    count += 1
    let prefix = life.gitLabs.count > 1 ? "/gitlab/\(gitLab.name)" : ""
    var head = HTTPRequest(
      method: order.method, scheme: nil, authority: "gatehouse.example.com", path: "\(prefix)/api/v4/\(order.path)")
    head.headerFields[.privateToken] = life.people.credential(of: user)?.token ?? ""
    let name = "administrator-\(count)"
    head.headerFields[.requestID] = name
    let bytes = order.body.map { JSONValue.object($0).bytes } ?? []
    if order.body != nil {
      head.headerFields[.contentType] = "application/json"
      head.headerFields[.contentLength] = String(bytes.count)
    }
    let request = Request(head: head, body: bytes)
    let said = "\(user) \(order.method.rawValue) \(order.path) \(String(decoding: bytes, as: UTF8.self))"
    life.after(chance.within(1...50)) { [self] in
      guard life.node.isUp else { return }
      unanswered[name] = (order, gitLab, user)
      life.node.receive(request) { [self] response in
        unanswered[name] = nil
        life.note("\(said): \(response.status.code)")
        life.orders.answered(name, request, response, by: user)
      }
    }
  }

  /// As an administrator of GitLab does, with their own token.
  private func actThere() {
    let gitLab = chance.one(of: life.gitLabs)
    let order = chance.one(of: orders)
    var head = HTTPRequest(method: order.method, scheme: nil, authority: gitLab.host, path: "/api/v4/\(order.path)")
    head.headerFields[.privateToken] = Administrator.token(for: gitLab.name)
    if order.body != nil { head.headerFields[.contentType] = "application/json" }
    let request = Request(head: head, body: order.body.map { JSONValue.object($0).bytes } ?? [])
    life.orders.willBeActedThere(gitLab)
    gitLab.happens("root \(order.method.rawValue) \(order.path)") { world in _ = world.respond(to: request, at: world.now) }
    life.orders.look(at: gitLab)
  }
}
