/// Why a text is not JSON. `offset` counts bytes from 0.
package struct JSONError: Error, Sendable, Hashable, CustomStringConvertible {
  package var reason: String
  package var offset: Int
  /// It may be JSON, but is more than is read: nested too deeply, or of too many values.
  package var isBeyondBounds = false

  package var description: String { "\(reason) at byte \(offset)" }
}

extension JSONValue {
  /// Reads one JSON text (RFC 8259), strictly: no comments, no trailing commas, no duplicate top-level values, UTF-8 only, and nothing nested
  /// deeper than `maximumDepth` or of more than `maximumValues`: a value takes up to a hundred bytes of memory, and may be two of the text.
  ///
  /// - Parameter names: where given, the only members of objects that are kept, at whatever depth. The others are read as strictly, and make no
  ///   values.
  package static func parse(
    _ bytes: [UInt8], only names: JSONNames? = nil, maximumDepth: Int = 64, maximumValues: Int = 1_000_000
  ) throws(JSONError) -> JSONValue {
    guard validatesAsUTF8(bytes) else { throw JSONError(reason: "the text is not UTF-8", offset: 0) }
    let result: Result<JSONValue, JSONError> = bytes.withUnsafeBufferPointer { buffer in
      var parser = JSONParser(bytes: buffer, names: names, depthLeft: maximumDepth, valuesLeft: maximumValues)
      do throws(JSONError) { return .success(try parser.document()) } catch { return .failure(error) }
    }
    return try result.get()
  }

  package static func parse(_ text: String) throws(JSONError) -> JSONValue { try parse(Array(text.utf8)) }

  private static func validatesAsUTF8(_ bytes: [UInt8]) -> Bool { (try? UTF8Span(validating: bytes.span)) != nil }
}

/// A recursive descent over bytes that are known to be UTF-8.
struct JSONParser {
  let bytes: UnsafeBufferPointer<UInt8>
  let names: JSONNames?
  var index = 0
  /// In a value that nobody asks for: what is returned for it means nothing.
  var isSkipping = false
  var depthLeft: Int
  var valuesLeft: Int

  mutating func document() throws(JSONError) -> JSONValue {
    skipWhitespace()
    let value = try value()
    skipWhitespace()
    guard index == bytes.count else { throw fail("something follows the value") }
    return value
  }

  func fail(_ reason: String) -> JSONError { JSONError(reason: reason, offset: index) }

  private mutating func skipWhitespace() {
    while index < bytes.count {
      switch bytes[index] {
      case 0x20, 0x09, 0x0A, 0x0D: index += 1
      default: return
      }
    }
  }

  private mutating func value() throws(JSONError) -> JSONValue {
    guard index < bytes.count else { throw fail("the text ends too early") }
    guard valuesLeft > 0 else { throw JSONError(reason: "more values than are read", offset: index, isBeyondBounds: true) }
    valuesLeft -= 1
    switch bytes[index] {
    case UInt8(ascii: "{"): return try object()
    case UInt8(ascii: "["): return try array()
    case UInt8(ascii: "\""): return .string(try string(isName: false) ?? "")
    case UInt8(ascii: "t"): return try literal("true", .bool(true))
    case UInt8(ascii: "f"): return try literal("false", .bool(false))
    case UInt8(ascii: "n"): return try literal("null", .null)
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
    default: throw fail("no JSON value starts here")
    }
  }

  private mutating func literal(_ word: StaticString, _ value: JSONValue) throws(JSONError) -> JSONValue {
    let count = word.utf8CodeUnitCount
    guard index + count <= bytes.count else { throw fail("the text ends too early") }
    for offset in 0..<count where bytes[index + offset] != word.utf8Start[offset] { throw fail("no JSON value starts here") }
    index += count
    return value
  }

  private mutating func enter() throws(JSONError) {
    guard depthLeft > 0 else { throw JSONError(reason: "nested too deeply", offset: index, isBeyondBounds: true) }
    depthLeft -= 1
  }

  private mutating func object() throws(JSONError) -> JSONValue {
    try enter()
    index += 1
    var object = JSONObject()
    skipWhitespace()
    if take(UInt8(ascii: "}")) {
      depthLeft += 1
      return .object(object)
    }
    if !isSkipping { object.reserveCapacity(8) }
    while true {
      skipWhitespace()
      guard index < bytes.count, bytes[index] == UInt8(ascii: "\"") else { throw fail("a member's name is missing") }
      let name = try string(isName: true)
      skipWhitespace()
      guard take(UInt8(ascii: ":")) else { throw fail("':' is missing") }
      skipWhitespace()
      if let name {
        object.append(name, try value())
      } else {
        try skip()
      }
      skipWhitespace()
      if take(UInt8(ascii: ",")) { continue }
      guard take(UInt8(ascii: "}")) else { throw fail("',' or '}' is missing") }
      depthLeft += 1
      return .object(object)
    }
  }

  private mutating func array() throws(JSONError) -> JSONValue {
    try enter()
    index += 1
    var elements: [JSONValue] = []
    skipWhitespace()
    if take(UInt8(ascii: "]")) {
      depthLeft += 1
      return .array(elements)
    }
    while true {
      skipWhitespace()
      let element = try value()
      if !isSkipping { elements.append(element) }
      skipWhitespace()
      if take(UInt8(ascii: ",")) { continue }
      guard take(UInt8(ascii: "]")) else { throw fail("',' or ']' is missing") }
      depthLeft += 1
      return .array(elements)
    }
  }

  private mutating func skip() throws(JSONError) {
    let wasSkipping = isSkipping
    isSkipping = true
    _ = try value()
    isSkipping = wasSkipping
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    guard index < bytes.count, bytes[index] == byte else { return false }
    index += 1
    return true
  }

  private mutating func number() throws(JSONError) -> JSONValue {
    let start = index
    var isInteger = true
    _ = take(UInt8(ascii: "-"))
    if !take(UInt8(ascii: "0")) { try digits() }
    if take(UInt8(ascii: ".")) {
      isInteger = false
      try digits()
    }
    if index < bytes.count, bytes[index] | 0x20 == UInt8(ascii: "e") {
      isInteger = false
      index += 1
      if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
      try digits()
    }
    let text = String(decoding: UnsafeBufferPointer(rebasing: bytes[start..<index]), as: UTF8.self)
    if isInteger, let integer = Int64(text) { return .integer(integer) }
    guard let number = Double(text), number.isFinite else { throw fail("a number is out of range") }
    return .number(number)
  }

  private mutating func digits() throws(JSONError) {
    let start = index
    while index < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[index]) { index += 1 }
    guard index > start else { throw fail("a digit is missing") }
  }
}
