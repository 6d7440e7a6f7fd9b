/// The grammar of the two fields.
extension TrustedProxies.Field {
  /// Takes the last element off a list, without the blanks around it. Reads from the end, so that a quote which a client left open in front
  /// does not swallow what the proxy added behind it.
  func takeLast(of list: inout ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    guard !list.isEmpty else { return nil }
    var isQuoted = false
    for index in list.indices.reversed() {
      if self == .forwarded, list[index] == quote, !isEscaped(list, index) { isQuoted.toggle() }
      guard list[index] == UInt8(ascii: ","), !isQuoted else { continue }
      defer { list = list[..<index] }
      return trimmed(list[(index + 1)...])
    }
    defer { list = [] }
    return trimmed(list)
  }

  /// Whom the proxy names that added this element; nil where it names no address.
  func address(in element: ArraySlice<UInt8>) -> IPAddress? {
    switch self {
    case .xForwardedFor:
      // Nobody wrote down what may stand here. An IPv6 address stands without brackets, or with them and a port.
      return IPAddress(String(decoding: element, as: UTF8.self)) ?? node(element)
    case .forwarded:
      guard let parameters = ForwardedElement(element) else { return nil }
      return parameters.for.flatMap { node($0[...]) }
    }
  }

  /// `192.0.2.7`, `192.0.2.7:80`, `[2001:db8::7]`, `[2001:db8::7]:80` (RFC 7239 §6). A name in place of the address has none.
  private func node(_ bytes: ArraySlice<UInt8>) -> IPAddress? {
    var host = bytes
    var port: ArraySlice<UInt8>?
    let bracket = bytes.lastIndex(of: UInt8(ascii: "]"))
    if let colon = bytes[(bracket ?? bytes.startIndex)...].lastIndex(of: UInt8(ascii: ":")) {
      host = bytes[..<colon]
      port = bytes[(colon + 1)...]
    }
    // The port may be a name that begins with an underline: nobody here asks for it.
    guard port.map({ !$0.isEmpty && $0.allSatisfy(ForwardedElement.isToken) }) ?? true else { return nil }
    if bracket != nil {
      guard host.first == UInt8(ascii: "["), host.last == UInt8(ascii: "]"), host.contains(UInt8(ascii: ":")) else { return nil }
      host = host.dropFirst().dropLast()
    } else {
      guard !host.contains(UInt8(ascii: ":")) else { return nil }
    }
    return IPAddress(String(decoding: host, as: UTF8.self))
  }
}

/// `for=192.0.2.7;proto=https`, one element of a Forwarded field (RFC 7239 §4).
private struct ForwardedElement {
  private(set) var `for`: [UInt8]?
  private var rest: ArraySlice<UInt8>

  /// Nil where it is malformed.
  init?(_ bytes: ArraySlice<UInt8>) {
    rest = bytes
    while true {
      skipBlanks()
      if let name = takeToken() {
        guard rest.first == UInt8(ascii: "=") else { return nil }
        rest.removeFirst()
        guard let value = rest.first == quote ? takeQuoted() : takeToken() else { return nil }
        if name.elementsEqual("for".utf8, by: { $0 | 0x20 == $1 }) {
          // Each parameter stands at most once in an element.
          guard self.for == nil else { return nil }
          self.for = value
        }
        skipBlanks()
      }
      guard let next = rest.popFirst() else { return }
      guard next == UInt8(ascii: ";") else { return nil }
    }
  }

  private mutating func skipBlanks() { rest = rest.drop(while: isBlank) }

  private mutating func takeToken() -> [UInt8]? {
    let token = rest.prefix(while: ForwardedElement.isToken)
    rest = rest[token.endIndex...]
    return token.isEmpty ? nil : Array(token)
  }

  /// RFC 9110 §5.6.4.
  private mutating func takeQuoted() -> [UInt8]? {
    rest.removeFirst()
    var text: [UInt8] = []
    while let byte = rest.popFirst() {
      if byte == quote { return text }
      guard byte == backslash else {
        text.append(byte)
        continue
      }
      guard let escaped = rest.popFirst() else { return nil }
      text.append(escaped)
    }
    return nil
  }

  /// RFC 9110 §5.6.2.
  static func isToken(_ byte: UInt8) -> Bool {
    isDigit(byte) || (0x61...0x7A).contains(byte | 0x20) || "!#$%&'*+-.^_`|~".utf8.contains(byte)
  }
}

private let quote = UInt8(ascii: "\"")
private let backslash = UInt8(ascii: "\\")

private func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

private func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
  var bytes = bytes.drop(while: isBlank)
  while let last = bytes.last, isBlank(last) { bytes.removeLast() }
  return bytes
}

/// Whether an odd number of backslashes stands before it.
private func isEscaped(_ bytes: ArraySlice<UInt8>, _ index: Int) -> Bool {
  !bytes[..<index].reversed().prefix { $0 == backslash }.count.isMultiple(of: 2)
}
