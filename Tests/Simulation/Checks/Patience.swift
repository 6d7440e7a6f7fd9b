import ChangeControl
import Gate

/// Whether a decision is given up no sooner than it may be: never because no answer came, and after refusals only when GitLab has refused for as long
/// as the configuration says (`give_up_after`), by the gate's clock, whatever that shows.
struct Patience {
  /// When GitLab first refused, by row: no later than when the gate wrote that down, for what a dying process has heard it may have written.
  private var refusedSince: [String: Int64] = [:]

  mutating func heard(_ outcome: CallbackOutcome, to claim: Claim, at now: Int64) {
    guard case .refused = outcome else { return }
    let row = Patience.row(claim)
    refusedSince[row] = min(refusedSince[row] ?? now, now)
  }

  /// The clock was set: what it showed before is no later than what it shows now.
  mutating func clockShows(_ now: Int64) { refusedSince = refusedSince.mapValues { min($0, now) } }

  /// - Parameter limit: `give_up_after`.
  func objection(to settlement: Settlement, of claim: Claim, after outcome: CallbackOutcome, at now: Int64, limit: Int64) -> String? {
    guard settlement.state == .abandoned else { return nil }
    switch outcome {
    case .retry: return "\(claim.text) is given up because no answer came: \(settlement.reason ?? "no reason")"
    case .refused:
      let waited = now - (refusedSince[Patience.row(claim)] ?? now)
      guard waited < limit else { return nil }
      return "\(claim.text) is given up \(waited) ms after the first refusal: \(settlement.reason ?? "no reason")"
    default: return nil
    }
  }

  /// SQLite gives the number of a row that is gone to another one.
  private static func row(_ claim: Claim) -> String { "\(claim.callback.id) \(claim.callback.createdAt.milliseconds)" }
}
