internal import Credentials

/// A text of the file as a message repeats it: in backticks, cut, control characters replaced. Nothing that looks like a token is repeated,
/// wherever somebody put it.
func shown(_ text: String) -> String {
  guard !TokenText.stands(in: text) else { return "a text that looks like a secret" }
  let scalars = text.unicodeScalars
  let safe = scalars.prefix(Limits.shownCharacters).map { $0.isControl ? "\u{FFFD}" : Character($0) }
  return "`\(String(safe))\(scalars.count > Limits.shownCharacters ? "…" : "")`"
}

extension Unicode.Scalar {
  /// Control characters and the two line separators: what would break a line of a log or a terminal.
  var isControl: Bool { value < 0x20 || (0x7F..<0xA0).contains(value) || value == 0x2028 || value == 0x2029 }
}
