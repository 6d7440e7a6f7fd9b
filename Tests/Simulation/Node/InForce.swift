import Gate
import Synchronization
import Web

/// What is decided by now, as the server's `GateInForce` and `FrontDesk` have it: whatever is written asks for it inside its transaction, however long
/// ago it was begun.
final class InForce: Sendable {
  private let rules: Mutex<(gate: Gate, application: Application)>

  init(_ gate: Gate, _ application: Application) { rules = Mutex((gate, application)) }

  var current: Gate { rules.withLock { $0.gate } }
  var application: Application { rules.withLock { $0.application } }

  func replace(with gate: Gate, _ application: Application) { rules.withLock { $0 = (gate, application) } }

  func has(_ application: Application) -> Bool { rules.withLock { $0.application === application } }
}
