/// A request target, taken apart: the path's segments, decoded once and after splitting (RFC 3986 §2.4), and the query as it came.
struct Target: Sendable, Hashable {
  var segments: [String]
  /// What follows the first `?`; nil when there is none.
  var query: String?
  /// The path as it came.
  var path: String

  /// - Parameter text: the target in origin form, `/path?query`.
  init(_ text: String) throws(Fault) {
    if text.utf8.contains(UInt8(ascii: "?")), let end = text.utf8.firstIndex(of: UInt8(ascii: "?")) {
      path = String(text[..<end])
      query = String(text[text.utf8.index(after: end)...])
    } else {
      path = text
    }
    guard path.utf8.first == UInt8(ascii: "/"), let segments = Target.segments(of: path) else { throw .malformedPath }
    self.segments = segments
  }

  /// Nil when one of them cannot be decoded, or holds what no name does.
  private static func segments(of path: String) -> [String]? {
    var path = path
    return path.withUTF8 { bytes in
      var segments: [String] = []
      // As many as any route has.
      segments.reserveCapacity(6)
      var start = 1
      for index in 1...bytes.count where index == bytes.count || bytes[index] == UInt8(ascii: "/") {
        let segment = bytes[start..<index]
        start = index + 1
        // Nearly all are plain, and what is plain needs no second look.
        if segment.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "%") }) {
          segments.append(String(decoding: segment, as: UTF8.self))
        } else {
          guard let decoded = segment.percentDecoded(), !decoded.hasControls() else { return nil }
          segments.append(decoded)
        }
      }
      return segments
    }
  }
}
