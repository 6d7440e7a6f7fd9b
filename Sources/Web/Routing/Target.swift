/// A request target, taken apart: the path's segments, decoded once and after splitting (RFC 3986 §2.4), and the query as it came.
struct Target: Sendable, Hashable {
  var segments: [String]
  /// What follows the first `?`; nil when there is none.
  var query: String?
  /// The path as it came.
  var path: String

  /// - Parameter text: the target in origin form, `/path?query`.
  init(_ text: String) throws(Fault) {
    let parts = Substring(text).utf8.split(separator: UInt8(ascii: "?"), maxSplits: 1, omittingEmptySubsequences: false)
    guard let path = parts.first, path.first == UInt8(ascii: "/") else { throw .malformedPath }
    self.path = String(Substring(path))
    query = parts.count > 1 ? String(Substring(parts[1])) : nil
    segments = []
    for segment in path.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
      guard let decoded = segment.percentDecoded(), !decoded.hasControls() else { throw .malformedPath }
      segments.append(decoded)
    }
  }
}
