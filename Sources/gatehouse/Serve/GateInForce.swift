import Gate
import Synchronization

/// The gate by the configuration that is in force. What claims, settles or turns asks for it inside its transaction: a loop may be of a configuration
/// that is on its way out, and hears out for seconds what it has begun.
final class GateInForce: Sendable {
  private let gate: Mutex<Gate>

  init(_ gate: Gate) { self.gate = Mutex(gate) }

  var current: Gate { gate.withLock { $0 } }

  func replace(with successor: Gate) { gate.withLock { $0 = successor } }
}
