import Calendar
import ChangeControl
import Gate
import GitLabSimulator
import HTTPMessages
import HTTPTypes
import Storage

/// One whole life of a gate: first everything happens and goes wrong, then nothing goes wrong any more and all that is owed must come about.
final class Life {
  let options: Options
  let chance: Chance
  private(set) var world: World
  /// The time that is, in milliseconds since 1970.
  private(set) var now = Options.start
  private var agenda = Agenda()
  var chronicle = Chronicle()
  private var diary = Diary()
  private(set) var violation: String?
  private var worldDue: Int64?
  private let path: String

  private(set) lazy var network = Network(life: self)
  private(set) lazy var node = Node(life: self, path: path, rulebook: options.rulebook)
  private(set) lazy var people = People(life: self)
  private(set) lazy var neighbours = Neighbours(life: self)
  private(set) lazy var promises = Promises(life: self)
  private(set) lazy var trouble = Trouble(life: self)
  private lazy var safety = Safety(life: self)

  /// - Parameters:
  ///   - path: where there is a migrated database that nobody has used.
  ///   - isAloud: whether everything is told as it happens.
  init(seed: UInt64, path: String, isAloud: Bool) {
    chance = Chance(seed: seed)
    options = Options(seed: seed, chance: chance)
    world = Neighbours.world(options, seed: chance.bits())
    self.path = path
    diary.isAloud = isAloud
  }

  /// Lives it to its end, or to the first violation.
  func run() -> Outcome {
    chronicle.ruled(by: options.rulebook, at: now)
    do {
      try prepare()
      node.start()
      plan()
      goOn(until: Options.start + options.length)
      if violation == nil { try Liveness(life: self).run() }
      if violation == nil { try safety.checkAll() }
    } catch {
      violate("the life itself failed: \(error)")
    }
    diary.note("head \(safety.head)", at: now)
    defer {
      node.close()
      agenda = Agenda()
    }
    return Outcome(seed: options.seed, options: "\(options)", digest: diary.digest, violation: violation, lastEvents: diary.last)
  }

  struct Outcome {
    var seed: UInt64
    var options: String
    var digest: UInt64
    var violation: String?
    var lastEvents: [String]
  }

  private func prepare() throws {
    let connection = try Connection(path: path, access: .readWrite)
    try connection.transaction(at: Instant(milliseconds: now)) { try people.makeTokens(in: $0) }
    try safety.open(path)
  }

  /// What will happen when, as far as it is known from the start.
  private func plan() {
    let length = options.length
    func some(_ count: Int, _ act: @escaping () -> Void) { for _ in 0..<count { after(chance.within(0...length - 1), act) } }
    for _ in 0..<options.pipelines { after(chance.within(0...length / 2)) { [neighbours] in neighbours.push() } }
    some(options.acts) { [people] in people.act() }
    some(options.neighbours) { [neighbours] in neighbours.act() }
    some(options.crashes) { [trouble] in trouble.crash() }
    some(options.diskTroubles) { [trouble] in trouble.disk() }
    some(options.clockJumps) { [trouble] in trouble.clock() }
    some(options.reloads) { [trouble] in trouble.reload() }
    some(options.revocations) { [people] in people.revoke() }
    some(options.outages) { [trouble] in trouble.outage() }
  }

  // MARK: Time

  func after(_ delay: Int64, _ act: @escaping () -> Void) { agenda.add(at: now + max(0, delay), act) }

  func goOn(until end: Int64) {
    while violation == nil, let next = agenda.next, next <= end, let event = agenda.take() {
      now = event.time
      event.act()
    }
    now = max(now, end)
  }

  /// Goes on until something is so, and no longer than `end`.
  func goOn(until end: Int64, orUntil isSo: () throws -> Bool) rethrows {
    while violation == nil, now < end, try !isSo() { goOn(until: min(end, now + 5_000)) }
  }

  func note(_ text: @autoclosure () -> String) { diary.note(text(), at: now) }

  func violate(_ text: String) {
    guard violation == nil else { return }
    violation = text
    note("VIOLATION \(text)")
  }

  // MARK: GitLab

  /// Whatever happens in GitLab itself.
  func inGitLab(_ text: String, _ act: (inout World) -> Void) {
    note("GitLab: \(text)")
    world.tick(at: Instant(milliseconds: now))
    act(&world)
    followWorld()
  }

  func gitLab(hears request: Request, spoiled fault: Fault.Action? = nil) -> Answer {
    if let fault { world.faults.append(Fault(fault)) }
    let reply = world.respond(to: request, at: Instant(milliseconds: now))
    world.faults = []
    if request.head.method != .get { note("GitLab hears \(request.head.method.rawValue) \(request.head.path ?? ""): \(reply.text)") }
    safety.lookAtGitLab()
    followWorld()
    return reply.answer
  }

  func settle(_ delivery: World.HookDelivery, _ answer: Answer) { world.settle(delivery, with: answer) }

  private func followWorld() {
    for delivery in world.takeDeliveries() { network.carry(delivery) }
    guard let due = world.nextDue?.milliseconds, worldDue.map({ due < $0 }) ?? true else { return }
    worldDue = due
    agenda.add(at: max(now, due)) { [self] in
      worldDue = nil
      world.tick(at: Instant(milliseconds: now))
      followWorld()
    }
  }

  // MARK: What the gate's process tells

  func gateDied(because reason: String) {
    note("gate dies: \(reason)")
    safety.lookAtGate()
    let born = node.incarnation
    after(network.isQuiet ? 1_000 : chance.within(100...30_000)) { [self] in
      guard node.incarnation == born else { return }
      node.start()
      guard node.isUp else { return }
      safety.gateStarted()
      safety.lookAtGate()
      promises.check()
    }
  }

  func gateCommitted() { safety.lookAtGate() }

  func claimed(_ claim: Claim) {
    note("claims \(claim.text)")
    safety.claimed(claim)
  }

  var eyes: Connection? { safety.eyes }
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
