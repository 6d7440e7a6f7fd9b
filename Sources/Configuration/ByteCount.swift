/// Sizes as the configuration writes them: `64KiB`, `25MiB`, `1GiB`.
enum ByteCount {
  private static let units = [(name: "GiB", bytes: 1 << 30), (name: "MiB", bytes: 1 << 20), (name: "KiB", bytes: 1 << 10)]

  /// One whole number of at most six digits and one unit. Nil for anything else.
  static func read(_ text: String) -> Int? {
    guard let unit = units.first(where: { text.hasSuffix($0.name) }) else { return nil }
    let digits = text.utf8.dropLast(unit.name.utf8.count)
    guard (1...6).contains(digits.count), digits.allSatisfy(\.isDigit), let number = Int(Substring(digits)) else { return nil }
    return number * unit.bytes
  }

  /// In the largest unit that has no remainder.
  static func text(_ bytes: Int) -> String {
    guard let unit = units.first(where: { bytes % $0.bytes == 0 }) else { return "\(bytes) bytes" }
    return "\(bytes / unit.bytes)\(unit.name)"
  }
}
