internal import JSON

extension WebhookBody {
  /// The body as it is kept on disk, with no secret in it: values of CI variables, members that are named like a secret, passwords in
  /// URLs, and the given secrets of the instance wherever they stand, each replaced by `[REDACTED]`.
  ///
  /// The very bytes that came in when there is nothing to hide; else the same JSON, written anew.
  package func redacted(hiding secrets: [String]) -> [UInt8] {
    let secrets = secrets.filter { $0.utf8.count >= Limits.shortestSecretBytes }
    let plain = secrets.filter { $0.isContained(in: bytes) }
    guard !plain.isEmpty || SecretSigns.mayStand(in: bytes) else { return bytes }
    return walked(hiding: secrets, plain)
  }

  /// - Parameter plain: those of the secrets that stand in the bytes as they are.
  func walked(hiding secrets: [String], _ plain: [String]) -> [UInt8] {
    // It is JSON, or there would be no body.
    guard let value = try? JSONValue.parse(bytes) else { return JSONValue.string(Redaction.mark).bytes }
    // Without a backslash every text in the body reads as it is written, so a secret that the bytes do not show is nowhere.
    let redaction = Redaction(secrets: "\\".isContained(in: bytes) ? secrets : plain)
    let kept = redaction.redacted(value)?.bytes ?? bytes
    // A secret that is a number, or stands inside one, is no text to the walk.
    return plain.contains { $0.isContained(in: kept) } ? JSONValue.string(Redaction.mark).bytes : kept
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
    let changed: JSONValue
    switch value {
    case .array(let elements): changed = .array(elements.map(variable))
    case .object(let object): changed = .object(JSONObject(members: object.members.map { (safe($0.name), hidden($0.value) ?? $0.value) }))
    default: return hidden(value)
    }
    // Not `? nil : changed`: among JSON values, nil is JSON's null.
    if changed == value { return nil }
    return changed
  }

  private func variable(_ element: JSONValue) -> JSONValue {
    guard case .object(let object) = element else { return hidden(element) ?? element }
    return .object(
      JSONObject(
        members: object.members.map { name, value in
          (safe(name), (name == "value" ? hidden(value) : redacted(value, named: name)) ?? value)
        }))
  }

  private func safe(_ name: String) -> String { redacted(name) ?? name }

  /// Whether something is there at all is no secret; what it is, is.
  private func hidden(_ value: JSONValue) -> JSONValue? {
    switch value {
    case .null, .bool: nil
    case .string(let text) where text.isEmpty || text == Self.mark: nil
    default: .string(Self.mark)
    }
  }

  /// Whether the name is one of these words, or ends in `_` and one of them; case and `-` for `_` make no difference.
  private func isSecret(name: String) -> Bool {
    name.utf8.withContiguousStorageIfAvailable { name in
      SecretSigns.words.contains { word in
        let start = name.count - word.utf8CodeUnitCount
        return SecretSigns.ends(name[...], with: word) && (start == 0 || SecretSigns.plain(name[start - 1]) == UInt8(ascii: "_"))
      }
    } ?? true
  }

  private func redacted(_ text: String) -> String? {
    var text = text
    var changed = false
    for secret in secrets where text.utf8Contains(secret) {
      // Scalar by scalar: what combines with the secret's last letter would hide it among characters.
      text = String(text.unicodeScalars.replacing(secret.unicodeScalars, with: Self.mark.unicodeScalars))
      changed = true
    }
    if text.utf8Contains("@"), text.utf8Contains("://"), let safe = withoutPasswords(text) { return safe }
    return changed ? text : nil
  }

  /// Hides what stands between `://` and `@` (RFC 3986 §3.2.1), which are octets there and never parts of a character. A bare name before a
  /// host that is not a web server is none: `ssh://git@`.
  private func withoutPasswords(_ text: String) -> String? {
    var safe = String.UnicodeScalarView()
    var rest = text.unicodeScalars[...]
    var changed = false
    while let start = rest.firstRange(of: "://".unicodeScalars) {
      let scheme = String(rest[..<start.lowerBound].suffix(5)).lowercased()
      safe += rest[..<start.upperBound]
      rest = rest[start.upperBound...]
      let authority = rest.prefix { !"/?#\"'<> \n\t".unicodeScalars.contains($0) }
      guard let at = authority.lastIndex(of: "@") else { continue }
      let user = authority[..<at]
      let isWeb = scheme.hasSuffix("http") || scheme.hasSuffix("https")
      guard user.contains(":") || isWeb, !user.elementsEqual(Self.mark.unicodeScalars) else { continue }
      safe += Self.mark.unicodeScalars
      rest = rest[at...]
      changed = true
    }
    return changed ? String(safe + rest) : nil
  }
}
