/// When something happens to a connection: the instant that deadlines are measured by, and the date that responses carry.
struct Moment: Sendable {
  typealias Instant = ContinuousClock.Instant

  var instant: Instant
  var date: HTTPDate
}
