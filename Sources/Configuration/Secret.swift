/// A text that no output shows: printed, dumped or reflected it is `<secret>`. `reveal()` is the one way to it.
package struct Secret: Sendable {
  /// Where the configuration says that a secret is kept.
  package enum Place: Sendable, Hashable {
    case file(String)
    case variable(String)
  }

  private let text: String
  package let place: Place

  init(_ text: String, at place: Place) {
    self.text = text
    self.place = place
  }

  /// Of a configuration that was read without its secrets, or before setup has made them. Nothing may be done with it.
  init(unreadAt place: Place) { self.init("", at: place) }

  /// What the file at its place has now.
  package func replaced(by text: String) -> Secret { Secret(text, at: place) }

  package var isUnread: Bool { text.isEmpty }

  package func reveal() -> String { text }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  package var description: String { "<secret>" }
  package var debugDescription: String { "<secret>" }
  package var customMirror: Mirror { Mirror(self, children: []) }
}
