/// What reading a file finds, gathered so that all of it is told at once. Used by one reader at a time.
///
/// What is told twice (an alias is read wherever it stands) counts once.
final class Report {
  typealias Problem = ConfigurationError.Problem

  private let file: String
  private var problems: Set<Problem> = []
  private var warned: Set<Problem> = []

  init(file: String) { self.file = file }

  var isClean: Bool { problems.isEmpty }

  var warnings: [String] { inOrder(warned).map(\.description) }

  func problem(_ message: String, at position: Position? = nil) { problems.insert(entry(message, position)) }

  func warn(_ message: String, at position: Position) { warned.insert(entry(message, position)) }

  func error() -> ConfigurationError {
    let sorted = inOrder(problems)
    guard sorted.count > Limits.problems else { return ConfigurationError(problems: sorted) }
    let rest = sorted.count - Limits.problems
    return ConfigurationError(problems: sorted.prefix(Limits.problems) + [entry("and \(rest) more; correct these first", nil)])
  }

  private func entry(_ message: String, _ position: Position?) -> Problem {
    Problem(file: file, line: position?.line, column: position?.column, message: message)
  }

  /// In the order of the file.
  private func inOrder(_ entries: Set<Problem>) -> [Problem] {
    entries.sorted { ($0.line ?? 0, $0.column ?? 0, $0.message) < ($1.line ?? 0, $1.column ?? 0, $1.message) }
  }
}
