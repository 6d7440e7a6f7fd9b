import Gate
import GitLabSimulator
import Storage

/// Which starts of jobs may be the gate's: those that it sent, and those of attempts of which nothing was told, for whoever dies may have sent one.
struct Starts {
  private var sent: Set<String> = []
  /// By attempt, what it is about.
  private var untold: [String: String] = [:]

  mutating func send(of deployment: Int64, to instance: String) { sent.insert("\(instance) \(deployment)") }

  mutating func claim(_ claim: Claim) {
    guard case .play(let effect) = claim.instruction else { return }
    untold[Starts.attempt(claim)] = "\(effect.identity.instance) \(effect.identity.deployment)"
  }

  /// The process is dead: of a claim that it had written down it may not have heard itself.
  mutating func died(_ books: Books) throws {
    let claimed = try books.connection.query(
      """
      SELECT o.id, o.leased_until, d.instance, d.deployment_id FROM outbox o JOIN deployment d ON d.id = o.deployment
      WHERE o.step = 'play' AND o.leased_until IS NOT NULL
      """
    ) { row in (row.requiredInteger(0), row.requiredInteger(1), "\(row.requiredText(2)) \(row.requiredInteger(3))") }
    for (id, end, name) in claimed { untold["\(id) until \(end)"] = name }
  }

  mutating func tell(_ claim: Claim) { untold[Starts.attempt(claim)] = nil }

  func mayBeOurs(_ deployment: Int64, in instance: String) -> Bool {
    let name = "\(instance) \(deployment)"
    return sent.contains(name) || untold.values.contains(name)
  }

  private static func attempt(_ claim: Claim) -> String { "\(claim.callback.id) \(claim.claimedAt.milliseconds)" }
}
