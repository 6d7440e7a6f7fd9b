import Storage

/// The rounds of reconciling once nothing goes wrong any more. In each GitLab a round that reads every list begins within one interval; later only where
/// GitLab has asked for quiet, or the round before was still on its way. What was blocked when it began, and is so when it ends, is known then.
final class Rounds {
  private struct Lane {
    /// Until when GitLab wants quiet, as the reconciler found when a round was due.
    var quietUntil: Int64 = 0
    /// When the last round ended that had begun before.
    var formerEnd: Int64 = 0
    /// The round under way that has begun in peace, and what was blocked then.
    var round: (began: Int64, blocked: Set<String>)?
    var isDone = false
  }

  private unowned let life: Life
  /// When nothing went wrong any more.
  private var peace: Int64?
  private var lanes: [String: Lane] = [:]

  init(life: Life) { self.life = life }

  func expect() { peace = life.now }

  var areDone: Bool { life.gitLabs.allSatisfy { lanes[$0.name]?.isDone ?? false } }

  func waits(_ name: String, until end: Int64) { lanes[name, default: Lane()].quietUntil = end }

  func begins(_ name: String) {
    guard peace != nil, !lanes[name, default: Lane()].isDone else { return }
    let blocked = Liveness(life: life).waiting.filter { $0.gitLab.name == name }.map(\.row)
    lanes[name, default: Lane()].round = (life.now, Set(blocked))
  }

  func ends(_ name: String, isWhole: Bool) {
    let lane = lanes[name, default: Lane()]
    guard let peace, !lane.isDone else { return }
    guard let round = lane.round else {
      lanes[name, default: Lane()].formerEnd = life.now
      return
    }
    lanes[name]?.round = nil
    guard isWhole else { return }
    lanes[name]?.isDone = true
    let latest = max(peace + life.node.rulebook.reconcileEvery, lane.quietUntil, lane.formerEnd)
    if round.began > latest { life.violate("what waits in GitLab \(name) is asked for \((round.began - latest) / 1_000) s too late") }
    guard let eyes = life.eyes else { return }
    do {
      let missed = try Liveness(life: life).unknown(Books(connection: eyes)).first { round.blocked.contains($0.row) }
      if let missed { life.violate("\(missed.text) waits there, GitLab was asked what does, and it is not known here") }
    } catch {
      life.violate("what is known cannot be looked for: \(error)")
    }
  }
}
