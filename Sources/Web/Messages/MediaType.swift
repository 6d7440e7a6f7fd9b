internal import HTTPTypes

extension HTTPFields {
  /// Whether a request says that its body is JSON (RFC 8259). One that says nothing is taken at its body's word.
  var allowJSON: Bool {
    if let coding = self[.contentEncoding], coding.lowercased() != "identity" { return false }
    guard let type = self[.contentType] else { return true }
    let parts = type.split(separator: ";", omittingEmptySubsequences: false).map { $0.trimmed.lowercased() }
    guard parts[0] == "application/json" else { return false }
    // JSON is UTF-8 and has no charset; clients that name it all the same are right, unless they name another.
    return parts.dropFirst().allSatisfy { !$0.hasPrefix("charset=") || $0 == "charset=utf-8" || $0 == "charset=\"utf-8\"" }
  }

  /// Whether a request says that its body is a form (WHATWG URL §5).
  var announceForm: Bool {
    if let coding = self[.contentEncoding], coding.lowercased() != "identity" { return false }
    guard let type = self[.contentType] else { return false }
    return type.prefix { $0 != ";" }.trimmed.lowercased() == "application/x-www-form-urlencoded"
  }

  /// What separates the parts of a body that says to be a form in parts (RFC 7578 §4.1): 1 to 70 characters (RFC 2046 §5.1.1). Nil for every other.
  var multipartBoundary: String? {
    if let coding = self[.contentEncoding], coding.lowercased() != "identity" { return nil }
    let parts = (self[.contentType] ?? "").split(separator: ";").map(\.trimmed)
    guard parts.first?.lowercased() == "multipart/form-data" else { return nil }
    let named = parts.dropFirst().first { $0.lowercased().hasPrefix("boundary=") }
    guard var boundary = named?.dropFirst("boundary=".count) else { return nil }
    if boundary.count > 1, boundary.first == "\"", boundary.last == "\"" { boundary = boundary.dropFirst().dropLast() }
    return (1...70).contains(boundary.utf8.count) ? String(boundary) : nil
  }

  /// Whether a body comes with this head (RFC 9112 §6.3).
  var announceContent: Bool { contains(.contentLength) || contains(.transferEncoding) }
}
