/// A text that no output shows: printed, dumped or reflected it is `<secret>`. `reveal()` is the one way to it.
package struct Secret: Sendable {
  private let text: String

  package init(_ text: String) { self.text = text }

  /// Of a configuration that was read without its secrets. Nothing may be done with it.
  static let unread = Secret("")

  var isUnread: Bool { text.isEmpty }

  package func reveal() -> String { text }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  package var description: String { "<secret>" }
  package var debugDescription: String { "<secret>" }
  package var customMirror: Mirror { Mirror(self, children: []) }
}
