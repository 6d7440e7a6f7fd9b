/// What a token looks like: ours, and GitLab's. Texts of people's, of GitLab's and of the configuration may have one in the wrong place, and it must
/// come neither into a log line nor into a message.
package enum TokenText {
  /// What our own API tokens begin with.
  package static let ownPrefix = "ght_"

  /// What a token has after its prefix.
  private enum Rest {
    case lettersAndDigits
    /// GitLab's: `-` and `_` too, and routable ones have parts with a `.` between.
    case gitLab
    /// A signing token of GitLab's webhooks: RFC 4648 §4.
    case base64
  }

  /// GitLab's documented token prefixes (docs.gitlab.com/security/tokens/#token-prefixes), its webhooks' signing tokens, and ours.
  private static let forms: [(prefix: StaticString, rest: Rest)] = [
    ("glpat-", .gitLab), ("gloas-", .gitLab), ("gldt-", .gitLab), ("glrt-", .gitLab), ("glrtr-", .gitLab), ("glcbt-", .gitLab),
    ("glptt-", .gitLab), ("glft-", .gitLab), ("glimt-", .gitLab), ("glagent-", .gitLab), ("glwt-", .gitLab), ("glsoat-", .gitLab),
    ("glffct-", .gitLab), ("whsec_", .base64), ("ght_", .lettersAndDigits),
  ]

  /// What stands in a token's place.
  static let mark = "[REDACTED]"

  /// A text without tokens: of each its prefix stays, which tells what it was. The prefix alone is how one speaks of tokens.
  package static func redacted(_ text: some StringProtocol) -> String {
    var text = String(text)
    // Nearly always there is none, and the text is what it was.
    return text.withUTF8 { redacted($0[...]) } ?? text
  }

  /// Whether a word of the text begins as a token does, whatever follows: `/run/secrets/freight_token` is none.
  package static func stands(in text: String) -> Bool {
    var text = text
    return text.withUTF8 { bytes in
      var rest = bytes[...]
      while let start = nextPrefix(in: rest) {
        if start.beginsWord { return true }
        rest = bytes[start.range.upperBound...]
      }
      return false
    }
  }

  private static func redacted(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) -> String? {
    var safe: [UInt8] = []
    var kept = bytes.startIndex
    var rest = bytes
    while let start = nextPrefix(in: rest) {
      let body = start.range.upperBound
      // What is left out already is not read again: a text of prefixes alone would cost the square of its length.
      let end = bytes[max(body, kept)...].firstIndex { !isPart($0, of: start.rest) } ?? bytes.endIndex
      // Not from its end on: what it has may belong to the prefix of another, as in `freight_glpat-…`.
      rest = bytes[body...]
      let length = end - body
      // Inside of a word it is one only where as much follows as no word has: `freight_token`.
      guard length > 0, start.beginsWord || length >= Limits.shortestInWord else { continue }
      if body > kept {
        safe += bytes[kept..<body]
        safe += mark.utf8
      }
      kept = end
    }
    guard kept > bytes.startIndex else { return nil }
    safe += bytes[kept...]
    return String(decoding: safe, as: UTF8.self)
  }

  private struct Start {
    var range: Range<Int>
    var rest: Rest
    var beginsWord: Bool
  }

  /// All of them end in `-` or `_`, which few texts have many of: only what stands before one is compared.
  private static func nextPrefix(in bytes: Slice<UnsafeBufferPointer<UInt8>>) -> Start? {
    let whole = bytes.base
    var index = bytes.startIndex
    while index < bytes.endIndex {
      defer { index += 1 }
      guard bytes[index] == UInt8(ascii: "-") || bytes[index] == UInt8(ascii: "_") else { continue }
      for form in forms {
        let start = index + 1 - form.prefix.utf8CodeUnitCount
        guard start >= bytes.startIndex, matches(form.prefix, whole, at: start) else { continue }
        let beginsWord = start == whole.startIndex || !isLetterOrDigit(whole[start - 1])
        return Start(range: start..<(index + 1), rest: form.rest, beginsWord: beginsWord)
      }
    }
    return nil
  }

  private static func matches(_ prefix: StaticString, _ bytes: UnsafeBufferPointer<UInt8>, at start: Int) -> Bool {
    for offset in (0..<prefix.utf8CodeUnitCount).reversed() where bytes[start + offset] != prefix.utf8Start[offset] { return false }
    return true
  }

  private static func isPart(_ byte: UInt8, of rest: Rest) -> Bool {
    switch (rest, Unicode.Scalar(byte)) {
    case (.gitLab, "-"), (.gitLab, "_"), (.gitLab, "."), (.base64, "+"), (.base64, "/"), (.base64, "="): true
    default: isLetterOrDigit(byte)
    }
  }

  private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
    switch Unicode.Scalar(byte) {
    case "0"..."9", "A"..."Z", "a"..."z": true
    default: false
    }
  }
}
