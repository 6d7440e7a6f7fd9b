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

/// One time that a freeze window holds: this weekend, and not the next.
package struct HeldWindow: Sendable, Hashable {
  package var name: String
  package var period: Period

  package init(name: String, period: Period) {
    self.name = name
    self.period = period
  }
}

/// Somebody's wish to have a change let through the freeze windows that hold it.
package struct FreezeOverride: Sendable, Hashable {
  package var user: String
  package var reason: String
  package var askedAt: Instant
  /// Nil where it was not written down (an older program): those that hold now and held then.
  package var windows: [HeldWindow]?

  package init(user: String, reason: String, askedAt: Instant, windows: [HeldWindow]? = nil) {
    self.user = user
    self.reason = reason
    self.askedAt = askedAt
    self.windows = windows
  }

  /// A window that begins later is another freeze, and so is one that a configuration has renamed or moved: nobody has looked past that one.
  package func covers(_ window: HeldWindow) -> Bool { windows?.contains(window) ?? window.period.contains(askedAt) }
}

extension Policy {
  package func windows(holding instant: Instant) -> [HeldWindow] {
    freezeWindows.compactMap { window in
      window.schedule.period(holding: instant).map { HeldWindow(name: window.name, period: $0) }
    }
  }
}
