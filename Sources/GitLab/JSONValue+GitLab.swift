internal import Calendar
internal import ChangeControl
internal import JSON

/// Reading GitLab's JSON: members may be missing or null everywhere, texts are bounded, ids are positive.
extension JSONValue {
  func id(_ name: String) -> Int64? { self[name]?.integer.flatMap { $0 > 0 ? $0 : nil } }

  /// A text that is there and says something.
  func text(_ name: String, limit: Int = Limits.title) -> String? {
    guard let text = self[name]?.string, !text.isEmpty else { return nil }
    return text.bounded(to: limit)
  }

  /// An address that a page may link to. Anything but http and https is left out, and so is one too long to be kept whole.
  func url(_ name: String) -> String? {
    guard let text = self[name]?.string, text.utf8.count <= Limits.urlBytes, text.hasPrefix("https://") || text.hasPrefix("http://"),
      text.unicodeScalars.allSatisfy({ $0.isPrintable && $0 != " " })
    else { return nil }
    return text
  }

  func instant(_ name: String) -> Instant? { self[name]?.string.flatMap { Instant(iso8601: $0) } }

  /// `{id, username, name}`; nil when GitLab does not say who it is.
  var person: Person? {
    guard let id = id("id"), let username = text("username") else { return nil }
    return Person(id: id, username: username, name: text("name") ?? username)
  }

  /// `{id, path_with_namespace, web_url}`; nil without an id or a path.
  var project: Project? {
    guard let id = id("id"), let path = text("path_with_namespace", limit: Limits.urlBytes) else { return nil }
    return Project(id: id, path: path, webURL: url("web_url"))
  }
}
