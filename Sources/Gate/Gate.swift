package import Calendar
package import ChangeControl
internal import Storage

/// The commands, one transaction each. Facts and an instant in; rows, audit entries and instructions out. Nothing here waits or does I/O of
/// its own, so a whole life of the system can run as an ordinary loop in a test.
package struct Gate: Sendable {
  package let plan: ControlPlan
  package let chance: any ChanceSource
  /// When this plan was read; nil where nothing was shown by another one before.
  package let inForceSince: Instant?

  package init(plan: ControlPlan, chance: any ChanceSource = SystemChance(), inForceSince: Instant? = nil) {
    self.plan = plan
    self.chance = chance
    self.inForceSince = inForceSince
  }

  /// Who the audit log says has done what no person did.
  static let ourselves = "gatehouse"

  func workflow(of change: ChangeRequest) -> Workflow { plan.workflows[change.workflow] ?? .lost(change.workflow) }

  /// Where people read a change.
  package func address(of change: ChangeRequest) -> String { "\(plan.publicURL)/changes/\(change.key)" }
}

/// Where chance enters the core. Seeded in simulations.
package protocol ChanceSource: Sendable {
  /// Evenly spread over 0 ..< 1.
  func fraction() -> Double
}

/// The system's generator.
package struct SystemChance: ChanceSource {
  package init() {}

  package func fraction() -> Double { Double.random(in: 0..<1) }
}
