/// Reads a text of ASCII from its beginning; what does not fit is left where it is.
struct TextReader {
  private(set) var bytes: ArraySlice<UInt8>

  init(_ bytes: some Sequence<UInt8>) { self.bytes = ArraySlice(bytes) }

  var isAtEnd: Bool { bytes.isEmpty }

  mutating func take(_ text: StaticString) -> Bool {
    let wanted = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
    guard bytes.starts(with: wanted) else { return false }
    bytes = bytes.dropFirst(wanted.count)
    return true
  }

  /// `+` or `-`, as 1 or -1.
  mutating func sign() -> Int? { take("+") ? 1 : take("-") ? -1 : nil }

  /// A number of exactly so many digits.
  mutating func digits(_ count: Int) -> Int? {
    guard bytes.prefix(count).count(where: \.isDigit) == count else { return nil }
    return number(upTo: count)
  }

  /// A number of one digit up to so many, at most 18.
  mutating func number(upTo count: Int) -> Int? {
    let digits = bytes.prefix(count).prefix(while: \.isDigit)
    guard !digits.isEmpty else { return nil }
    bytes = bytes.dropFirst(digits.count)
    return digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
  }

  mutating func prefix(while belongs: (UInt8) -> Bool) -> ArraySlice<UInt8> {
    let taken = bytes.prefix(while: belongs)
    bytes = bytes.dropFirst(taken.count)
    return taken
  }
}

extension UInt8 {
  var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }

  var isLetter: Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self | 0x20) }
}
