import ChangeControl
import Glibc

/// The one place that asks what time it is. Everything else is told.
enum SystemClock {
  static let now: @Sendable () -> Instant = {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Instant(milliseconds: Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000)
  }
}

/// A fresh id for a request: 16 hexadecimal digits from the system's generator.
func freshRequestID() -> String {
  let text = String(UInt64.random(in: .min ... .max), radix: 16)
  return String(repeating: "0", count: 16 - text.count) + text
}
