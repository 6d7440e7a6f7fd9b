import Calendar
import ChangeControl
import Gate
import GitLab
import GitLabSimulator
import HTTPMessages
import HTTPTypes
import Storage
import Synchronization
import Web

/// The gate's process: what the rim does with threads and timers is done here in turn. It dies and comes back; its file stays.
final class Node {
  unowned let life: Life
  let path: String
  private(set) var rulebook: Rulebook
  /// The token that the configuration names for each GitLab.
  private(set) var tokens: [String: String]
  let inForce: InForce
  private let tokenUses = TokenUses()
  private let coreChance: CoreChance
  /// Counts starts: what an earlier process had under way comes to nothing.
  private(set) var incarnation = 0
  private(set) var commits = 0

  private var writing: Connection?
  private var reading: Connection?
  private(set) var loops: Loops?
  private(set) var feed: Feed?
  private var inbox: [PendingWrite] = []
  private var isWriterDue = false
  /// The machine's clock against the time that is.
  var skew: Int64 = 0 { didSet { life.patience.clockShows(now.milliseconds) } }
  let disk: Disk

  init(life: Life, path: String, rulebook: Rulebook) {
    self.life = life
    self.path = path
    self.rulebook = rulebook
    disk = Disk(chance: life.chance) { [unowned life] error in
      switch error {
      case .full: life.happened(.full)
      case .busy: life.happened(.busy)
      default: life.happened(.failing)
      }
    }
    coreChance = CoreChance(seed: life.chance.bits())
    tokens = Dictionary(uniqueKeysWithValues: life.gitLabs.map { ($0.name, $0.token) })
    let gate = Gate(plan: rulebook.plan, chance: coreChance)
    inForce = InForce(gate, Node.application(gate, tokenUses, tokens: tokens, signs: life.options.signsHooks))
  }

  var application: Application { inForce.application }

  var isUp: Bool { writing != nil }

  /// What its clock shows.
  var now: Instant { Instant(milliseconds: life.now + skew) }

  // MARK: Starting, dying, reading the configuration

  /// As the server does before it listens.
  func start() {
    incarnation += 1
    disk.revive()
    do {
      let connection = try Connection(path: path, access: .readWrite)
      disk.stand(before: connection)
      try Migrator.migrate(connection)
      let released = try connection.transaction(at: now) { try $0.releaseLeases() }
      guard !disk.isDead else { throw StorageError.closed }
      writing = connection
      reading = try Connection(path: path, access: .readOnly)
      feed = Feed(node: self)
      commits += 1
      life.note("gate starts, \(released) leases released")
      startLoops()
    } catch {
      die(because: "it could not start: \(error)", by: disk.isDead ? .killedInRecovery : nil)
    }
  }

  /// Everything that is not in the file is gone.
  func die(because reason: String, by happening: Happening? = nil) {
    if loops?.underWay ?? 0 > 0 { life.happened(.killedInConversation) }
    if !life.acted.isEmpty { life.happened(.killedAfterEffect) }
    life.acted = []
    if let eyes = life.eyes { try? life.starts.died(Books(connection: eyes)) }
    writing = nil
    reading = nil
    loops?.close()
    loops = nil
    inbox = []
    isWriterDue = false
    incarnation += 1
    feed?.close()
    feed = nil
    life.gateDied(because: reason, by: happening)
  }

  /// The end of the life.
  func close() {
    loops?.close()
    (writing, reading, loops, feed, inbox) = (nil, nil, nil, nil, [])
  }

  func reload(_ rulebook: Rulebook) {
    self.rulebook = rulebook
    for gitLab in life.gitLabs {
      if let former = tokens.updateValue(gitLab.token, forKey: gitLab.name), former != gitLab.token { gitLab.retire(former) }
    }
    inForce.replace(
      with: Gate(plan: rulebook.plan, chance: coreChance),
      Node.application(
        Gate(plan: rulebook.plan, chance: coreChance, inForceSince: now), tokenUses, tokens: tokens, signs: life.options.signsHooks))
    guard isUp, let former = loops else { return }
    // What waits to be written is, first.
    former.stop { [self] in write { _ in }.then { [self] _ in startLoops() } }
  }

  private func startLoops() {
    let loops = Loops(node: self, gate: inForce.current, tokens: tokens)
    self.loops = loops
    loops.start()
  }

  private static func application(_ gate: Gate, _ uses: TokenUses, tokens: [String: String], signs: Bool) -> Application {
    do {
      let webhooks = try gate.plan.instances.map(\.name).map { name in
        try WebhookInstance(
          name: name, webhookToken: signs ? nil : GitLabInstance.webhookToken(of: name),
          signingToken: signs ? GitLabInstance.signingToken(of: name) : nil, otherSecrets: tokens[name].map { [$0] } ?? [])
      }
      return Application(settings: WebSettings(gate: gate, webhooks: webhooks, version: "simulated", tokenUses: uses))
    } catch {
      preconditionFailure("a webhook token of the simulation is malformed: \(error)")
    }
  }

  // MARK: Reading and writing

  /// Runs on the reading connection, at once.
  func read<Value>(_ body: (Reading) throws -> Value) throws -> Value {
    guard let reading else { throw StorageError.closed }
    return try reading.reading(at: now, body)
  }

  /// Waits for the writer's turn. What came of it is told by `Written.then`, if the process lives to tell.
  @discardableResult
  func write<Value: Sendable>(_ body: @escaping @Sendable (Transaction) throws -> Value) -> Written<Value> {
    let written = Written<Value>()
    let result = written.result
    guard isUp else { return written }
    let death = disk.death
    inbox.append(PendingWrite(piece: WritePiece(body) { if !death.hasCome { result.put($0) } }) { written.tell() })
    takeTurn()
    return written
  }

  private func takeTurn() {
    guard !isWriterDue else { return }
    isWriterDue = true
    let born = incarnation
    life.after(life.chance.within(0...4)) { [self] in
      guard incarnation == born else { return }
      isWriterDue = false
      writeWhatWaits()
    }
  }

  private func writeWhatWaits() {
    guard let writing, !inbox.isEmpty else { return }
    let first = 1 + life.chance.below(inbox.count)
    var batch = Array(inbox[..<first])
    inbox.removeFirst(first)
    // Some come in while the others are written.
    func more(_: Int) -> [WritePiece] {
      let late = inbox
      inbox = []
      batch += late
      return late.map(\.piece)
    }
    writing.write(batch.map(\.piece), at: { now }, more: more)
    guard !disk.isDead else {
      let happening: [String: Happening] = ["commit": .killedBeforeCommit, "committed": .killedAfterCommit]
      die(because: "killed at a \(disk.lastPoint)", by: happening[disk.lastPoint] ?? .killedWithin)
      // What was answered before has left, true or not.
      for write in batch { write.settle() }
      return
    }
    commits += 1
    let born = incarnation
    life.gateCommitted()
    feed?.ring()
    for write in batch where incarnation == born { write.settle() }
    if incarnation == born, !inbox.isEmpty { takeTurn() }
  }

  func flushTokenUses() {
    let noted = tokenUses.take()
    guard !noted.isEmpty else { return }
    write { transaction in for (id, instant) in noted { try transaction.noteTokenUse(id: id, at: instant) } }
  }
}
