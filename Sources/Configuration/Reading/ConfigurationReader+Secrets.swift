extension ConfigurationReader {
  /// `{file: PATH}` or `{env: NAME}`. Whatever stands here instead may be the secret itself: it is never repeated, its keys included.
  func secret(_ node: YAMLNode, _ key: String) -> Secret? {
    guard case .mapping(let entries) = node.content else {
      report.problem(
        "`\(key)` must not stand in this file; put it in a file or an environment variable of its own and write {file: PATH} or {env: NAME}",
        at: node.position)
      return nil
    }
    guard entries.count == 1, let entry = entries.first, let source = Source(rawValue: entry.key) else {
      report.problem("`\(key)` must be {file: PATH} or {env: NAME}, with that one key", at: node.position)
      return nil
    }
    guard !entry.value.isNull, let place = report.text(entry.value, entry.key) else {
      report.problem("`\(key)` must be {file: PATH} or {env: NAME}", at: node.position)
      return nil
    }
    guard !looksLikeSecret(place) else {
      report.problem("`\(key)`: `\(entry.key)` is the secret itself; it must be where the secret is kept", at: entry.value.position)
      return nil
    }
    switch source {
    case .file: return secret(file: place, key, at: entry.value.position)
    case .env: return secret(variable: place, key, at: entry.value.position)
    }
  }

  private enum Source: String { case file, env }

  private func secret(file path: String, _ key: String, at position: Position) -> Secret? {
    do throws(FileFault) {
      let (bytes, isOpenToOthers) = try readSecretFile(path)
      if isOpenToOthers {
        report.warn("`\(key)`: the file \(shown(path)) can be read by others than its owner; chmod 600 it", at: position)
      }
      return accept(String(validating: bytes, as: UTF8.self), "the file \(shown(path))", key, at: position)
    } catch {
      report.problem("`\(key)`: the file \(shown(path)): \(error)", at: position)
      return nil
    }
  }

  private func secret(variable name: String, _ key: String, at position: Position) -> Secret? {
    guard isVariableName(name) else {
      report.problem("`\(key)`: `env` must be the name of an environment variable: letters, digits and underscores", at: position)
      return nil
    }
    guard let value = environment[name] else {
      report.problem("`\(key)`: the environment variable \(shown(name)) is not set", at: position)
      return nil
    }
    return accept(value, "the environment variable \(shown(name))", key, at: position)
  }

  /// Editors and `echo` leave a newline at the end; whatever else is not the secret is a mistake that GitLab would answer with 401.
  private func accept(_ text: String?, _ place: String, _ key: String, at position: Position) -> Secret? {
    let trimmed = text.map { $0.trimmingNewlines }
    let objection: String? =
      if let trimmed {
        if trimmed.isEmpty {
          "is empty"
        } else if trimmed.utf8.count > Limits.secretBytes {
          "is larger than \(Limits.secretBytes) bytes"
        } else if trimmed.unicodeScalars.contains(where: \.isControl) {
          "has a control character or a second line in it; it must hold the secret and nothing else"
        } else if trimmed.first == " " || trimmed.last == " " {
          "begins or ends with a space; it must hold the secret and nothing else"
        } else {
          nil
        }
      } else {
        "is not UTF-8 text"
      }
    if let objection {
      report.problem("`\(key)`: \(place) \(objection)", at: position)
      return nil
    }
    return trimmed.map { Secret($0) }
  }

  private func isVariableName(_ name: String) -> Bool {
    name.utf8.count <= Limits.nameBytes && name.utf8.allSatisfy { $0.isLetterOrDigit || $0 == UInt8(ascii: "_") }
      && name.first?.isNumber == false
  }
}

extension String {
  fileprivate var trimmingNewlines: String {
    var bytes = Array(utf8)
    while let last = bytes.last, last == 0x0A || last == 0x0D { bytes.removeLast() }
    return String(decoding: bytes, as: UTF8.self)
  }
}
