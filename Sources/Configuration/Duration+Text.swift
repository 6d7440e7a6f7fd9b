extension Duration {
  /// Reads `1s`, `5m`, `72h` or `90d`: one whole number of at most nine digits and one unit. Nil for anything else.
  package init?(text: String) {
    let bytes = text.utf8
    guard (2...10).contains(bytes.count), let unit = Self.units.first(where: { $0.letter == bytes.last }) else { return nil }
    var number: Int64 = 0
    for byte in bytes.dropLast() {
      guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
      number = number * 10 + Int64(byte - UInt8(ascii: "0"))
    }
    self = .seconds(number * unit.seconds)
  }

  /// As the configuration writes it, in the largest unit that has no remainder.
  var configurationText: String {
    let seconds = components.seconds
    let unit = Self.units.first { seconds != 0 && seconds % $0.seconds == 0 } ?? (UInt8(ascii: "s"), 1)
    return "\(seconds / unit.seconds)\(Character(Unicode.Scalar(unit.letter)))"
  }

  private static let units: [(letter: UInt8, seconds: Int64)] = [
    (UInt8(ascii: "d"), 86_400), (UInt8(ascii: "h"), 3_600), (UInt8(ascii: "m"), 60), (UInt8(ascii: "s"), 1),
  ]
}
