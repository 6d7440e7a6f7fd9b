import Calendar
import GitLabSimulator
import HTTPMessages
import HTTPTypes
import Storage

/// One GitLab of a life: its world, the way there, what happened in it. A second one has the same projects, and the same numbers for other things.
final class GitLabInstance {
  let name: String
  /// The host by which requests find it.
  let host: String
  private unowned let life: Life
  private(set) var world: World
  var chronicle = Chronicle()
  /// Deployments that are gone, by the job of each: what was sent before may start it all the same, later.
  private(set) var deleted: [Int64: Int64] = [:]
  private var worldDue: Int64?
  /// The tokens that our account has had there, the newest last.
  private var tokens: [String]
  /// When the configuration has ceased to name them.
  private var retired: [String: Int64] = [:]

  private(set) lazy var network = Network(gitLab: self, life: life)
  private(set) lazy var neighbours = Neighbours(gitLab: self, life: life)

  init(name: String, life: Life, seed: UInt64) {
    (self.name, self.life) = (name, life)
    host = GitLabInstance.host(of: name)
    tokens = [GitLabInstance.firstToken(of: name)]
    world = Neighbours.world(of: name, life.options, seed: seed)
  }

  static func host(of name: String) -> String { name == Rulebook.instance ? "gitlab.example.com" : "\(name).example.com" }

  static func firstToken(of name: String) -> String { name == Rulebook.instance ? Demo.token : "\(Demo.token)-of-\(name)" }

  static func webhookToken(of name: String) -> String {
    name == Rulebook.instance ? Demo.webhookToken : "\(Demo.webhookToken)-of-\(name)"
  }

  static func signingToken(of name: String) -> String {
    name == Rulebook.instance ? Demo.signingToken : "whsec_ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8="
  }

  /// What our account's token is now.
  var token: String { tokens.last ?? "" }

  /// For the diary. Where there is one GitLab, everybody knows which.
  var label: String { name == Rulebook.instance ? "GitLab" : "GitLab \(name)" }

  /// Whatever happens in GitLab itself.
  func happens(_ text: String, as happening: Happening? = nil, _ act: (inout World) -> Void) {
    if let happening { life.happened(happening) }
    life.note("\(label): \(text)")
    world.tick(at: Instant(milliseconds: life.now))
    act(&world)
    follow()
  }

  /// Its answer, and whether it has done anything.
  func hears(_ request: Request, spoiled fault: Fault.Action? = nil) -> (answer: Answer, hasActed: Bool) {
    if let fault { world.faults.append(Fault(fault)) }
    let before = world.effects.entries.count
    let reply = world.respond(to: request, at: Instant(milliseconds: life.now))
    world.faults = []
    if request.head.method != .get {
      life.note("\(label) hears \(request.head.method.rawValue) \(request.head.path ?? ""): \(reply.text)")
    }
    var hasActed = world.effects.entries.dropFirst(before).contains {
      if case .approvalRepeated = $0.kind { false } else { true }
    }
    life.gitLabActed(self)
    if Orders.isOrder(request) { hasActed = life.orders.heard(request, in: self) }
    follow()
    return (reply.answer, hasActed)
  }

  func delete(_ deployment: World.Deployment) {
    if let job = deployment.jobID { deleted[job] = deployment.id }
    happens("deployment \(deployment.id) is deleted", as: .deletedThere) { $0.deleteDeployment(deployment.id) }
  }

  func settle(_ delivery: World.HookDelivery, _ answer: Answer) { world.settle(delivery, with: answer) }

  private func follow() {
    for delivery in world.takeDeliveries() { network.carry(delivery) }
    guard let due = world.nextDue?.milliseconds, worldDue.map({ due < $0 }) ?? true else { return }
    worldDue = due
    life.at(max(life.now, due)) { [self] in
      worldDue = nil
      world.tick(at: Instant(milliseconds: life.now))
      follow()
    }
  }

  // MARK: Our account's token

  /// Our account gets a new token; whether the old one serves on is told.
  func renewToken(endOldOne: Bool) {
    tokens.append("\(GitLabInstance.firstToken(of: name))-\(tokens.count + 1)")
    let (id, secret) = (Int64(500 + tokens.count), token)
    happens("our account has token \(tokens.count)") { world in
      if endOldOne { for old in GitLabInstance.ours(in: world) { world.tokens[old.id].isRevoked = true } }
      world.tokens.insert(
        World.PersonalAccessToken(id: id, userID: Demo.accountID, secret: secret, name: "gatehouse", createdAt: world.now))
    }
  }

  private static func ours(in world: World) -> [World.PersonalAccessToken] {
    world.tokens.all.filter { $0.userID == Demo.accountID }
  }

  /// All but the newest.
  func endOldTokens() {
    happens("our old tokens are revoked") { world in
      for old in GitLabInstance.ours(in: world).dropLast() { world.tokens[old.id].isRevoked = true }
    }
  }

  /// Whether our account can get in with its newest token.
  var isTokenGood: Bool {
    GitLabInstance.ours(in: world).last.map { !$0.isRevoked && ($0.expiresAt.map { world.now < $0 } ?? true) } ?? false
  }

  /// It serves no more: somebody has revoked it, or its time has run out.
  func endToken(byRevoking: Bool) {
    happens(byRevoking ? "our token is revoked" : "our token expires") { world in
      for old in GitLabInstance.ours(in: world) {
        if byRevoking { world.tokens[old.id].isRevoked = true } else { world.tokens[old.id].expiresAt = world.now }
      }
    }
  }

  /// The configuration names another token than `secret` from now on.
  func retire(_ secret: String) { retired[secret] = life.now }

  /// Whether a token may go out to this GitLab: it is this one's, and the configuration names it, or did a moment ago.
  func mayHear(_ secret: String) -> Bool {
    tokens.contains(secret) && retired[secret].map { life.now <= $0 + Loops.patience } ?? true
  }
}

extension Reply {
  fileprivate var text: String {
    switch self {
    case .response(let response), .delayed(let response, by: _): String(response.status.code)
    case .truncated: "cut"
    case .reset: "reset"
    case .silence, .afterDelivery: "silence"
    }
  }
}
