/// Writes one JSON text (RFC 8259) as it is told, member by member: what others read, and nobody here, needs no tree of values first.
package struct JSONWriter: ~Copyable {
  /// Grows by doubling. An array's own appending would look at each piece whether the array is shared.
  private var buffer: UnsafeMutableBufferPointer<UInt8>
  private var count = 0
  /// Nothing stands yet in the object or array that is being written.
  private var isFirst = true

  package init(capacity: Int = 2_048) { buffer = .allocate(capacity: capacity) }

  deinit { buffer.deallocate() }

  package var bytes: [UInt8] { Array(buffer[..<count]) }

  /// An object: the text itself, or an element of an array. `members` writes what is in it.
  package mutating func object(_ members: (inout JSONWriter) throws -> Void) rethrows {
    separate()
    try enclose(in: "{", "}", members)
  }

  package mutating func object(_ name: StaticString, _ members: (inout JSONWriter) throws -> Void) rethrows {
    begin(name)
    try enclose(in: "{", "}", members)
  }

  /// A member that is an array; `elements` writes what is in it.
  package mutating func array(_ name: StaticString, _ elements: (inout JSONWriter) throws -> Void) rethrows {
    begin(name)
    try enclose(in: "[", "]", elements)
  }

  package mutating func member(_ name: StaticString, _ strings: [String]) {
    array(name) { json in
      for string in strings {
        json.separate()
        json.appendQuoted(string)
      }
    }
  }

  /// `nil` becomes JSON null.
  package mutating func member(_ name: StaticString, _ string: String?) {
    begin(name)
    if let string { appendQuoted(string) } else { append("null") }
  }

  package mutating func member(_ name: StaticString, _ integer: Int64?) {
    begin(name)
    if let integer { append(integer) } else { append("null") }
  }

  package mutating func member(_ name: StaticString, _ flag: Bool) {
    begin(name)
    append(flag ? "true" : "false")
  }

  package mutating func member(_ name: StaticString, _ value: JSONValue) {
    begin(name)
    append(value, sorted: false)
  }

  /// A value that is a tree already.
  package mutating func element(_ value: JSONValue) {
    separate()
    append(value, sorted: false)
  }

  /// Ends the text with its line.
  package mutating func endLine() { append(UInt8(ascii: "\n")) }
}

extension JSONWriter {
  /// - Parameter sorted: whether members come by name instead of in their own order.
  mutating func append(_ value: JSONValue, sorted: Bool) {
    switch value {
    case .null: append("null")
    case .bool(let value): append(value ? "true" : "false")
    case .integer(let value): append(value)
    case .number(let value):
      // JSON has no infinities (RFC 8259 §6); the parser never makes one.
      precondition(value.isFinite, "a JSON number is finite")
      append(text: "\(value)")
    case .string(let value): appendQuoted(value)
    case .array(let elements):
      enclose(in: "[", "]") { json in
        for element in elements {
          json.separate()
          json.append(element, sorted: sorted)
        }
      }
    case .object(let object):
      let members = sorted ? object.members.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) } : object.members
      enclose(in: "{", "}") { json in
        for member in members {
          json.separate()
          json.appendQuoted(member.name)
          json.append(UInt8(ascii: ":"))
          json.append(member.value, sorted: sorted)
        }
      }
    }
  }

  private mutating func enclose(
    in opening: Unicode.Scalar, _ closing: Unicode.Scalar, _ content: (inout JSONWriter) throws -> Void
  ) rethrows {
    append(UInt8(ascii: opening))
    isFirst = true
    try content(&self)
    append(UInt8(ascii: closing))
    isFirst = false
  }

  @inline(__always) private mutating func separate() {
    if !isFirst { append(UInt8(ascii: ",")) }
    isFirst = false
  }

  /// Names stand in the program and need no escape.
  private mutating func begin(_ name: StaticString) {
    separate()
    append(UInt8(ascii: "\""))
    append(name)
    append(UInt8(ascii: "\""))
    append(UInt8(ascii: ":"))
  }

  /// RFC 8259 §7: quotation mark, reverse solidus and the control characters must be escaped; nothing else is, so that most strings are copied
  /// as they are.
  private mutating func appendQuoted(_ string: String) {
    append(UInt8(ascii: "\""))
    var string = string
    string.withUTF8 { octets in
      var start = 0
      for index in 0..<octets.count where JSONWriter.needsEscape(octets[index]) {
        append(UnsafeBufferPointer(rebasing: octets[start..<index]))
        appendEscape(of: octets[index])
        start = index + 1
      }
      append(UnsafeBufferPointer(rebasing: octets[start...]))
    }
    append(UInt8(ascii: "\""))
  }

  private static func needsEscape(_ octet: UInt8) -> Bool {
    octet < 0x20 || octet == UInt8(ascii: "\"") || octet == UInt8(ascii: "\\") || octet == 0x7F
  }

  private mutating func appendEscape(of octet: UInt8) {
    switch octet {
    case UInt8(ascii: "\""): append("\\\"")
    case UInt8(ascii: "\\"): append("\\\\")
    case 0x0A: append("\\n")
    case 0x0D: append("\\r")
    case 0x09: append("\\t")
    default: append(text: octet < 0x10 ? "\\u000\(String(octet, radix: 16))" : "\\u00\(String(octet, radix: 16))")
    }
  }

  private mutating func append(_ integer: Int64) { append(text: String(integer)) }

  private mutating func append(text: String) {
    var text = text
    text.withUTF8 { append($0) }
  }

  private mutating func append(_ text: StaticString) {
    append(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  private mutating func append(_ octets: UnsafeBufferPointer<UInt8>) {
    if buffer.count - count < octets.count { grow(by: octets.count) }
    count = buffer[count...].update(fromContentsOf: octets)
  }

  @inline(__always) private mutating func append(_ octet: UInt8) {
    if buffer.count == count { grow(by: 1) }
    buffer[count] = octet
    count += 1
  }

  private mutating func grow(by room: Int) {
    let larger = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: max(2 * buffer.count, count + room))
    _ = larger.update(fromContentsOf: buffer[..<count])
    buffer.deallocate()
    buffer = larger
  }
}
