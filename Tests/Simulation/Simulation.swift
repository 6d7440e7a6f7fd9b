import Glibc
import Storage
import TestSupport

/// Lives one life after another, each on a fresh copy of a migrated database.
final class Simulator {
  private let folder = TemporaryFolder()
  private let template: Connection
  private let seed: UInt64
  private let seeds: Chance
  private var number = 0
  /// Of all lives so far.
  private(set) var digest: UInt64 = 0xCBF2_9CE4_8422_2325
  private(set) var violations = 0
  private(set) var happenings: [Happening: Int] = [:]
  /// The most that happened in one moment, and in one life.
  private(set) var most = (atOnce: 0, inALife: 0)

  private let isAloud: Bool

  /// - Parameter isAloud: whether everything is told as it happens.
  init(seed: UInt64, isAloud: Bool = false) throws {
    self.seed = seed
    // Apart from the first life's own chance.
    seeds = Chance(seed: ~seed)
    self.isAloud = isAloud
    template = try Connection(path: folder.file("template.db"), access: .readWrite)
    try Migrator.migrate(template)
  }

  /// The next life. The first has the simulation's own seed: so a life that failed is repeated by its own.
  ///
  /// - Parameter begins: is shown each life before it is lived: a core that stops the process must not take the seed with it.
  func live(_ begins: (Life) -> Void = { _ in }) throws -> Life.Outcome {
    let own = number == 0 ? seed : seeds.bits()
    number += 1
    let place = folder.file("life-\(number)")
    mkdir(place, 0o700)
    defer { remove(place) }
    let path = place + "/gatehouse.db"
    try template.backUp(to: path)
    let life = Life(seed: own, path: path, isAloud: isAloud)
    begins(life)
    let outcome = life.run()
    digest = (digest ^ outcome.digest) &* 0x0000_0100_0000_01B3
    if outcome.violation != nil { violations += 1 }
    most = (max(most.atOnce, outcome.pace.busiest), max(most.inALife, outcome.pace.inAll))
    happenings.merge(outcome.happenings, uniquingKeysWith: +)
    return outcome
  }

  static func hexadecimal(_ number: UInt64) -> String {
    let digits = String(number, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
