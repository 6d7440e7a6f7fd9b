/// A page of documentation whose commands are run: blocks of `sh`, and blocks of `text` with what the one before prints. Words after the language
/// name the ways through the page that a block is for; one without any is for all.
struct CommandPage {
  struct Step: Sendable {
    var line: Int
    var commands: String
    /// What it prints; nil where the page does not show it.
    var output: String?
  }

  private struct Block {
    var line: Int
    var language: Substring
    var ways: [Substring]
    var text: String
  }

  private var blocks: [Block] = []

  init(_ file: Clone.File) {
    var open: Block?
    for (number, line) in file.lines.enumerated() {
      if var block = open {
        if line == "```" {
          blocks.append(block)
          open = nil
        } else {
          block.text += line + "\n"
          open = block
        }
      } else if line.hasPrefix("```") {
        let words = line.dropFirst(3).split(separator: " ")
        open = Block(line: number + 1, language: words.first ?? "", ways: Array(words.dropFirst()), text: "")
      }
    }
  }

  /// What somebody does who goes this way: `setup gitlab.com`.
  func steps(_ way: String) -> [Step] {
    let words = Set(way.split(separator: " "))
    var steps: [Step] = []
    for block in blocks where words.isSuperset(of: block.ways) {
      if block.language == "sh" {
        steps.append(Step(line: block.line, commands: block.text))
      } else if !steps.isEmpty {
        steps[steps.count - 1].output = block.text
      }
    }
    return steps
  }

  /// Whether a text is what the page shows. `…` in a line stands for anything in that line, alone in one for any lines.
  static func shows(_ shown: String, _ printed: String) -> Bool {
    holds(lines(shown)[...], lines(printed)[...])
  }

  /// What stands first in the rows of its tables, where that is cited.
  static func cited(_ file: Clone.File) -> [String] {
    file.lines.compactMap { $0.prefixMatch(of: /\| `([^`]+)`/).map { String($0.output.1) } }
  }

  /// Whether a text has somewhere what is cited.
  static func cites(_ cited: String, in text: String) -> Bool { isLike("…\(cited)…", Substring(text)) }

  private static func lines(_ text: String) -> [Substring] { text.split(separator: "\n").map { $0.trimmingTrailingSpaces } }

  private static func holds(_ shown: ArraySlice<Substring>, _ printed: ArraySlice<Substring>) -> Bool {
    guard let first = shown.first else { return printed.isEmpty }
    if first == "…" { return (printed.startIndex...printed.endIndex).contains { holds(shown.dropFirst(), printed[$0...]) } }
    guard let line = printed.first, isLike(first, line) else { return false }
    return holds(shown.dropFirst(), printed.dropFirst())
  }

  private static func isLike(_ shown: some StringProtocol, _ line: Substring) -> Bool {
    var pieces = shown.split(separator: "…", omittingEmptySubsequences: false)
    guard pieces.count > 1, let last = pieces.popLast() else { return shown == line }
    var rest = line
    for (index, piece) in pieces.enumerated() {
      guard let found = piece.isEmpty ? rest.startIndex..<rest.startIndex : rest.firstRange(of: piece),
        index > 0 || found.lowerBound == rest.startIndex
      else { return false }
      rest = rest[found.upperBound...]
    }
    return rest.hasSuffix(last)
  }
}

extension Substring {
  fileprivate var trimmingTrailingSpaces: Substring { self[..<(lastIndex { $0 != " " }.map { index(after: $0) } ?? startIndex)] }
}
