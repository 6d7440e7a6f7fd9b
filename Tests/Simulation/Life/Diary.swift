import Glibc

/// What happened, for whoever has to find out why, and its digest.
struct Diary {
  static let kept = 80

  /// Whether everything is told as it happens.
  var isAloud = false
  private(set) var last: [String] = []
  /// FNV-1a: it has to tell two lives apart, and nobody means harm.
  private(set) var digest: UInt64 = 0xCBF2_9CE4_8422_2325

  mutating func note(_ text: String, at time: Int64) {
    let line = "\(Diary.clock(time)) \(text)"
    for byte in line.utf8 { digest = (digest ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
    if isAloud {
      print("    \(line)")
      // Whatever stops the process next, this was said.
      fflush(nil)
    }
    last.append(line)
    if last.count >= 2 * Diary.kept { last.removeFirst(last.count - Diary.kept) }
  }

  /// Minutes, seconds and milliseconds of the life.
  private static func clock(_ time: Int64) -> String {
    let since = time - Options.start
    func padded(_ number: Int64, _ width: Int) -> String {
      let digits = String(number)
      return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
    return "\(padded(since / 60_000, 3)):\(padded(since / 1_000 % 60, 2)).\(padded(since % 1_000, 3))"
  }
}
