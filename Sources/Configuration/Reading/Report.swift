/// What reading a file finds, gathered so that all of it is told at once. Used by one reader at a time.
///
/// What is told twice (an alias is read wherever it stands) counts once.
final class Report {
  typealias Problem = ConfigurationError.Problem

  private let file: String
  private var problems: Set<Problem> = []
  private var warned: Set<Problem> = []
  private var isFull = false

  init(file: String) { self.file = file }

  var isClean: Bool { problems.isEmpty }

  var warnings: [String] { inOrder(warned).map(\.description) }

  /// Messages are made only as long as there is room: looking for the nearest name costs something, and some other file has no end of them.
  func problem(_ message: @autoclosure () -> String, at position: Position? = nil) {
    isFull = problems.count >= Limits.problems
    if !isFull { problems.insert(entry(message(), position)) }
  }

  func warn(_ message: String, at position: Position) { warned.insert(entry(message, position)) }

  func error() -> ConfigurationError {
    ConfigurationError(problems: inOrder(problems) + (isFull ? [entry("there are more; correct these first", nil)] : []))
  }

  private func entry(_ message: String, _ position: Position?) -> Problem {
    Problem(file: file, line: position?.line, column: position?.column, message: message)
  }

  /// In the order of the file.
  private func inOrder(_ entries: Set<Problem>) -> [Problem] {
    entries.sorted { ($0.line ?? 0, $0.column ?? 0, $0.message) < ($1.line ?? 0, $1.column ?? 0, $1.message) }
  }
}
