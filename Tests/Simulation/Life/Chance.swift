import Gate
import Synchronization
import TestSupport

/// All chance of a life comes from one of these, asked in one order: so a life is told by its seed.
final class Chance {
  private var generator: SeededGenerator

  init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

  func bits() -> UInt64 { generator.next() }

  /// 0 ..< `count`.
  func below(_ count: Int) -> Int { Int(generator.next() % UInt64(count)) }

  func within(_ range: ClosedRange<Int64>) -> Int64 {
    range.lowerBound + Int64(generator.next() % UInt64(range.upperBound - range.lowerBound + 1))
  }

  func happens(_ likelihood: Double) -> Bool { Chance.fraction(generator.next()) < likelihood }

  func one<Value>(of values: [Value]) -> Value { values[below(values.count)] }

  /// One of several, each as often as its weight says.
  func one<Value>(ofWeighted values: [(weight: Int, value: Value)]) -> Value {
    var left = below(values.reduce(0) { $0 + $1.weight })
    for (weight, value) in values {
      if left < weight { return value }
      left -= weight
    }
    preconditionFailure("weights that do not add up")
  }

  /// For an API that wants a generator.
  func with<Value>(_ body: (inout SeededGenerator) throws -> Value) rethrows -> Value { try body(&generator) }

  static func fraction(_ bits: UInt64) -> Double { Double(bits >> 11) * 0x1p-53 }
}

/// The core's own chance: the spread of what is tried again.
final class CoreChance: ChanceSource {
  private let generator: Mutex<SeededGenerator>

  init(seed: UInt64) { generator = Mutex(SeededGenerator(seed: seed)) }

  func fraction() -> Double { generator.withLock { Chance.fraction($0.next()) } }
}
