/// When the clocks of a zone show a civil time: not always once.
package enum CivilInstants: Sendable, Hashable {
  case once(Instant)
  /// Clocks are set back over it.
  case twice(Instant, Instant)
  /// Clocks are set forward past it.
  ///
  /// - Parameters:
  ///   - jump: when they are.
  ///   - unshifted: when they would have shown it, had they been left alone.
  case skipped(jump: Instant, unshifted: Instant)

  /// The first instant at which clocks show that time or a later one. Never earlier for a later time.
  package var first: Instant {
    switch self {
    case .once(let instant), .twice(let instant, _), .skipped(let instant, _): instant
    }
  }

  package var isSkipped: Bool {
    if case .skipped = self { true } else { false }
  }
}
