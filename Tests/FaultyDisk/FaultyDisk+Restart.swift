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
      return state.isDead && state.fault?.kind.losesWrites ?? false ? state.unsynced : [:]
    }
    var generator = SeededGenerator(seed: seed)
    for (name, changes) in lost.sorted(by: { $0.key < $1.key }) { lose(changes, of: name, using: &generator) }
  }

  /// Takes all back, and then does some of it again: none, all, a beginning, or any, and of any write maybe only some sectors. What a sync has
  /// confirmed is done again whole.
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
    let renewed = FaultyDisk.renewed(changes)
    for (index, change) in changes.enumerated() {
      let isKept =
        switch manner {
        case 0: false
        case 1: true
        case 2: index < beginning
        default: Bool.random(using: &generator)
        }
      let isSafe = change.isConfirmed && !change.isDoomed
      guard let after = change.after else {
        if isSafe || isKept { precondition(ftruncate(descriptor, off_t(change.offset)) == 0, "a test's own file can be cut") }
        continue
      }
      for part in FaultyDisk.sectors(of: change.offset, count: after.count) {
        let isWritten = isKept && (manner < 4 || Bool.random(using: &generator))
        guard isSafe || isWritten || renewed[index].contains(FaultyDisk.page(of: change.offset + Int64(part.lowerBound))) else { continue }
        write(Array(after[part]), at: change.offset + Int64(part.lowerBound), to: descriptor)
      }
    }
  }

  /// For each change the pages that were written again after it, and synced then: with them goes whatever else stands in them. What the system has
  /// forgotten to write is still in its memory.
  private static func renewed(_ changes: [Change]) -> [Set<Int64>] {
    var pages: Set<Int64> = []
    var found: [Set<Int64>] = []
    for change in changes.reversed() {
      found.append(pages)
      guard change.isConfirmed, !change.isDoomed, let after = change.after, !after.isEmpty else { continue }
      pages.formUnion(page(of: change.offset)...page(of: change.offset + Int64(after.count) - 1))
    }
    return found.reversed()
  }

  private static func page(of offset: Int64) -> Int64 { offset / 4_096 }

  /// A stretch of a file, cut where the disk's sectors end.
  private static func sectors(of offset: Int64, count: Int) -> [Range<Int>] {
    let sector = 512
    var start = 0
    var found: [Range<Int>] = []
    while start < count {
      let end = min(count, start + sector - Int((offset + Int64(start)) % Int64(sector)))
      found.append(start..<end)
      start = end
    }
    return found
  }

  private func write(_ bytes: [UInt8], at offset: Int64, to descriptor: Int32) {
    precondition(pwrite(descriptor, bytes, bytes.count, off_t(offset)) == bytes.count, "a test's own file can be written")
  }
}
