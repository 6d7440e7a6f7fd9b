internal import Calendar
internal import ChangeControl
internal import JSON

/// The members of a body, each known. Reads them as what they must be. JSON null counts as missing.
struct JSONMembers: Sendable {
  private let object: JSONObject

  /// Throws 400 for what is not JSON, 422 for what is no object or has a member that is not `known`.
  init(_ body: [UInt8], known: [String]) throws(Fault) {
    guard !body.isEmpty else { throw .notJSON("it is empty; send an object with \(known.joined(separator: ", "))") }
    let value: JSONValue
    do { value = try JSONValue.parse(body, maximumValues: Limits.bodyValues) } catch { throw .unreadable(error) }
    guard let object = value.object else { throw .invalidBody("must be an object with \(known.joined(separator: ", "))") }
    for member in object.members where !known.contains(member.name) {
      throw .unknownMember(String(member.name.prefix(Limits.name)), known: known)
    }
    // Two readers of one body must not read two decisions.
    for name in known where object.members.count(where: { $0.name == name }) > 1 { throw .repeatedMember(name) }
    self.object = object
  }

  /// Whether it is there, be it null.
  func has(_ name: String) -> Bool { object[name] != nil }

  func isNull(_ name: String) -> Bool { object[name]?.isNull ?? true }

  /// A line of text, without white space at its ends. Nil when nothing is left.
  func line(_ name: String) throws(Fault) -> String? {
    try text(name, limit: Limits.name, allowing: [])
  }

  /// Text of several lines, without white space at its ends. Nil when nothing is left.
  func comment(_ name: String) throws(Fault) -> String? {
    try text(name, limit: Limits.comment, allowing: ["\n", "\r", "\t"])
  }

  /// One of a closed set. Throws when it is missing.
  func choice(_ name: String, of known: [String]) throws(Fault) -> String {
    let expecting = known.map { "\"\($0)\"" }.joined(separator: " or ")
    guard let value = object[name], !value.isNull else { throw .missingMember(name, expecting: expecting) }
    guard let text = value.string, known.contains(text) else { throw .invalidValue(name, "must be \(expecting)") }
    return text
  }

  /// A time. Nil when it is missing.
  func instant(_ name: String) throws(Fault) -> Instant? {
    guard !isNull(name) else { return nil }
    guard let instant = object[name]?.string.flatMap({ Instant(iso8601: $0) }) else {
      throw .invalidValue(
        name, "is no time; write ISO 8601 with its offset, such as \"2026-09-03T09:15:02Z\" or \"2026-09-03T09:15+02:00\", or a day")
    }
    return instant
  }

  private func text(_ name: String, limit: Int, allowing controls: [Unicode.Scalar]) throws(Fault) -> String? {
    guard let value = object[name], !value.isNull else { return nil }
    guard let text = value.string?.trimmed else { throw .invalidValue(name, "must be a text") }
    guard text.unicodeScalars.count <= limit else { throw .invalidValue(name, "is longer than \(limit) characters; shorten it") }
    guard !text.hasControls(besides: controls) else { throw .invalidValue(name, "has control characters in it; leave them out") }
    return text.isEmpty ? nil : text
  }
}
