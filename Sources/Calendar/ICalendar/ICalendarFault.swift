/// Why a file is no calendar that can be held to, and where.
package struct ICalendarFault: Error, Sendable, Hashable, CustomStringConvertible {
  /// From 1 on; of a folded line, where it begins.
  package let line: Int
  package let message: String

  init(_ line: Int, _ message: String) { (self.line, self.message) = (line, message) }

  package var description: String { "line \(line): \(message)" }
}
