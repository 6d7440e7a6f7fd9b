/// Everything that is wrong with a configuration, in the order of the file. Printed, it is one line for each problem.
package struct ConfigurationError: Error, Sendable, CustomStringConvertible {
  package struct Problem: Sendable, Hashable, CustomStringConvertible {
    package var file: String
    /// Counts from 1; nil where the problem is the whole file's.
    package var line: Int?
    /// In characters, from 1.
    package var column: Int?
    package var message: String

    /// `file:line:column: message`
    package var description: String {
      guard let line, let column else { return "\(file): \(message)" }
      return "\(file):\(line):\(column): \(message)"
    }
  }

  package var problems: [Problem]

  package var description: String { problems.map(\.description).joined(separator: "\n") }
}
