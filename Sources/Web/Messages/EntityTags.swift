internal import HTTPTypes

/// The value of `If-Match` or `If-None-Match` (RFC 9110 §13.1): any, or a list of entity tags.
enum EntityTags: Sendable, Hashable {
  case any
  case list([Tag])

  struct Tag: Sendable, Hashable {
    var isWeak: Bool
    /// What stands between the quotation marks.
    var opaque: String

    /// The revision that a tag of ours stands for; nil for one that was never ours, and for a weak one: ours are strong.
    var revision: Int64? {
      guard !isWeak, opaque.utf8.count <= 19, opaque.utf8.allSatisfy(\.isDigit) else { return nil }
      return Int64(opaque)
    }
  }

  /// A strong tag: the same revision is the same change request.
  static func tag(of revision: Int64) -> String { "\"\(revision)\"" }

  /// Nil when the value is neither `*` nor a list of entity tags.
  init?(_ value: String) {
    if value == "*" {
      self = .any
      return
    }
    var rest = Substring(value).utf8
    var tags: [Tag] = []
    while true {
      rest = rest.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") || $0 == UInt8(ascii: ",") }
      if rest.isEmpty { break }
      let isWeak = rest.starts(with: "W/".utf8)
      if isWeak { rest = rest.dropFirst(2) }
      guard rest.first == UInt8(ascii: "\"") else { return nil }
      let opaque = rest.dropFirst().prefix { $0 != UInt8(ascii: "\"") }
      guard opaque.allSatisfy({ $0 > 0x20 && $0 != 0x7F }), opaque.endIndex < rest.endIndex, tags.count < Limits.entityTags else {
        return nil
      }
      tags.append(Tag(isWeak: isWeak, opaque: String(Substring(opaque))))
      rest = rest[rest.index(after: opaque.endIndex)...].drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
      guard rest.isEmpty || rest.first == UInt8(ascii: ",") else { return nil }
    }
    guard !tags.isEmpty else { return nil }
    self = .list(tags)
  }

  /// Whether a copy with one of these tags is still good, by the weak comparison that `If-None-Match` asks for (RFC 9110 §13.1.2).
  func matchesWeakly(_ revision: Int64) -> Bool {
    switch self {
    case .any: true
    case .list(let tags): tags.contains { $0.opaque == String(revision) }
    }
  }
}
