import TestSupport
import Testing

@testable import Configuration

/// Files that nobody thought of, made from the examples: whatever is wrong with one is said, with its place, and nothing traps. What is
/// accepted holds together.
@Suite struct MutationTests {
  @Test(.timeLimit(.minutes(2 * slowness)), arguments: 0..<24 as Range<UInt64>)
  func everyProblemHasAPlaceAndAMessage(_ seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let examples = try ["config/gatehouse.yaml", "config/gatehouse.minimal.yaml"].map { try readFile(clonePath($0), limit: 1 << 20) }
    var accepted = 0
    for _ in 0..<125 {
      let bytes = Self.mutated(examples.randomElement(using: &generator) ?? [], &generator)
      let reading = ConfigurationCheck.reading(bytes, environment: exampleEnvironment)
      #expect(ConfigurationCheck.violation(reading, of: bytes, isWhole: true) == nil, "\(String(decoding: bytes, as: UTF8.self))")
      if case .success = reading { accepted += 1 }
    }
    // Neither all nor none: a test that only ever meets broken YAML would not reach the reader.
    #expect((1..<125).contains(accepted))
  }

  private static let characters = Array("\n\r\t :,-#'\"[]{}&*!|>%@`?~/\\.0159aexZ".utf8) + [0x00, 0x1B, 0x7F, 0x80, 0xC3, 0xE2, 0xFF]
  private static let words = [
    "null", "true", "-1", "0", "101", "99999999999999999999", "1e9", "[]", "{}", "\"\"", "&a x", "*a", "<<: *a", "!!str", "0s",
    "9999999999d",
    "simple", "main", "glpat-abc", "{env: NOWHERE}", "{file: /nowhere}", "one-person", "\u{FEFF}", "é", "\u{2028}", "...", "---",
  ].map { Array($0.utf8) }

  private static func mutated(_ example: [UInt8], _ generator: inout SeededGenerator) -> [UInt8] {
    var lines = example.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { Array($0) }
    for _ in 0..<Int.random(in: 1...3, using: &generator) {
      let place = Int.random(in: 0..<lines.count, using: &generator)
      switch Int.random(in: 0..<8, using: &generator) {
      case 0 where lines.count > 1: lines.remove(at: place)
      case 1: lines.insert(lines[place], at: Int.random(in: 0...lines.count, using: &generator))
      case 2: lines.swapAt(place, Int.random(in: 0..<lines.count, using: &generator))
      case 3: lines[place].insert(contentsOf: [UInt8](repeating: 0x20, count: Int.random(in: 1...4, using: &generator)), at: 0)
      case 4: lines[place] = Array(lines[place].drop { $0 == 0x20 })
      case 5:
        // Another value for the key of this line.
        let key = lines[place].prefix { $0 != UInt8(ascii: ":") }
        lines[place] = key + Array(": ".utf8) + (words.randomElement(using: &generator) ?? [])
      default:
        let start = Int.random(in: 0...lines[place].count, using: &generator)
        let end = min(lines[place].count, start + Int.random(in: 0...1, using: &generator))
        lines[place].replaceSubrange(start..<end, with: [characters.randomElement(using: &generator) ?? 0])
      }
    }
    return Array(lines.joined(separator: [UInt8(ascii: "\n")]))
  }
}
