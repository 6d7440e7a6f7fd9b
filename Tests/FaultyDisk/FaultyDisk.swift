import CSQLite
import Glibc
import Synchronization

/// The disk below one database file, its log included. It does what it is told, until a fault is due. Files of other paths never notice it.
package final class FaultyDisk: Sendable {
  struct State {
    var fault: Fault?
    var count = 0
    var isStruck = false
    var isDead = false
    var isPaused = false
    var openFiles = 0
    /// What no sync has confirmed, by file, oldest first; from a lost sync on, what came after it too.
    var unsynced: [String: [Change]] = [:]
  }

  /// One write or cut, and what was there before.
  struct Change {
    var offset: Int64
    var before: [UInt8]
    /// Nil where the file was cut at `offset`.
    var after: [UInt8]?
    var sizeBefore: Int64
    /// It came after a lost sync, and has been synced since.
    var isConfirmed = false
    /// Its sync was lost: no other will do.
    var isDoomed = false
  }

  enum Verdict {
    case proceeds
    case fails(Int32)
    /// The bytes that are read are not those that were written.
    case corrupts
    /// Half of the bytes reach the file.
    case tears
  }

  package let path: String
  let state = Mutex(State())

  private struct Entry {
    weak var disk: FaultyDisk?
  }

  private static let disks = Mutex<[String: Entry]>([:])

  /// - Parameter path: of the database file, whose folder is there.
  package init(path: String) {
    _ = FaultySystem.isInstalled
    self.path = FaultyDisk.resolved(path)
    FaultyDisk.disks.withLock { $0[self.path] = Entry(disk: self) }
  }

  deinit { FaultyDisk.disks.withLock { $0[path] = nil } }

  /// As SQLite names it.
  private static func resolved(_ path: String) -> String {
    guard let slash = path.lastIndex(of: "/"), let folder = realpath(String(path[...slash]), nil) else { return path }
    defer { free(folder) }
    return String(cString: folder) + path[slash...]
  }

  /// The disk that a file of SQLite's lies on; nil for a file of somebody else.
  static func below(_ name: String) -> FaultyDisk? {
    let database = ["-wal", "-journal"].first { name.hasSuffix($0) }.map { String(name.dropLast($0.count)) } ?? name
    return disks.withLock { $0[database]?.disk }
  }

  /// Lets the fault come, its point counted from now on.
  package func arm(_ fault: Fault) {
    state.withLock { ($0.fault, $0.count, $0.isStruck) = (fault, 0, false) }
  }

  /// From now on nothing fails.
  package func heal() { state.withLock { $0.fault = nil } }

  /// The power goes, now: nothing comes through any more.
  package func cutPower() { state.withLock { $0.isDead = true } }

  /// Whether the fault's point has come.
  package var isStruck: Bool { state.withLock { $0.isStruck } }
  package var isDead: Bool { state.withLock { $0.isDead } }
  /// Operations that the fault could have struck so far.
  package var count: Int { state.withLock { $0.count } }

  /// For whoever looks on: no operation of theirs counts or fails.
  package func paused<Value>(_ body: () throws -> Value) rethrows -> Value {
    state.withLock { $0.isPaused = true }
    defer { state.withLock { $0.isPaused = false } }
    return try body()
  }

  func verdict(on operation: Operation) -> Verdict {
    state.withLock { state in
      if state.isDead { return .fails(operation.failure) }
      guard !state.isPaused, let fault = state.fault, fault.kind.strikes(operation) else { return .proceeds }
      state.count += 1
      guard state.count == fault.point || fault.lasts && state.count > fault.point else { return .proceeds }
      state.isStruck = true
      switch fault.kind {
      case .full: return .fails(SQLITE_FULL)
      case .inputOutput, .lostSync: return .fails(operation.failure)
      case .busy: return .fails(SQLITE_BUSY)
      case .corrupt: return .corrupts
      case .tear:
        state.isDead = true
        return .tears
      case .kill, .powerLoss:
        state.isDead = true
        return .fails(operation.failure)
      }
    }
  }

  var remembersChanges: Bool { state.withLock { ($0.fault?.kind.losesWrites ?? false) && !$0.isDead } }

  func remember(_ change: Change, of file: String) { state.withLock { $0.unsynced[file, default: []].append(change) } }

  /// What is synced can no longer be lost. What came before it and was doomed must be taken back first, so that what came after is kept in mind.
  func confirm(_ file: String) {
    state.withLock { state in
      guard let doomed = state.unsynced[file]?.firstIndex(where: \.isDoomed) else {
        state.unsynced[file] = nil
        return
      }
      state.unsynced[file]?.removeFirst(doomed)
      for index in state.unsynced[file]?.indices ?? 0..<0 { state.unsynced[file]?[index].isConfirmed = true }
    }
  }

  /// A sync of a file has failed.
  func doom(_ file: String) {
    state.withLock { state in
      guard state.fault?.kind == .lostSync else { return }
      for index in state.unsynced[file]?.indices ?? 0..<0 where state.unsynced[file]?[index].isConfirmed == false {
        state.unsynced[file]?[index].isDoomed = true
      }
    }
  }

  /// It is gone.
  func forget(_ file: String) { state.withLock { $0.unsynced[file] = nil } }
}
