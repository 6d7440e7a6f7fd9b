/// RFC 9112 read a second time, naively and with the whole input at hand, to hold the listener to: what it takes for a request has to be
/// one here too, with the same fields and the same body. Nothing is shared with the listener, or they would err together.
///
/// It knows framing and syntax, but no limits and no meanings: the listener may refuse what is accepted here, never the other way round.
struct StrictReading {
  struct Message: Equatable {
    var method: String
    var target: String
    /// Name and value of each field.
    var fields: [[String]]
    var body: [UInt8]
  }

  private(set) var rest: ArraySlice<UInt8>

  init(_ input: ArraySlice<UInt8>) { rest = input }

  /// The next message; nil where none stands, or not all of it. What comes behind that is not read.
  mutating func next() -> Message? {
    while rest.starts(with: [0x0D, 0x0A]) { rest.removeFirst(2) }
    guard let lines = lines(), let first = lines.first else { return nil }
    let parts = first.split(separator: 0x20, omittingEmptySubsequences: false).map { text($0) }
    guard parts.count == 3, (0...9).contains(where: { parts[2] == "HTTP/1.\($0)" }) else { return nil }
    let fields = lines.dropFirst().map(Self.field)
    guard !fields.contains(nil), let body = body(fields.compactMap(\.self), isVersion10: parts[2] == "HTTP/1.0") else { return nil }
    return Message(method: parts[0], target: parts[1], fields: fields.compactMap(\.self), body: Array(body))
  }

  /// RFC 9112 §6.3.
  private mutating func body(_ fields: [[String]], isVersion10: Bool) -> ArraySlice<UInt8>? {
    let codings = fields.filter { $0[0].lowercased() == "transfer-encoding" }.map { $0[1].lowercased() }
    let lengths = fields.filter { $0[0].lowercased() == "content-length" }.map { $0[1] }
    if codings.isEmpty, lengths.isEmpty { return [] }
    if codings == ["chunked"], lengths.isEmpty, !isVersion10 { return chunks() }
    guard codings.isEmpty, lengths.count == 1, lengths[0].utf8.allSatisfy({ (0x30...0x39).contains($0) }), let length = Int(lengths[0])
    else {
      return nil
    }
    return take(length)
  }

  /// RFC 9112 §7.1: the content of a chunked body whose last byte is there, which is read with its trailers.
  mutating func chunks() -> ArraySlice<UInt8>? {
    var content: ArraySlice<UInt8> = []
    while let line = line() {
      let digits = line.prefix { Character(Unicode.Scalar($0)).isHexDigit && $0 < 0x80 }
      let extensions = line[digits.endIndex...]
      let isExtended = extensions.first { $0 != 0x20 && $0 != 0x09 } == UInt8(ascii: ";") && extensions.allSatisfy(Self.isText)
      guard extensions.isEmpty || isExtended, let size = Int(text(digits), radix: 16) else { return nil }
      if size == 0 {
        guard let trailers = lines(), !trailers.map(Self.field).contains(nil) else { return nil }
        return content
      }
      guard let chunk = take(size), take(2) == [0x0D, 0x0A] else { return nil }
      content += chunk
    }
    return nil
  }

  private mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
    guard count <= rest.count else { return nil }
    defer { rest = rest.dropFirst(count) }
    return rest.prefix(count)
  }

  /// The lines before the next empty one.
  private mutating func lines() -> [ArraySlice<UInt8>]? {
    var lines: [ArraySlice<UInt8>] = []
    while let line = line() {
      if line.isEmpty { return lines }
      lines.append(line)
    }
    return nil
  }

  /// Up to CR LF, with neither CR nor LF in it (RFC 9112 §2.2).
  private mutating func line() -> ArraySlice<UInt8>? {
    let line = rest.prefix { $0 != 0x0D && $0 != 0x0A }
    rest = rest[line.endIndex...]
    return take(2) == [0x0D, 0x0A] ? line : nil
  }

  /// RFC 9112 §5: no space before the colon, none at the start of the line.
  private static func field(_ line: ArraySlice<UInt8>) -> [String]? {
    let name = line.prefix { $0 != UInt8(ascii: ":") }
    let symbols = Array("!#$%&'*+-.^_`|~".utf8)
    guard !name.isEmpty, name.endIndex < line.endIndex, name.allSatisfy({ isAlphanumeric($0) || symbols.contains($0) }) else { return nil }
    var value = line[(name.endIndex + 1)...]
    guard value.allSatisfy(isText) else { return nil }
    while let last = value.last, last == 0x20 || last == 0x09 { value.removeLast() }
    return [String(decoding: name, as: UTF8.self), String(decoding: value.drop { $0 == 0x20 || $0 == 0x09 }, as: UTF8.self)]
  }

  private static func isAlphanumeric(_ octet: UInt8) -> Bool {
    (0x30...0x39).contains(octet) || (0x41...0x5A).contains(octet) || (0x61...0x7A).contains(octet)
  }

  private static func isText(_ octet: UInt8) -> Bool { octet >= 0x20 && octet != 0x7F || octet == 0x09 }

  private func text(_ octets: ArraySlice<UInt8>) -> String { String(decoding: octets, as: UTF8.self) }
}
