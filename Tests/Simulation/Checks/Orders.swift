import ChangeControl
import GitLabSimulator
import HTTPMessages
import HTTPTypes
import JSON
import Storage

/// What is asked of GitLab about its protected environments: it is written down before it is sent, it is sent once, those of one GitLab go one after
/// another, and what the audit log tells of it is so.
final class Orders {
  private struct Order {
    var gitLab: String
    var key: String
    var verb: String
    var before: JSONValue
    /// When it was written down, by the time that is.
    var since: Int64
    var isSent = false
    var effects = 0
    /// The action that tells what came of it.
    var outcome: String?
  }

  private unowned let life: Life
  private var orders: [String: Order] = [:]
  /// How each stood, the last at the end; nil: not protected.
  private var standings: [String: [(since: Int64, record: JSONValue?)]] = [:]
  /// When others changed something of that kind in a GitLab themselves.
  private var othersActed: [String: [Int64]] = [:]
  /// When a GitLab has answered 404 by mistake, which says that nothing is protected.
  private var denials: [String: Int64] = [:]
  private var underWay: [String: String] = [:]

  init(life: Life) { self.life = life }

  // MARK: GitLab

  private static func key(_ gitLab: GitLabInstance, _ source: World.Source, _ name: String) -> String {
    if case .group = source { "\(gitLab.name) group \(name)" } else { "\(gitLab.name) project \(name)" }
  }

  static func isOrder(_ request: Request) -> Bool {
    request.head.method != .get && request.head.path?.contains("/protected_environments") ?? false
  }

  func willBeActedThere(_ gitLab: GitLabInstance) { othersActed[gitLab.name, default: []].append(life.now) }

  func wasDenied(by gitLab: GitLabInstance) { denials[gitLab.name] = life.now }

  private func isDenied(_ instance: String, since: Int64) -> Bool { denials[instance].map { $0 >= since } ?? false }

  /// How all of it stands there now.
  func look(at gitLab: GitLabInstance) {
    let protections = gitLab.world.protections.all.filter(Administrator.isAdministered)
    var now: [String: JSONValue] = [:]
    for protection in protections { now[Orders.key(gitLab, protection.source, protection.name)] = protection.record }
    for (key, record) in now { stands(key, record) }
    for key in standings.keys.sorted() where key.hasPrefix(gitLab.name + " ") && now[key] == nil { stands(key, nil) }
  }

  private func stands(_ key: String, _ record: JSONValue?) {
    guard standings[key]?.last?.record?.canonicalBytes != record?.canonicalBytes || standings[key] == nil else { return }
    standings[key, default: []].append((life.now, record))
  }

  /// Before anything goes out with the administrator's token.
  func objection(toSending request: Request, to gitLab: GitLabInstance) -> String? {
    let name = request.head.headerFields[.requestID] ?? ""
    let path = request.head.path ?? ""
    let text = "\(request.head.method.rawValue) \(path)"
    if path.contains("/deployments") || path.contains("/jobs") { return "\(text) is sent with the administrator's token" }
    guard request.head.method != .get else { return nil }
    guard Orders.isOrder(request) else { return "\(text) is sent, which nobody asks for" }
    guard var order = orders[name] else { return "\(text) is sent, and the log does not tell that it was asked for" }
    if order.isSent { return "\(text) is sent twice" }
    if order.outcome != nil { return "\(text) is sent when the log has told what came of it" }
    let verb = [HTTPRequest.Method.post: "protect", .put: "update", .delete: "unprotect"][request.head.method]
    if verb != order.verb || order.gitLab != gitLab.name {
      return "\(text) is sent, and the log tells of '\(order.verb)' in \(order.gitLab)"
    }
    if let other = underWay[gitLab.name] { return "\(text) is sent while \(other) is under way" }
    underWay[gitLab.name] = name
    order.isSent = true
    orders[name] = order
    return nil
  }

  /// GitLab has heard it; whether it did anything.
  func heard(_ request: Request, in gitLab: GitLabInstance) -> Bool {
    let name = request.head.headerFields[.requestID] ?? ""
    let before = standings
    look(at: gitLab)
    guard let order = orders[name], before[order.key]?.count != standings[order.key]?.count else { return false }
    orders[name]?.effects += 1
    life.happened(.administered)
    if order.effects > 0 { life.violate("twice in effect: \(name), \(order.verb) of \(order.key)") }
    if order.outcome == "protected_environment.refused" {
      life.violate("\(order.verb) of \(order.key) was told as refused, and takes effect now")
    }
    return true
  }

  /// Nothing more is done about it, told or not.
  func ended(_ name: String) { for gitLab in life.gitLabs where underWay[gitLab.name] == name { underWay[gitLab.name] = nil } }

  /// What was under way came to nothing, or nobody hears of it.
  func died() { underWay = [:] }

  // MARK: The audit log

  func look(at entries: [Books.Entry]) {
    for entry in entries where entry.action.hasPrefix("protected_environment.") {
      if let objection = objection(to: entry) { life.violate("audit entry \(entry.seq): \(objection)") }
    }
  }

  private func objection(to entry: Books.Entry) -> String? {
    let said = entry.said
    guard let name = said["request_id"]?.string, let instance = said["instance"]?.string, let thing = said["name"]?.string else {
      return "it does not tell what was asked for"
    }
    guard entry.actor == "adam" else { return "\(entry.actor) may not ask for that" }
    let level = said["project"] == nil ? "group" : "project"
    let key = "\(instance) \(level) \(thing)"
    if entry.action == "protected_environment.requested" {
      if orders[name] != nil { return "\(name) is asked for twice" }
      let order = Order(gitLab: instance, key: key, verb: said["verb"]?.string ?? "", before: said["before"] ?? .null, since: life.now)
      // It was read a moment before.
      let since = life.now - 2 * Errands.asking - Network.patience
      let isDenied = order.before == .null && isDenied(instance, since: since)
      if !isDenied, !stood(order.before, key, since: since) { return "\(key) did not stand so before \(name)" }
      orders[name] = order
      return nil
    }
    guard let order = orders[name], order.key == key else { return "\(name) was not asked for" }
    if let told = order.outcome { return "what came of \(name) is told already: \(told)" }
    orders[name]?.outcome = entry.action
    if underWay[instance] == name { underWay[instance] = nil }
    return objection(to: entry.action, of: order, after: said["after"] ?? .null)
  }

  private func objection(to outcome: String, of order: Order, after: JSONValue) -> String? {
    let done = ["protect": "protected", "update": "updated", "unprotect": "unprotected"][order.verb] ?? ""
    // What was read back may be the mistake.
    if ["refused", done].contains(where: { outcome == "protected_environment.\($0)" }), isDenied(order.gitLab, since: order.since) {
      return nil
    }
    switch outcome {
    case "protected_environment.refused":
      return order.effects > 0 ? "\(order.verb) of \(order.key) is told as refused, and it took effect" : nil
    case "protected_environment.unsettled": return nil
    case "protected_environment.\(done)":
      // What others do at the same time looks like one's own.
      let mayBeOthers = othersActed[order.gitLab, default: []].contains { $0 >= order.since - Network.patience }
      if order.effects == 0, !mayBeOthers, after.canonicalBytes != order.before.canonicalBytes {
        return "\(order.verb) of \(order.key) is told as done, and nothing was done"
      }
      let isUnread = order.verb != "unprotect" && after == .null
      return isUnread || stood(after, order.key, since: order.since) ? nil : "\(order.key) never stood as it is told after \(order.verb)"
    default: return "\(outcome) tells of something else than '\(order.verb)'"
    }
  }

  private func stood(_ record: JSONValue, _ key: String, since: Int64) -> Bool {
    let all = standings[key] ?? [(Options.start, nil)]
    let first = all.lastIndex { $0.since <= since } ?? 0
    return (all[0].since > since && record == .null)
      || all[first...].contains { ($0.record ?? .null).canonicalBytes == record.canonicalBytes }
  }

  // MARK: People

  func answered(_ name: String, _ request: Request, _ response: Response, by user: String) {
    let status = response.status.code
    if user != "adam", request.head.method != .get || user == "bob", status < 400 {
      return life.violate("\(user) may not do that: \(status)")
    }
    guard Orders.isOrder(request) else { return }
    let order = orders[name]
    if status < 300, order?.outcome == nil || order?.outcome == "protected_environment.refused" {
      life.violate("\(name) was answered \(status), and the log has \(order?.outcome ?? "nothing") of it")
    }
    if (400..<500).contains(status), status != 408, let order, order.effects > 0 {
      life.violate("\(name) was answered \(status), and \(order.verb) of \(order.key) took effect")
    }
  }

  // MARK: In the end

  /// Of everything that was asked for, it is told what came of it.
  func left() -> String? {
    orders.keys.sorted().first { orders[$0]?.outcome == nil }.map { "nothing tells what came of \($0)" }
  }
}

extension World.ProtectedEnvironment {
  /// As the audit log keeps it, by what GitLab's documentation shows.
  fileprivate var record: JSONValue {
    func grant(_ rule: World.AccessRule, isRule: Bool) -> JSONValue {
      var object: JSONObject = ["id": .integer(rule.id)]
      switch rule.holder {
      case .user(let id): object.append("user_id", .integer(id))
      case .group(let id): object.append("group_id", .integer(id))
      case .level(let level): object.append("access_level", .integer(level.rawValue))
      }
      object.append("group_inheritance_type", .integer(rule.groupInheritance))
      if isRule { object.append("required_approvals", .integer(rule.requiredApprovals)) }
      return .object(object)
    }
    return [
      "name": .string(name), "deploy_access_levels": .array(deployAccess.map { grant($0, isRule: false) }),
      "approval_rules": .array(approvalRules.map { grant($0, isRule: true) }),
    ]
  }
}
