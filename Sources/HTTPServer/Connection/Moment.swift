import Glibc

/// When something happens to a connection: the instant that deadlines are measured by, and the date that responses carry.
struct Moment: Sendable {
  /// An instant of the clock that nobody sets. Not `ContinuousClock.Instant`: its layout is the library's secret, so that each copy, and there
  /// are dozens in a request, asks the runtime what it is.
  struct Instant: Sendable, Comparable {
    private var nanoseconds: Int64

    static var now: Instant {
      var time = timespec()
      clock_gettime(CLOCK_BOOTTIME, &time)
      return Instant(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }

    static func < (left: Instant, right: Instant) -> Bool { left.nanoseconds < right.nanoseconds }

    static func + (instant: Instant, duration: Duration) -> Instant {
      Instant(nanoseconds: instant.nanoseconds + Int64(duration.attoseconds / 1_000_000_000))
    }

    static func - (instant: Instant, duration: Duration) -> Instant { instant + (.zero - duration) }

    static func += (instant: inout Instant, duration: Duration) { instant = instant + duration }

    static func - (later: Instant, earlier: Instant) -> Duration { .nanoseconds(later.nanoseconds - earlier.nanoseconds) }
  }

  var instant: Instant
  var date: HTTPDate
}
