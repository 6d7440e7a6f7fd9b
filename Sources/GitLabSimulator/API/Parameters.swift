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
      for pair in query { add(pair) }
    }
    guard !request.body.isEmpty else { return }
    if request.head.headerFields[.contentType]?.hasPrefix("application/json") == true {
      guard let body = try? JSONValue.parse(request.body), let object = body.object else {
        throw .parameter("message body does not match declared format")
      }
      for member in object.members { values[member.name] = member.value }
    } else {
      for pair in PercentCoding.pairs(Substring(decoding: request.body, as: UTF8.self)) { add(pair) }
    }
  }

  /// `a=1`, `a[]=1`, `a[b]=1` and `a[][b]=1`, as Rack reads them: a name that an element has already begins the next element.
  private mutating func add(_ pair: (name: String, value: String)) {
    let parts = pair.name.split(separator: "[", omittingEmptySubsequences: false)
    let keys = parts.dropFirst().map { String($0.hasSuffix("]") ? $0.dropLast() : $0) }
    let name = String(parts.first ?? "")
    switch (keys.count, keys.first) {
    case (1, ""): values[name] = .array((values[name]?.array ?? []) + [.string(pair.value)])
    case (2, ""):
      var elements = values[name]?.array ?? []
      var last = elements.last?.object ?? JSONObject()
      if last[keys[1]] == nil, !elements.isEmpty { elements.removeLast() } else { last = JSONObject() }
      last[keys[1]] = .string(pair.value)
      values[name] = .array(elements + [.object(last)])
    case (1, let key?):
      var object = values[name]?.object ?? JSONObject()
      object[key] = .string(pair.value)
      values[name] = .object(object)
    default: values[pair.name] = .string(pair.value)
    }
  }

  /// Whether the request names it at all; JSON's null counts.
  func has(_ name: String) -> Bool { values[name] != nil }

  /// A list of hashes, which is what `Array` with a block means to GitLab's API framework; nil where it is not named.
  func hashes(_ name: String) throws(APIError) -> [JSONObject]? {
    guard let value = values[name] else { return nil }
    guard let array = value.array else { throw .parameter("\(name) is invalid") }
    var hashes: [JSONObject] = []
    for element in array {
      guard let object = element.object else { throw .parameter("\(name) is invalid") }
      hashes.append(object)
    }
    return hashes
  }

  /// A list of texts; nil where it is not named.
  func texts(_ name: String) throws(APIError) -> [String]? {
    guard let value = values[name] else { return nil }
    guard let array = value.array else { throw .parameter("\(name) is invalid") }
    return array.compactMap(Parameters.text)
  }

  func text(_ name: String) -> String? { values[name].flatMap(Parameters.text) }

  private static func text(_ value: JSONValue) -> String? {
    switch value {
    case .string(let text): text
    case .integer(let number): String(number)
    case .bool(let flag): flag ? "true" : "false"
    default: nil
    }
  }

  func flag(_ name: String) -> Bool { text(name) == "true" }

  /// A flag that may be left out. The framework knows a few more words for yes and no.
  func optionalFlag(_ name: String) throws(APIError) -> Bool? {
    guard let text = text(name) else { return nil }
    guard let flag = Parameters.flag(text) else { throw .parameter("\(name) is invalid") }
    return flag
  }

  static func flag(_ text: String) -> Bool? {
    switch text.lowercased() {
    case "true", "t", "yes", "y", "on", "1": true
    case "false", "f", "no", "n", "off", "0": false
    default: nil
    }
  }

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
