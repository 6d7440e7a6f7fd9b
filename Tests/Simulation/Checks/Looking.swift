import ChangeControl
import Gate

/// The conversations in which nothing may be done. Each is about one deployment; all that a round of reconciling has found go by the round's name.
struct Looking {
  private struct Conversation: Hashable {
    var requestID: String
    var deployment: Int64
  }

  private var conversations: Set<Conversation> = []

  /// - Returns: whether the claim's may only look.
  mutating func claimed(_ claim: Claim) -> Bool {
    guard let effect = claim.instruction.letsGo else { return false }
    let conversation = Conversation(requestID: claim.callback.requestID, deployment: effect.identity.deployment)
    if effect.mayAct { conversations.remove(conversation) } else { conversations.insert(conversation) }
    return !effect.mayAct
  }

  /// Where a clock that jumps has ended its lease, an attempt of before may still be under way, and that one may act.
  mutating func settled(_ claim: Claim) {
    guard let effect = claim.instruction.letsGo else { return }
    conversations.remove(Conversation(requestID: claim.callback.requestID, deployment: effect.identity.deployment))
  }

  func isAll(_ requestID: String, of deployment: Int64) -> Bool {
    conversations.contains(Conversation(requestID: requestID, deployment: deployment))
  }
}

extension Instruction {
  fileprivate var letsGo: Effect? {
    switch self {
    case .approve(let effect), .play(let effect): effect
    default: nil
    }
  }
}
