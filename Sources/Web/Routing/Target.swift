/// A request target, taken apart: the path's segments, decoded once and after splitting (RFC 3986 §2.4), and the query as it came.
struct Target: Sendable, Hashable {
  var segments: [String]
  /// What follows the first `?`; nil when there is none.
  var query: String?
  /// The path as it came.
  var path: String

  /// - Parameter text: the target in origin form, `/path?query`.
  init(_ text: String) throws(Fault) {
    let end = text.utf8.firstIndex(of: UInt8(ascii: "?"))
    path = String(text[..<(end ?? text.endIndex)])
    query = end.map { String(text[text.utf8.index(after: $0)...]) }
    segments = []
    guard path.utf8.first == UInt8(ascii: "/") else { throw .malformedPath }
    for segment in Array(path.utf8.dropFirst()).split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
      guard let decoded = segment.percentDecoded(), !decoded.hasControls() else { throw .malformedPath }
      segments.append(decoded)
    }
  }
}
