import FaultyDisk
import Glibc
import Storage
import TestSupport

/// What befalls a life at one point of it.
enum Trouble: Sendable, Hashable, CaseIterable, CustomStringConvertible {
  /// The process dies between two statements, before a commit or after it.
  case death
  /// The disk below the file fails; `lasts` until a few things have failed.
  case disk(Fault.Kind, lasts: Bool)
  /// One thing happens twice: what comes from outside, an exchange with GitLab, what came of it.
  case doubled

  static let allCases: [Trouble] =
    [.death, .doubled] + Fault.Kind.allCases.flatMap { kind in (kind.kills ? [false] : [false, true]).map { .disk(kind, lasts: $0) } }

  var description: String {
    switch self {
    case .death: "death"
    case .disk(let kind, let lasts): "\(kind)\(lasts ? ", lasting" : "")"
    case .doubled: "doubled"
    }
  }

  /// Whether this is what people are told of such trouble.
  func explains(_ error: StorageError) -> Bool {
    guard case .disk(let kind, _) = self else { return true }
    switch (kind, error) {
    case (.full, .full), (.busy, .busy): return true
    case (.full, _): return false
    case (.inputOutput, .failed), (.lostSync, .failed), (.corrupt, .failed), (.corrupt, .cannotOpen): return true
    default: return kind.kills
    }
  }
}

/// Which points of a life are tried in a run: all, or a few in even steps from one that a seed chooses.
enum Sample {
  /// `GATEHOUSE_EVERY_POINT` tries all.
  static let takesAll = getenv("GATEHOUSE_EVERY_POINT") != nil

  static let seed: UInt64 = {
    let seed = getenv("GATEHOUSE_SEED").flatMap { UInt64(String(cString: $0)) } ?? UInt64.random(in: 0..<1 << 32)
    print("crash matrix: GATEHOUSE_SEED=\(seed) tries the same points again")
    return seed
  }()

  /// A line for the table of `make matrix`, at once: it takes a while.
  static func tell(_ words: [String]) {
    print((["matrix:"] + words).joined(separator: "\t"))
    fflush(nil)
  }

  /// At most `most` of the points up to `count`, and one that no life reaches.
  static func points(of count: Int, most: Int) -> [Int] {
    let step = takesAll ? 1 : max(1, (count - 1) / most + 1)
    var generator = SeededGenerator(seed: seed)
    return Array(stride(from: Int.random(in: 1...step, using: &generator), through: count, by: step))
  }
}
