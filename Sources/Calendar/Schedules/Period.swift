/// From `start` up to `end`, which no longer belongs to it.
package struct Period: Sendable, Hashable, CustomStringConvertible {
  package let start: Instant
  package let end: Instant

  /// Nil when it would not last.
  package init?(start: Instant, end: Instant) {
    guard start < end else { return nil }
    (self.start, self.end) = (start, end)
  }

  package func contains(_ instant: Instant) -> Bool { start <= instant && instant < end }

  package var description: String { "\(start.iso8601)/\(end.iso8601)" }
}
