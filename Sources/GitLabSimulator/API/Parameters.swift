internal import HTTPMessages
internal import HTTPTypes
internal import JSON

/// The parameters of one request: query and body together, as GitLab's API framework hands them on.
struct Parameters {
  private(set) var query: [(name: String, value: String)] = []
  private var values: [String: JSONValue] = [:]

  init(_ request: Request) throws(APIError) {
    if let path = request.head.path, let mark = path.firstIndex(of: "?") {
      query = PercentCoding.pairs(path[path.index(after: mark)...])
      for pair in query { values[pair.name] = .string(pair.value) }
    }
    guard !request.body.isEmpty else { return }
    if request.head.headerFields[.contentType]?.hasPrefix("application/json") == true {
      guard let body = try? JSONValue.parse(request.body), let object = body.object else {
        throw .parameter("message body does not match declared format")
      }
      for member in object.members { values[member.name] = member.value }
    } else {
      for pair in PercentCoding.pairs(Substring(decoding: request.body, as: UTF8.self)) { values[pair.name] = .string(pair.value) }
    }
  }

  func text(_ name: String) -> String? {
    switch values[name] {
    case .string(let text): text
    case .integer(let number): String(number)
    case .bool(let flag): flag ? "true" : "false"
    default: nil
    }
  }

  func flag(_ name: String) -> Bool { text(name) == "true" }

  func number(_ name: String) throws(APIError) -> Int? {
    guard let text = text(name) else { return nil }
    guard let number = Int(text) else { throw .parameter("\(name) is invalid") }
    return number
  }

  /// One of the allowed words, or the error that the framework gives.
  func choice(_ name: String, _ allowed: [String]) throws(APIError) -> String? {
    guard let text = text(name) else { return nil }
    guard allowed.contains(text) else { throw .parameter("\(name) does not have a valid value") }
    return text
  }
}

/// Percent-encoding (RFC 3986 §2.1) and the form encoding of queries.
enum PercentCoding {
  static func decode(_ text: some StringProtocol, plusIsSpace: Bool = false) -> String {
    var out: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "%"), rest.count >= 2, let code = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) {
        out.append(code)
        rest = rest.dropFirst(2)
      } else {
        out.append(plusIsSpace && byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
      }
    }
    return String(decoding: out, as: UTF8.self)
  }

  static func encode(_ text: String) -> String {
    let plain = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~".utf8)
    return text.utf8.reduce(into: "") { out, byte in
      if plain.contains(byte) { out.unicodeScalars.append(Unicode.Scalar(byte)) } else { out += "%" + hexadecimal([byte]).uppercased() }
    }
  }

  static func pairs(_ text: Substring) -> [(name: String, value: String)] {
    text.split(separator: "&").map { pair in
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      return (decode(parts[0], plusIsSpace: true), parts.count > 1 ? decode(parts[1], plusIsSpace: true) : "")
    }
  }
}
