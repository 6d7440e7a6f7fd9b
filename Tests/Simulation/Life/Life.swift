import Calendar
import ChangeControl
import Gate
import Storage

/// One whole life of a gate: first everything happens and goes wrong, then nothing goes wrong any more and all that is owed must come about.
final class Life {
  let options: Options
  let chance: Chance
  /// The time that is, in milliseconds since 1970.
  private(set) var now = Options.start
  private var agenda = Agenda()
  private(set) var pace = Pace()
  private var diary = Diary()
  private(set) var violation: String?
  /// Nothing goes wrong any more.
  var isQuiet = false
  private var happenings: [Happening: Int] = [:]
  var starts = Starts()
  /// The requests that GitLab has carried out for a process that still has to write it down.
  var acted: Set<String> = []
  var deeds = Deeds()
  var patience = Patience()
  var sights = Sights()
  var looking = Looking()
  private let path: String

  private(set) var gitLabs: [GitLabInstance] = []
  private(set) lazy var node = Node(life: self, path: path, rulebook: options.rulebook)
  private(set) lazy var people = People(life: self)
  private(set) lazy var audience = Audience(life: self)
  private(set) lazy var promises = Promises(life: self)
  private(set) lazy var trouble = Trouble(life: self)
  private(set) lazy var rounds = Rounds(life: self)
  private(set) lazy var administrator = Administrator(life: self)
  private(set) lazy var orders = Orders(life: self)
  private lazy var safety = Safety(life: self)

  /// - Parameters:
  ///   - path: where there is a migrated database that nobody has used.
  ///   - isAloud: whether everything is told as it happens.
  init(seed: UInt64, path: String, isAloud: Bool) {
    chance = Chance(seed: seed)
    options = Options(seed: seed, chance: chance)
    self.path = path
    diary.isAloud = isAloud
    let worldSeed = chance.bits()
    gitLabs = options.rulebook.instances.enumerated().map { index, name in
      // From one seed come the same commits and the same idempotency keys in both.
      GitLabInstance(name: name, life: self, seed: index == 0 || options.worldsAreAlike ? worldSeed : ~worldSeed)
    }
  }

  /// Lives it to its end, or to the first violation.
  func run() -> Outcome {
    ruled(by: options.rulebook)
    do {
      try prepare()
      node.start()
      plan()
      goOn(until: Options.start + options.length)
      if violation == nil { try Liveness(life: self).run() }
      if violation == nil { audience.expectAllHeard() }
      if violation == nil { try safety.checkAll() }
    } catch {
      violate("the life itself failed: \(error)")
    }
    diary.note("head \(safety.head)", at: now)
    defer {
      node.close()
      agenda = Agenda()
    }
    return Outcome(
      seed: options.seed, options: "\(options)", digest: diary.digest, violation: violation, lastEvents: diary.last,
      happenings: happenings, pace: pace)
  }

  struct Outcome {
    var seed: UInt64
    var options: String
    var digest: UInt64
    var violation: String?
    var lastEvents: [String]
    var happenings: [Happening: Int]
    var pace: Pace
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
    func anywhere() -> GitLabInstance { chance.one(of: gitLabs) }
    for gitLab in gitLabs {
      for _ in 0..<options.pipelines { after(chance.within(0...length / 2)) { gitLab.neighbours.push() } }
      if options.overtakes { after(chance.within(0...length / 3)) { gitLab.neighbours.pushTwice() } }
      if options.overridesFormerFreeze { after(chance.within(0...length / 12)) { gitLab.neighbours.pushForAnotherFreeze() } }
      if options.rejectsInFreeze { after(chance.within(0...length / 3)) { gitLab.neighbours.pushForBoth() } }
      if options.renames {
        after(chance.within(0...length / 2)) { [options] in
          if options.approvesUnderNewName { gitLab.neighbours.renameAndApprove() } else { gitLab.neighbours.rename() }
        }
      }
    }
    some(options.acts) { [people] in people.act() }
    some(options.neighbours) { anywhere().neighbours.act() }
    some(options.crashes) { [trouble] in trouble.crash() }
    some(options.diskTroubles) { [trouble] in trouble.disk() }
    some(options.clockJumps) { [trouble] in trouble.clock() }
    some(options.reloads) { [trouble] in trouble.reload() }
    some(options.revocations) { [people] in people.revoke() }
    some(options.outages) { [trouble] in trouble.outage(of: anywhere()) }
    some(options.tokenEnds) { [trouble] in trouble.endToken(of: anywhere()) }
    // When there is something to take.
    for _ in 0..<options.exports { after(chance.within(length / 3...length)) { [audience] in audience.export() } }
    for _ in 0..<options.listeners { after(chance.within(0...length / 2)) { [audience] in audience.listen() } }
    if options.isAdministered { administrator.plan() }
  }

  // MARK: Time

  func after(_ delay: Int64, _ act: @escaping () -> Void) { at(now + max(0, delay), act) }

  func at(_ time: Int64, _ act: @escaping () -> Void) { agenda.add(at: time, act) }

  func goOn(until end: Int64) {
    while violation == nil, let next = agenda.next, next <= end, let event = agenda.take() {
      now = event.time
      if let objection = pace.objection(toOneMoreAt: now) { return violate(objection) }
      event.act()
    }
    now = max(now, end)
  }

  /// Goes on until something is so, and no longer than `end`.
  func goOn(until end: Int64, orUntil isSo: () throws -> Bool) rethrows {
    while violation == nil, now < end, try !isSo() { goOn(until: min(end, now + 5_000)) }
  }

  func note(_ text: @autoclosure () -> String) { diary.note(text(), at: now) }

  func happened(_ happening: Happening) { happenings[happening, default: 0] += 1 }

  func violate(_ text: String) {
    guard violation == nil else { return }
    violation = text
    note("VIOLATION \(text)")
  }

  // MARK: GitLab

  func gitLab(named name: String) -> GitLabInstance {
    guard let found = gitLabs.first(where: { $0.name == name }) else { preconditionFailure("there is no GitLab \(name) in this life") }
    return found
  }

  /// The one that a host belongs to.
  func gitLab(at host: String?) -> GitLabInstance? { gitLabs.first { $0.host == host } }

  func gitLabActed(_ gitLab: GitLabInstance) { safety.look(at: gitLab) }

  /// A configuration is in force from now on.
  func ruled(by book: Rulebook) { for gitLab in gitLabs { gitLab.chronicle.ruled(by: book, at: now) } }

  // MARK: What the gate's process tells

  func gateDied(because reason: String, by happening: Happening?) {
    note("gate dies: \(reason)")
    orders.died()
    if options.isAdministered { administrator.gateDied() }
    if let happening { happened(happening) }
    safety.lookAtGate()
    let born = node.incarnation
    after(isQuiet ? 1_000 : chance.within(100...30_000)) { [self] in
      guard node.incarnation == born else { return }
      // Now and then again, while it takes up what the last one left.
      if !isQuiet, chance.happens(0.2) { node.disk.kill(at: .init(point: nil, count: 1 + chance.below(8))) }
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
    starts.claim(claim)
    safety.claimed(claim)
  }

  var eyes: Connection? { safety.eyes }
}
