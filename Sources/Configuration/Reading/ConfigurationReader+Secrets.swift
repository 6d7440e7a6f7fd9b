internal import Credentials

private enum Source: String { case file, env }

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
    guard case .scalar(let place, _) = entry.value.content, !entry.value.isNull, !place.isEmpty else {
      report.problem(
        "`\(key)`: `\(entry.key)` must be \(source == .file ? "the path of a file" : "the name of an environment variable")",
        at: entry.position)
      return nil
    }
    guard !TokenText.stands(in: place) else {
      report.problem(
        "`\(key)`: `\(entry.key)` is the secret itself; write where the secret is kept, not what it is", at: entry.value.position)
      return nil
    }
    guard let environment else { return Secret(unreadAt: source == .file ? .file(place) : .variable(place)) }
    switch source {
    case .file: return secret(file: place, key, at: entry.value.position)
    case .env: return secret(variable: place, of: environment, key, at: entry.value.position)
    }
  }

  private func secret(file path: String, _ key: String, at position: Position) -> Secret? {
    do throws(FileFault) {
      let (bytes, isOpenToOthers) = try readSecretFile(path)
      if isOpenToOthers {
        report.warn("`\(key)`: the file \(shown(path)) can be read by others than its owner; chmod 600 it", at: position)
      }
      return accept(bytes, "the file \(shown(path))", .file(path), key, at: position)
    } catch {
      if error == .missing, allowsAbsentSecrets { return Secret(unreadAt: .file(path)) }
      // Those that setup makes, before it was run.
      let isMade = error == .missing && ["token", "admin_token", "webhook_token", "signing_token"].contains(key)
      let reason = isMade ? "there is no such file; `gatehouse setup apply` makes it, or correct the path" : "\(error)"
      report.problem("`\(key)`: the file \(shown(path)): \(reason)", at: position)
      return nil
    }
  }

  private func secret(variable name: String, of environment: [String: String], _ key: String, at position: Position) -> Secret? {
    guard isVariableName(name) else {
      report.problem("`\(key)`: `env` must be the name of an environment variable, of letters, digits and underscores", at: position)
      return nil
    }
    guard let value = environment[name] else {
      if allowsAbsentSecrets { return Secret(unreadAt: .variable(name)) }
      report.problem("`\(key)`: the environment variable \(shown(name)) is not set; set it where gatehouse is started", at: position)
      return nil
    }
    return accept(value.utf8, "the environment variable \(shown(name))", .variable(name), key, at: position)
  }

  /// Editors and `echo` leave a newline at the end; whatever else is not the secret is a mistake that GitLab would answer with 401.
  private func accept(
    _ bytes: some Collection<UInt8>, _ place: String, _ source: Secret.Place, _ key: String, at position: Position
  ) -> Secret? {
    let length = bytes.count - bytes.reversed().prefix { $0 == 0x0A || $0 == 0x0D }.count
    let secret = Array(bytes.prefix(length))
    if let objection = objection(to: secret) {
      // A file may be what a command was to fill that failed.
      let isFile = if case .file = source { true } else { false }
      let another = secret.isEmpty && isFile ? ", or remove the file where `gatehouse setup apply` is to make it" : ""
      report.problem("`\(key)`: \(place) \(objection)\(another)", at: position)
      return nil
    }
    return Secret(String(decoding: secret, as: UTF8.self), at: source)
  }

  /// A secret travels in a header field, which has printable ASCII and no space at its ends.
  private func objection(to secret: [UInt8]) -> String? {
    if secret.isEmpty { return "is empty; put the secret in it" }
    if secret.count > Limits.secretBytes { return "is larger than \(Limits.secretBytes) bytes; it must hold the secret and nothing else" }
    if secret.contains(0x0A) { return "has a second line; it must hold the secret and nothing else" }
    if secret.first == 0x20 || secret.last == 0x20 { return "begins or ends with a space; it must hold the secret and nothing else" }
    guard secret.allSatisfy({ (0x20..<0x7F).contains($0) }) else {
      return "has a character that is not printable ASCII (a tab, say, or a byte order mark); it must hold the secret and nothing else"
    }
    return nil
  }

  private func isVariableName(_ name: String) -> Bool {
    name.utf8.count <= Limits.nameBytes && name.utf8.allSatisfy { $0.isLetterOrDigit || $0 == UInt8(ascii: "_") }
      && name.first?.isNumber == false
  }
}
