import ChangeControl
import Gate

/// What GitLab has shown the gate of each deployment, and which steps were given up because it refused to be asked: of what it has done before, and shown
/// nothing of since, nobody can tell that it stands.
struct Sights {
  /// When, by deployment.
  private var shown: [String: [Int64]] = [:]
  /// When, by step and change.
  private var givenUpAtRefusal: [String: Int64] = [:]

  mutating func settled(_ claim: Claim, _ outcome: CallbackOutcome, _ settlement: Settlement, at now: Int64) {
    if let identity = outcome.shown { shown["\(identity.instance) \(identity.deployment)", default: []].append(now) }
    guard settlement.state == .abandoned else { return }
    if case .refused = outcome { givenUpAtRefusal[claim.text] = now } else { givenUpAtRefusal[claim.text] = nil }
  }

  /// - Parameters:
  ///   - step: `play CHG-1`
  ///   - last: when it was given up, by the gate's book: who has it tried again by hand may have it given up for something else. Nil: not known.
  ///   - limit: `give_up_after`, for which GitLab refused; 0 where the gate's clock may have run ahead.
  func isHidden(_ step: String, givenUp last: Int64?, since effect: Int64, of deployment: Int64, in instance: String, limit: Int64) -> Bool
  {
    guard let end = givenUpAtRefusal[step], end - effect >= limit, last.map({ $0 <= end }) ?? true else { return false }
    return !(shown["\(instance) \(deployment)"] ?? []).contains { effect <= $0 && $0 <= end }
  }
}

extension CallbackOutcome {
  fileprivate var shown: DeploymentIdentity? {
    switch self {
    case .done(let facts), .outOfBand(let facts), .overtaken(let facts): facts.identity
    case .waiting(let facts, _): facts.identity
    case .untouched, .gone, .retry, .refused, .impossible, .located, .told: nil
    }
  }
}
