/// What reading a file finds, gathered so that all of it is told at once. Used by one reader at a time.
final class Report {
  private let file: String
  private var problems: Set<ConfigurationError.Problem> = []
  private var warningLines: [(position: Position, text: String)] = []

  init(file: String) { self.file = file }

  var isClean: Bool { problems.isEmpty }

  /// In the order of the file.
  var warnings: [String] {
    warningLines.sorted { $0.position < $1.position }.map { "\(file):\($0.position.line):\($0.position.column): \($0.text)" }
  }

  /// A problem that is told twice (an alias is read wherever it stands) counts once.
  func problem(_ message: String, at position: Position? = nil) {
    problems.insert(.init(file: file, line: position?.line, column: position?.column, message: message))
  }

  func warn(_ message: String, at position: Position) { warningLines.append((position, message)) }

  func error() -> ConfigurationError {
    let sorted = problems.sorted {
      ($0.line ?? 0, $0.column ?? 0, $0.message) < ($1.line ?? 0, $1.column ?? 0, $1.message)
    }
    guard sorted.count > Limits.problems else { return ConfigurationError(problems: sorted) }
    let rest = sorted.count - Limits.problems
    return ConfigurationError(
      problems: sorted.prefix(Limits.problems) + [
        .init(file: file, line: nil, column: nil, message: "and \(rest) more; correct these first")
      ])
  }
}
