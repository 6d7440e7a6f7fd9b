import Calendar
import ChangeControl
import Gate
import GitLab
import Storage

/// What runs beside the listener under one configuration: `Loops`, `Courier` and `Reconciler` of the server, a step at a time.
final class Loops {
  static let sweepEvery: Int64 = 30_000
  static let lookEvery: Int64 = 1_000
  /// As the server's: how long a stop hears conversations out.
  static let patience: Int64 = 4_000

  unowned let node: Node
  /// By the configuration that these loops are of. What claims, settles or turns asks for the one that is in force (`Node.inForce`), as the server's.
  let gate: Gate
  private(set) var isStopping = false
  private var isOver = false
  /// For a while the client still sends; then nothing goes out.
  private(set) var isHungUp = false
  /// Conversations that are being held.
  var underWay = 0
  /// For each GitLab one of both.
  private(set) var couriers: [Courier] = []
  private(set) var reconcilers: [Reconciler] = []
  private(set) lazy var errands = Errands(loops: self)
  /// Those that the configuration named when these loops began.
  private let tokens: [String: String]
  private var whenStopped: (() -> Void)?
  /// A configuration was read: what GitLab refused, with the token of before, is asked soon.
  private var isNew = true
  /// When there is something to look at, as of a commit.
  private var looked: (commits: Int, next: Instant?)?

  init(node: Node, gate: Gate, tokens: [String: String]) {
    self.node = node
    self.gate = gate
    self.tokens = tokens
  }

  var life: Life { node.life }

  func start() {
    couriers = gate.plan.instances.map { Courier(loops: self, instance: $0.name) }
    reconcilers = gate.plan.instances.map { Reconciler(loops: self, instance: $0.name) }
    ring()
    for reconciler in reconcilers { reconciler.round() }
    sweep()
    lookAgain()
    guard life.options.isAdministered else { return }
    for instance in gate.plan.instances { errands.settleOpenRequests(of: instance.name) }
  }

  func ring() { for courier in couriers { courier.ring() } }

  /// - Parameter token: another than our account's.
  func api(of instance: String, requestID: String, token: String? = nil) -> GitLabAPI {
    do {
      return GitLabAPI(
        instance: instance, address: try GitLabAddress("https://\(GitLabInstance.host(of: instance))"),
        token: token ?? tokens[instance] ?? "",
        requestID: requestID)
    } catch {
      preconditionFailure("the simulation's address is malformed: \(error)")
    }
  }

  /// Runs `act` later, if this process and these loops still live.
  func after(_ delay: Int64, _ act: @escaping () -> Void) {
    let born = node.incarnation
    life.after(delay) { [self] in
      guard node.incarnation == born, !isOver else { return }
      act()
    }
  }

  /// Claims nothing more, hears out what is under way for as long as patience lasts.
  func stop(then: @escaping () -> Void) {
    whenStopped = then
    guard !isStopping else { return }
    isStopping = true
    after(Loops.patience) { [self] in
      isHungUp = true
      for gitLab in life.gitLabs { gitLab.network.hangUp() }
      // What was cut off is written down now.
      endIfIdle()
    }
    endIfIdle()
  }

  func endIfIdle() {
    guard isStopping, !isOver, underWay == 0, couriers.allSatisfy(\.isIdle), errands.isIdle else { return }
    close()
    whenStopped?()
  }

  /// Nothing of theirs happens any more.
  func close() {
    isOver = true
    isStopping = true
    isHungUp = true
    (couriers, reconcilers) = ([], [])
  }

  // MARK: What only time moves

  private func lookAgain() {
    guard !isStopping else { return }
    // Nothing but a commit moves it.
    if looked?.commits != node.commits {
      looked = (try? node.read { try $0.nextLook() }).map { (node.commits, $0) }
    }
    let isDue = (looked?.next).flatMap { $0 }.map { $0 <= node.now } ?? false
    guard isDue else { return after(Loops.lookEvery) { [self] in lookAgain() } }
    let gate = node.inForce
    node.write { try gate.current.lookAgain(in: $0).map { [now = $0.now] in $0 <= now } ?? false }.then { [self] result in
      guard !isStopping, case .success(let isMoreDue) = result else { return after(Loops.lookEvery) { [self] in lookAgain() } }
      ring()
      after(isMoreDue ? 0 : Loops.lookEvery) { [self] in lookAgain() }
    }
  }

  private func sweep() {
    guard !isStopping else { return }
    let (gate, isNew) = (node.inForce, isNew)
    node.write { transaction in
      if isNew { try gate.current.lookAtHeld(in: transaction) }
      return try gate.current.sweep(in: transaction)
    }.then { [self] result in
      guard !isStopping, case .success = result else { return endSweep() }
      reconsiderWaiting(before: nil)
    }
  }

  private func reconsiderWaiting(before cursor: Int64?) {
    let (gate, isAnew) = (node.inForce, isNew)
    node.write { try gate.current.reconsiderWaiting(before: cursor, isAnew: isAnew, in: $0) }.then { [self] result in
      guard !isStopping, case .success(let next) = result else { return endSweep() }
      if let next { return reconsiderWaiting(before: next) }
      isNew = false
      ring()
      endSweep()
    }
  }

  private func endSweep() {
    node.flushTokenUses()
    after(Loops.sweepEvery) { [self] in sweep() }
  }
}
