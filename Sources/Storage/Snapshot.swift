import CSQLite
import Synchronization

/// Which state of the database a view shows. Two views with the same snapshot show the same rows: nobody has committed in between, in this
/// process or in another.
package struct Snapshot: Sendable, Hashable {
  /// SQLite counts for each connection by itself.
  package let connection: UInt64
  package let version: UInt32
}

extension Reading {
  /// What this view shows. Throws where the file cannot be read.
  package func snapshot() throws(StorageError) -> Snapshot {
    Snapshot(connection: connection.number, version: try connection.dataVersion())
  }
}

extension Connection {
  private static let numbers = Atomic<UInt64>(0)

  static func nextNumber() -> UInt64 { numbers.add(1, ordering: .relaxed).newValue }

  /// SQLite's own count of the times at which this connection found the file changed, by itself or by others
  /// (https://sqlite.org/c3ref/c_fcntl_begin_atomic_write.html#sqlitefcntldataversion). It looks when a view opens, with the first query.
  fileprivate func dataVersion() throws(StorageError) -> UInt32 {
    if sqlite3_txn_state(handle, "main") == SQLITE_TXN_NONE {
      _ = try query("SELECT count(*) FROM sqlite_schema") { $0.requiredInteger(0) }
    }
    var version: UInt32 = 0
    let code = sqlite3_file_control(handle, "main", SQLITE_FCNTL_DATA_VERSION, &version)
    guard code == SQLITE_OK else { throw .failed("SQLite does not tell the version of its data (code \(code))") }
    return version
  }
}
