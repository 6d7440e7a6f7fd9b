/// A path such as `/api/v1/changes/{key}`: literal segments, and places that any one segment fills.
struct PathPattern: Sendable, Hashable, ExpressibleByStringLiteral {
  /// Nil stands for `{…}`.
  private var segments: [String?]

  init(stringLiteral text: String) {
    segments = text.dropFirst().split(separator: "/").map { $0.hasPrefix("{") ? nil : String($0) }
  }

  /// The same path below `/name/{…}`.
  func below(_ name: String) -> PathPattern {
    var pattern = self
    pattern.segments.insert(contentsOf: [name, nil], at: 0)
    return pattern
  }

  /// What fills the places, or nil when the path is another. An empty segment fills none.
  func parameters(in path: [String]) -> [String]? {
    guard path.count == segments.count else { return nil }
    var parameters: [String] = []
    for (segment, found) in zip(segments, path) {
      if let segment {
        guard segment == found else { return nil }
      } else {
        guard !found.isEmpty else { return nil }
        parameters.append(found)
      }
    }
    return parameters
  }
}
