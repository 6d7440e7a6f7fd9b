import Calendar
import Glibc
import Synchronization

/// The one place that asks what time it is. Everything else is told.
enum SystemClock {
  static let now: @Sendable () -> Instant = {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Instant(milliseconds: Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000)
  }
}

/// A fresh id for a request: 16 hexadecimal digits. It is no secret, so the system is asked for chance once and not at each request; from there
/// SplitMix64 (Steele, Lea and Flood, 2014) goes through all 64-bit numbers before it comes back to one.
func freshRequestID() -> String {
  var bits = requestIDs.wrappingAdd(0x9E37_79B9_7F4A_7C15, ordering: .relaxed).newValue
  bits = (bits ^ bits >> 30) &* 0xBF58_476D_1CE4_E5B9
  bits = (bits ^ bits >> 27) &* 0x94D0_49BB_1331_11EB
  bits ^= bits >> 31
  return String(unsafeUninitializedCapacity: 16) { text in
    for place in 0..<16 {
      let digit = UInt8(truncatingIfNeeded: bits >> (60 - 4 * place) & 15)
      text[place] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
    }
    return 16
  }
}

private let requestIDs = Atomic(UInt64.random(in: .min ... .max))
