internal import Glibc
internal import JSON

extension WebhookBody {
  /// The body as it is kept on disk, with no secret in it: values of CI variables, members that are named like a secret, passwords in
  /// URLs, and the given secrets of the instance wherever they stand, each replaced by `[REDACTED]`.
  ///
  /// The very bytes that came in when there is nothing to hide; else the same JSON, written anew.
  package func redacted(hiding secrets: [String]) -> [UInt8] {
    let redaction = Redaction(secrets: secrets.filter { $0.utf8.count >= Limits.shortestSecretBytes })
    let kept = redaction.redacted(value)?.bytes ?? bytes
    // A secret that is a number, or stands inside a number, is no text to the walk above.
    return redaction.isFree(kept) ? kept : JSONValue.string(Redaction.mark).bytes
  }
}

/// One walk through a JSON value. Everything returns nil for "nothing to hide here", so that the usual body costs no allocation.
private struct Redaction {
  static let mark = "[REDACTED]"
  let secrets: [String]

  func redacted(_ value: JSONValue) -> JSONValue? {
    switch value {
    case .null, .bool, .integer, .number: return nil
    case .string(let text): return redacted(text).map(JSONValue.string)
    case .array(let elements):
      var changed: [JSONValue]?
      for (index, element) in elements.enumerated() {
        guard let hidden = redacted(element) else { continue }
        changed = changed ?? elements
        changed?[index] = hidden
      }
      return changed.map(JSONValue.array)
    case .object(let object): return redacted(object).map(JSONValue.object)
    }
  }

  private func redacted(_ object: JSONObject) -> JSONObject? {
    var changed: [(name: String, value: JSONValue)]?
    for (index, member) in object.members.enumerated() {
      let name = redacted(member.name)
      let value = redacted(member.value, named: member.name)
      guard name != nil || value != nil else { continue }
      changed = changed ?? object.members
      changed?[index] = (name ?? member.name, value ?? member.value)
    }
    return changed.map { JSONObject(members: $0) }
  }

  private func redacted(_ value: JSONValue, named name: String) -> JSONValue? {
    if isSecret(name: name) { return hidden(value) }
    if name == "variables" { return variables(value) }
    return redacted(value)
  }

  /// `[{"key": …, "value": …}]` as GitLab sends them, or `{"KEY": "value"}` as a custom template might.
  private func variables(_ value: JSONValue) -> JSONValue? {
    switch value {
    case .array(let elements):
      return .array(
        elements.map { element in
          guard case .object(var variable) = element else { return hidden(element) ?? element }
          if let value = variable["value"], let hidden = hidden(value) { variable["value"] = hidden }
          return .object(redacted(variable) ?? variable)
        })
    case .object(let object): return .object(JSONObject(members: object.members.map { ($0.name, hidden($0.value) ?? $0.value) }))
    default: return hidden(value)
    }
  }

  /// Whether something is there at all is no secret; what it is, is.
  private func hidden(_ value: JSONValue) -> JSONValue? {
    switch value {
    case .null, .bool: nil
    case .string(let text) where text.isEmpty || text == Self.mark: nil
    default: .string(Self.mark)
    }
  }

  private func isSecret(name: String) -> Bool {
    guard name.utf8.count <= 64 else { return false }
    let plain = name.lowercased().replacing("-", with: "_")
    return Self.names.contains(plain) || Self.endings.contains { plain.hasSuffix($0) }
  }

  private static let names: Set<String> = [
    "token", "secret", "password", "passwd", "authorization", "credentials", "api_key", "apikey", "private_key", "x_gitlab_token",
  ]
  private static let endings = ["_token", "_secret", "_password"]

  private func redacted(_ text: String) -> String? {
    var text = text
    var changed = false
    for secret in secrets where contains(text, secret) {
      text = text.replacing(secret, with: Self.mark)
      changed = true
    }
    if contains(text, "://"), contains(text, "@"), let safe = withoutPasswords(text) { return safe }
    return changed ? text : nil
  }

  /// Hides what stands between `://` and `@` (RFC 3986 §3.2.1). A bare name before a host that is not a web server is none: `ssh://git@`.
  private func withoutPasswords(_ text: String) -> String? {
    var safe = ""
    var rest = text[...]
    var changed = false
    while let start = rest.firstRange(of: "://") {
      let scheme = rest[..<start.lowerBound].suffix(5).lowercased()
      safe += rest[..<start.upperBound]
      rest = rest[start.upperBound...]
      let authority = rest.prefix { !"/?#\"'<> \n\t".contains($0) }
      guard let at = authority.lastIndex(of: "@") else { continue }
      let user = authority[..<at]
      guard user != Self.mark, user.contains(":") || scheme.hasSuffix("http") || scheme.hasSuffix("https") else { continue }
      safe += Self.mark
      rest = rest[at...]
      changed = true
    }
    return changed ? safe + rest : nil
  }

  func isFree(_ bytes: [UInt8]) -> Bool {
    bytes.withUnsafeBytes { buffer in !secrets.contains { found($0, in: buffer) } }
  }

  private func contains(_ text: String, _ part: String) -> Bool {
    text.utf8.withContiguousStorageIfAvailable { found(part, in: UnsafeRawBufferPointer($0)) } ?? text.contains(part)
  }

  private func found(_ part: String, in buffer: UnsafeRawBufferPointer) -> Bool {
    var part = part
    return part.withUTF8 { wanted in
      guard let first = wanted.first, let bytes = wanted.baseAddress, var start = buffer.baseAddress else { return false }
      let end = start + buffer.count
      while end - start >= wanted.count, let candidate = memchr(start, Int32(first), end - start - wanted.count + 1) {
        if memcmp(candidate, bytes, wanted.count) == 0 { return true }
        start = UnsafeRawPointer(candidate) + 1
      }
      return false
    }
  }
}
