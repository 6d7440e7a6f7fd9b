import TestSupport
import Testing

@testable import HTTPServer

/// Inputs that nobody thought of, made from those of the tables: whatever the verdict on one is, it does not depend on the cut, and
/// nothing traps.
@Suite struct MutationTests {
  private static let sources = ConformanceTable.wire.map(\.value.input).filter { $0.count < 400 }
  private static let interesting = Array("\r\n \t:;,\"%/0159afGxX\0\u{7F}".utf8) + [0x80, 0xFF]

  @Test(arguments: 0..<20) func verdictDoesNotDependOnTheCut(_ seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<100 {
      let input = Self.mutated(&generator)
      let whole = Play()
      whole.receive(input)
      let cut = Play()
      var start = 0
      while start < input.count {
        let end = min(input.count, start + Int.random(in: 1...12, using: &generator))
        cut.receive(input[start..<end])
        start = end
      }
      #expect(Outcome(whole) == Outcome(cut), "\(String(decoding: input, as: UTF8.self).debugDescription)")
    }
  }

  private static func mutated(_ generator: inout SeededGenerator) -> [UInt8] {
    var input = sources.randomElement(using: &generator) ?? []
    if Bool.random(using: &generator) { input += sources.randomElement(using: &generator) ?? [] }
    for _ in 0..<Int.random(in: 1...4, using: &generator) {
      let place = Int.random(in: 0..<input.count, using: &generator)
      let octet = interesting.randomElement(using: &generator) ?? 0
      switch Int.random(in: 0..<4, using: &generator) {
      case 0: input[place] = octet
      case 1: input.insert(octet, at: place)
      case 2: input.remove(at: place)
      default:
        let end = min(input.count, place + 8)
        input.insert(contentsOf: input[place..<end], at: place)
      }
    }
    return input
  }
}
