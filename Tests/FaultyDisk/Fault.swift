/// What goes wrong with a disk, and at which of the operations that it can go wrong at, counted from 1.
package struct Fault: Sendable, Hashable, CustomStringConvertible {
  package enum Kind: String, Sendable, CaseIterable {
    /// No room for what is written.
    case full
    /// Reading, writing, syncing, cutting, deleting, locking or mapping fails.
    case inputOutput
    /// Somebody else holds the lock.
    case busy
    /// A page is read as it was never written.
    case corrupt
    /// A sync fails, and the system forgets that there was something to write: should the power go, any part of it may be lost, whatever a later
    /// sync says (https://wiki.postgresql.org/wiki/Fsync_Errors).
    case lostSync
    /// The process is killed: what it wrote is there, and nothing more comes.
    case kill
    /// The same in the middle of a write.
    case tear
    /// The machine loses its power: of what no sync has confirmed any part may be there, in any order.
    case powerLoss
  }

  package var kind: Kind
  package var point: Int
  /// From the point on, until the disk is healed; else once.
  package var lasts: Bool

  package init(_ kind: Kind, at point: Int, lasts: Bool = false) {
    self.kind = kind
    self.point = point
    self.lasts = lasts
  }

  package var description: String { "\(kind) at \(point)\(lasts ? " and on" : "")" }
}

extension Fault.Kind {
  /// Whether the power goes with it, at once or when a test cuts it: then what no sync has confirmed matters.
  var losesWrites: Bool { self == .powerLoss || self == .lostSync }

  /// After it the process is dead.
  package var kills: Bool { [.kill, .tear, .powerLoss].contains(self) }

  func strikes(_ operation: Operation) -> Bool {
    switch self {
    case .full: operation == .write
    case .inputOutput: true
    case .busy: operation == .lock || operation == .lockShared
    case .corrupt: operation == .readPage
    case .lostSync: operation == .sync
    case .tear: operation == .write
    case .kill, .powerLoss: [.write, .sync, .truncate, .delete].contains(operation)
    }
  }
}

/// What SQLite asks of a disk.
enum Operation {
  case read, readPage, write, sync, truncate, delete, lock, lockShared, map

  /// The extended code of its failure (https://sqlite.org/rescode.html); Swift does not see these macros.
  var failure: Int32 {
    let detail: Int32 =
      switch self {
      case .read, .readPage: 1
      case .write: 3
      case .sync: 4
      case .truncate: 6
      case .delete: 10
      case .lock: 15
      case .lockShared: 20
      case .map: 21
      }
    return 10 | detail << 8
  }
}
