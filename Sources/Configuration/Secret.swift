/// A text that no output shows: printed, dumped or reflected it is `<secret>`. `reveal()` is the one way to it.
package struct Secret: Sendable {
  private let text: String

  package init(_ text: String) { self.text = text }

  package func reveal() -> String { text }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  package var description: String { "<secret>" }
  package var debugDescription: String { "<secret>" }
  package var customMirror: Mirror { Mirror(self, children: []) }
}
