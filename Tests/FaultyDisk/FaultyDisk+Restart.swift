import Glibc
import TestSupport

extension FaultyDisk {
  /// The process, or the machine, starts again, with the files as they were left. Nobody has them open.
  ///
  /// - Parameter seed: of what a loss of power leaves of what was not synced.
  package func restart(seed: UInt64) {
    let lost = state.withLock { state in
      precondition(state.openFiles == 0, "a dead process holds no file open")
      defer { state = State() }
      return state.isDead && state.fault?.kind == .powerLoss ? state.unsynced : [:]
    }
    var generator = SeededGenerator(seed: seed)
    for (name, changes) in lost.sorted(by: { $0.key < $1.key }) { lose(changes, of: name, using: &generator) }
  }

  /// Takes all back, and then does some of it again: none, all, a beginning, or any, and of any write maybe only some sectors.
  private func lose(_ changes: [Change], of name: String, using generator: inout SeededGenerator) {
    let descriptor = open(name, O_RDWR | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    for change in changes.reversed() {
      write(change.before, at: change.offset, to: descriptor)
      precondition(ftruncate(descriptor, off_t(change.sizeBefore)) == 0, "a test's own file can be cut")
    }
    let manner = Int.random(in: 0..<5, using: &generator)
    let beginning = Int.random(in: 0...changes.count, using: &generator)
    for (index, change) in changes.enumerated() {
      let isKept =
        switch manner {
        case 0: false
        case 1: true
        case 2: index < beginning
        default: Bool.random(using: &generator)
        }
      guard isKept else { continue }
      guard let after = change.after else {
        precondition(ftruncate(descriptor, off_t(change.offset)) == 0, "a test's own file can be cut")
        continue
      }
      let sector = 512
      for start in stride(from: 0, to: after.count, by: sector) where manner < 4 || Bool.random(using: &generator) {
        write(Array(after[start..<min(start + sector, after.count)]), at: change.offset + Int64(start), to: descriptor)
      }
    }
  }

  private func write(_ bytes: [UInt8], at offset: Int64, to descriptor: Int32) {
    precondition(pwrite(descriptor, bytes, bytes.count, off_t(offset)) == bytes.count, "a test's own file can be written")
  }
}
