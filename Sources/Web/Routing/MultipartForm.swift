/// One field of a form.
struct FormField: Sendable, Hashable {
  var name: String
  var value: String
}

/// A body of `multipart/form-data` (RFC 7578), as `curl --form` and GitLab's documentation send it: texts, and no files.
enum MultipartForm {
  private static let lineEnd = Array("\r\n".utf8)

  /// Nil for what is not well formed, or has a part that is no text with a name.
  static func fields(of body: [UInt8], boundary: String) -> [FormField]? {
    let delimiter = lineEnd + Array("--\(boundary)".utf8)
    // What stands before the first boundary is nothing (RFC 2046 §5.1.1); the first line may have no line before it.
    var rest = (lineEnd + body)[...]
    guard let first = rest.firstRange(of: delimiter) else { return nil }
    rest = rest[first.upperBound...]
    var fields: [FormField] = []
    while !rest.starts(with: "--".utf8) {
      guard let line = rest.firstRange(of: lineEnd), rest[..<line.lowerBound].allSatisfy(isSpace),
        case let content = rest[line.lowerBound...], let end = content.firstRange(of: delimiter),
        let field = field(content[..<end.lowerBound])
      else { return nil }
      fields.append(field)
      rest = rest[end.upperBound...]
    }
    return fields
  }

  /// A part: a line end, its head, an empty line, its body.
  private static func field(_ part: ArraySlice<UInt8>) -> FormField? {
    guard let end = part.firstRange(of: lineEnd + lineEnd) else { return nil }
    let head = part[..<end.lowerBound].split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self).trimmed }
    guard let value = String(validating: part[end.upperBound...], as: UTF8.self) else { return nil }
    let dispositions = head.filter { $0.lowercased().hasPrefix("content-disposition:") }
    guard dispositions.count == 1, let name = name(in: dispositions[0]) else { return nil }
    return FormField(name: name, value: value)
  }

  /// `Content-Disposition: form-data; name="a"`. A file is none of ours.
  private static func name(in disposition: String) -> String? {
    let parts = disposition.dropFirst("content-disposition:".count).split(separator: ";").map(\.trimmed)
    guard parts.first?.lowercased() == "form-data", !parts.contains(where: { $0.lowercased().hasPrefix("filename") }),
      let quoted = parts.first(where: { $0.lowercased().hasPrefix("name=") })?.dropFirst("name=".count), quoted.count > 2,
      quoted.first == "\"", quoted.last == "\""
    else { return nil }
    let name = String(quoted.dropFirst().dropLast())
    // No name of this API has what a sender would have to write otherwise (RFC 7578 §2: `%22`, or a backslash by older ones).
    return name.contains { $0 == "\"" || $0 == "\\" || $0 == "%" } ? nil : name
  }

  private static func isSpace(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
}
