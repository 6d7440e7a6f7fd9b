import Calendar
import ChangeControl
import HTTPMessages
import HTTPTypes
import JSON
import Storage
import Web

/// What people say and do here, over the API, with their own tokens. They see what they were last shown, which may be old.
final class People {
  unowned let life: Life
  private var tokens: [String: String] = [:]
  private var tokenIDs: [String: String] = [:]
  /// Whose token was revoked, and that is on disk.
  private var revoked: Set<String> = []
  /// The changes that somebody was shown last, with their revision and status.
  private(set) var seen: [Seen] = []
  private var count = 0

  struct Seen {
    var key: String
    var revision: Int64
    var status: String
    var gate: String
    var hasBrokenGlass: Bool
  }

  init(life: Life) { self.life = life }

  private var chance: Chance { life.chance }

  func makeTokens(in transaction: Transaction) throws {
    for (user, role) in Staff.roles {
      let token = try chance.with {
        try Tokens.create(user: user, role: role, expiresIn: .seconds(30 * 86_400), by: "simulation", random: &$0, in: transaction)
      }
      (tokens[user], tokenIDs[user]) = (token.token, token.record.id)
    }
  }

  /// On the command line, while the server runs. From the commit on the token opens nothing.
  func revoke() {
    let user = chance.one(of: ["carol", "olu", "sven", "eve", "adam"])
    // Somebody must be left who tries again by hand.
    guard life.node.isUp, let id = tokenIDs[user], user != "adam" || !life.options.isTriedAgainByHand else { return }
    life.node.write { try Tokens.revoke(id: id, by: "command line", in: $0) }.then { [self] result in
      guard case .success(true) = result else { return }
      life.note("\(user)'s token is revoked")
      revoked.insert(user)
      life.happened(.revoked)
    }
  }

  func credential(of user: String) -> (token: String, id: String)? {
    guard let token = tokens[user], let id = tokenIDs[user] else { return nil }
    return (token, id)
  }

  /// The number of a change that somebody was shown, if anybody was.
  var someChange: Int64? { seen.isEmpty ? nil : Int64(chance.one(of: seen).key.dropFirst(4)) }

  // MARK: Acting

  func act() {
    let waiting = seen.filter { $0.gate == "awaiting" }
    let interesting = waiting.isEmpty || chance.happens(0.3) ? seen : waiting
    guard let change = interesting.isEmpty || chance.happens(0.2) ? nil : chance.one(of: interesting) else { return look() }
    let isWaiting = change.gate == "awaiting"
    let isByHand = ["Planning", "Awaiting implementation", "Pending", "Checked"].contains(change.status)
    let act = chance.one(ofWeighted: [
      (isWaiting && !isByHand ? 24 : 2, Act.approve), (1, .reject), (1, .withdraw), (1, .comment), (isWaiting ? 2 : 0, .breakGlass),
      (change.hasBrokenGlass ? 6 : 1, .review), (life.node.rulebook.letsOverrideFreezes ? 5 : 1, .overrideFreeze), (3, .edit),
      (isByHand ? 24 : 2, .transition), (isWaiting ? 1 : 3, .retry), (1, .read),
    ])
    // Two at the same moment now and then.
    let times = chance.happens(0.15) ? 2 : 1
    if times > 1 { life.happened(.atOnce) }
    for _ in 0..<times { perform(act, on: change) }
  }

  private enum Act { case approve, reject, withdraw, comment, breakGlass, review, overrideFreeze, edit, transition, retry, read }

  private func perform(_ act: Act, on change: Seen) {
    let somebody = chance.one(of: Staff.roles).user
    let key = change.key
    // Some look on while it happens.
    if chance.happens(0.2) { for _ in 0..<3 { send(.get, key, as: somebody, nil, [:]) } }
    var fields: HTTPFields = [:]
    if chance.happens(0.2) { fields[.ifMatch] = "\"\(change.revision)\"" }
    switch act {
    case .approve:
      var body: JSONObject = ["status": "approved"]
      if chance.happens(0.5) { body["comment"] = .string(remark()) }
      if chance.happens(0.06) { body["effective_at"] = .string(later(60).iso8601) }
      if chance.happens(0.05) { body["represented_as"] = .string(chance.one(of: ["managers", "security", "nobody"])) }
      send(.post, "\(key)/approval", as: likely(), body, fields)
    case .reject:
      let body: JSONObject = chance.happens(0.9) ? ["status": "rejected", "comment": .string(remark())] : ["status": "rejected"]
      send(.post, "\(key)/approval", as: likely(), body, fields)
    case .withdraw: send(.delete, "\(key)/approval", as: likely(), nil, fields)
    case .comment: send(.post, "\(key)/comments", as: somebody, ["comment": .string(remark())], fields)
    case .breakGlass:
      let breaker = chance.one(of: ["bob", "bob", somebody])
      send(.post, "\(key)/break-glass", as: breaker, ["reason": .string(remark())], fields) { [self] in
        if $0.status.code < 300 { review(key, brokenBy: breaker) }
      }
    case .review: send(.post, "\(key)/review", as: somebody, ["comment": .string(remark())], fields)
    case .overrideFreeze:
      let who = chance.one(of: ["carol", "olu", somebody])
      send(.post, "\(key)/freeze-override", as: who, ["reason": .string(remark())], fields)
    case .edit: send(.patch, key, as: chance.one(of: ["bob", "adam", somebody]), edit(), fields)
    case .transition:
      let names = Rulebook.transitions(from: change.status)
      let name = chance.happens(0.1) || names.isEmpty ? "Cancel" : chance.one(of: names)
      var body: JSONObject = ["name": .string(name)]
      if name == "Emergency override" || chance.happens(0.2) { body["comment"] = .string(remark()) }
      send(.post, "\(key)/transitions", as: chance.one(of: ["bob", "olu", "adam", somebody]), body, fields)
    case .retry: send(.post, "\(key)/callbacks/retry", as: chance.one(of: ["bob", "adam", somebody]), nil, fields)
    case .read:
      send(.get, key + chance.one(of: ["", "/evaluation", "/audit", "/comments", "/transitions"]), as: somebody, nil, [:])
    }
  }

  /// Mostly people who may, else nothing would ever be let through.
  private func likely() -> String {
    chance.one(ofWeighted: [
      (6, "alice"), (6, "bob"), (6, "carol"), (2, "sven"), (2, "dana"), (2, "olu"), (1, "eve"), (1, "adam"),
      (life.gitLabs.contains { $0.chronicle.isRenamed } ? 6 : 1, "alicia"),
    ])
  }

  func remark() -> String {
    count += 1
    return "remark \(count)"
  }

  private func later(_ seconds: Int64) -> Instant { Instant(milliseconds: life.now + chance.within(-5...seconds) * 1_000) }

  private func edit() -> JSONObject {
    switch chance.below(5) {
    case 0: ["risk": .string(chance.one(of: ["low", "low", "medium", "high"]))]
    case 1: ["type": .string(chance.one(of: ["standard", "normal", "emergency"]))]
    case 2: ["planned_start": .string(later(120).iso8601)]
    case 3: ["planned_end": .string(later(900).iso8601), "impact": "low"]
    default: ["reason": .string(remark())]
    }
  }

  // MARK: Talking to the gate

  func look(then goOn: @escaping () -> Void = {}) {
    send(.get, "?limit=20", as: "alice", nil, [:]) { [self] response in
      guard response.status.code == 200, let changes = (try? JSONValue.parse(response.body))?["changes"]?.array else { return }
      seen = changes.compactMap { change in
        guard let key = change["key"]?.string, let revision = change["revision"]?.integer, let status = change["status"]?.string,
          let gate = change["gate"]?.string
        else { return nil }
        return Seen(
          key: key, revision: revision, status: status, gate: gate, hasBrokenGlass: change["break_glass"]?["user"]?.string != nil)
      }
      goOn()
    }
  }

  func send(
    _ method: HTTPRequest.Method, _ path: String, as user: String, _ body: JSONObject?, _ fields: HTTPFields,
    then hear: @escaping (Response) -> Void = { _ in }
  ) {
    count += 1
    var head = HTTPRequest(
      method: method, scheme: nil, authority: "gatehouse.example.com",
      path: "/api/v1/changes" + (path.hasPrefix("?") ? path : "/" + path), headerFields: fields)
    head.headerFields[.authorization] = "Bearer \(tokens[user] ?? "")"
    head.headerFields[.requestID] = "person-\(count)"
    let bytes = body.map { JSONValue.object($0).bytes } ?? []
    if method == .post || method == .patch { head.headerFields[.contentLength] = String(bytes.count) }
    let request = Request(head: head, body: bytes)
    life.deeds.sent(request, by: user)
    go(request, as: user, tries: 2, hear)
  }

  /// Who hears nothing asks again.
  private func go(_ request: Request, as user: String, tries: Int, _ hear: @escaping (Response) -> Void) {
    let isFaulty = !life.isQuiet && chance.happens(life.options.answerFaults)
    life.after(chance.within(1...50)) { [self] in
      func again() {
        guard tries > 1 else { return }
        life.after(chance.within(500...8_000)) { [self] in go(request, as: user, tries: tries - 1, hear) }
      }
      guard life.node.isUp, !isFaulty || chance.happens(0.5) else { return again() }
      let path = request.head.path?.dropFirst("/api/v1/changes".count) ?? ""
      let said = "\(user) \(request.head.method.rawValue) \(path) \(String(decoding: request.body, as: UTF8.self))"
      let born = life.node.incarnation
      let isRevoked = revoked.contains(user)
      life.node.receive(request) { [self] response in
        // What could not be stored is not answered by who asked.
        if isRevoked, response.status.code != 401, response.status.code < 500 {
          life.violate("\(user)'s token was revoked, and the answer is \(response.status.code)")
        }
        life.note("\(said): \(response.status.code) \(response.code)")
        life.promises.acknowledged(request, response, by: user)
        life.expectTrue(response, to: request, by: user)
        if isFaulty { again() } else { hear(response) }
      }
      life.after(10_000) { [self] in if life.node.incarnation != born, !isFaulty { again() } }
    }
  }
}

extension Response {
  /// The code of an error.
  fileprivate var code: String {
    guard status.code >= 400, let value = try? JSONValue.parse(body) else { return "" }
    return value["error"]?["code"]?.string ?? ""
  }
}

extension HTTPField.Name {
  static let requestID = named("X-Request-Id")
  static let gitLabToken = named("X-Gitlab-Token")
  static let lastEventID = named("Last-Event-ID")
  static let privateToken = named("PRIVATE-TOKEN")

  private static func named(_ text: String) -> HTTPField.Name {
    guard let name = HTTPField.Name(text) else { preconditionFailure("\(text) is no field name") }
    return name
  }
}
