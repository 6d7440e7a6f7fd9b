package import Calendar

/// When nothing is let through.
package struct FreezeWindow: Sendable, Hashable {
  package var name: String
  package var schedule: WindowSchedule

  package init(name: String, schedule: WindowSchedule) {
    self.name = name
    self.schedule = schedule
  }
}
