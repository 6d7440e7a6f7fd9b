/// One of the five fields, as numbers that it lets through: bit `n` stands for `n`.
struct CronField: Sendable, Hashable {
  let bits: UInt64
  /// Whether it begins with `*`. That decides how the two fields for days go together, also with a step: so cron has it since Vixie's.
  let isStarred: Bool

  func contains(_ number: Int) -> Bool { bits & 1 << number != 0 }

  /// The least number from `number` on.
  func first(from number: Int) -> Int? {
    let rest = number < 64 ? bits & (~0 << number) : 0
    return rest == 0 ? nil : rest.trailingZeroBitCount
  }

  /// The greatest number up to `number`, itself included.
  func last(upTo number: Int) -> Int? {
    let rest = number < 0 ? 0 : bits & ~(~0 << (number + 1))
    return rest == 0 ? nil : 63 - rest.leadingZeroBitCount
  }
}

extension CronField {
  /// What a field may say.
  struct Kind: Sendable {
    var name: String
    var numbers: ClosedRange<Int>
    /// Of the numbers from the first on.
    var names: [String] = []

    static let minute = Kind(name: "minute", numbers: 0...59)
    static let hour = Kind(name: "hour", numbers: 0...23)
    static let dayOfMonth = Kind(name: "day of month", numbers: 1...31)
    static let month = Kind(
      name: "month", numbers: 1...12, names: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"])
    /// Sunday is 0 and 7.
    static let dayOfWeek = Kind(name: "day of week", numbers: 0...7, names: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"])
    static let all = [minute, hour, dayOfMonth, month, dayOfWeek]

    var allowed: String {
      let words = [names.first, names.last].compactMap(\.self).joined(separator: "-")
      return "\(numbers.lowerBound)-\(numbers.upperBound)" + (words.isEmpty ? "" : " or \(words)")
        + (name == Kind.dayOfWeek.name ? ", Sunday being 0 and 7" : "")
    }
  }

  /// Reads a list of `*`, numbers, names and ranges, each of which but the single ones may have a step: `*/15`, `1-5`, `mon-fri`, `8-18/2,22`.
  init(_ text: Substring, _ kind: Kind) throws(CronFault) {
    var bits: UInt64 = 0
    for item in text.split(separator: ",", omittingEmptySubsequences: false) {
      let parts = item.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
      let range = try CronField.range(parts[0], kind, in: text)
      guard parts.count == 2 else {
        for number in range { bits |= 1 << number }
        continue
      }
      guard parts[0] == "*" || parts[0].contains("-") else { throw .field(kind.name, String(text), .stepWithoutRange) }
      var reader = TextReader(parts[1].utf8)
      guard let step = reader.number(upTo: 3), reader.isAtEnd, (1..<kind.numbers.count).contains(step) else {
        throw .field(kind.name, String(text), .step(1...kind.numbers.count - 1))
      }
      for number in stride(from: range.lowerBound, through: range.upperBound, by: step) { bits |= 1 << number }
    }
    if kind.names.first == "sun", bits & 1 << 7 != 0 { bits = bits & 0x7F | 1 }
    self.init(bits: bits, isStarred: text.hasPrefix("*"))
  }

  private static func range(_ text: Substring, _ kind: Kind, in field: Substring) throws(CronFault) -> ClosedRange<Int> {
    // Sunday is counted once here, lest a step that goes by sevens count it twice.
    if text == "*" { return kind.names.first == "sun" ? 0...6 : kind.numbers }
    let ends = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
    guard let low = kind.number(ends[0]), var high = ends.count == 2 ? kind.number(ends[1]) : low else {
      throw .field(kind.name, String(field), .value(kind.allowed))
    }
    // A week may end on Sunday: `fri-sun`.
    if ends.count == 2, high == 0, low > 0, kind.names.first == "sun" { high = 7 }
    guard low <= high else { throw .field(kind.name, String(field), .backwards) }
    return low...high
  }
}

extension CronField.Kind {
  fileprivate func number(_ text: Substring) -> Int? {
    if let index = names.firstIndex(of: text.lowercased()) { return index + numbers.lowerBound }
    var reader = TextReader(text.utf8)
    guard let number = reader.number(upTo: 3), reader.isAtEnd, numbers.contains(number) else { return nil }
    return number
  }
}
