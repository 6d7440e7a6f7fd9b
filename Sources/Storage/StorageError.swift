import CSQLite
import Glibc

/// Why the database did not do as asked. `message` is one sentence for the log; it holds SQLite's own words and never a row's content.
package enum StorageError: Error, Sendable, CustomStringConvertible {
  /// The file cannot be opened or created.
  case cannotOpen(String)
  /// Another process serves from this database.
  case inUse(String)
  /// The schema is newer than this program, or a released migration was edited.
  case schema(String)
  /// The disk is full. Nothing of the transaction stands; it may succeed later.
  case full
  /// Another connection holds the write lock for longer than the wait allows, or the writer's queue is full.
  case busy(String)
  /// A read took longer than it may.
  case overran
  /// The disk or the file fails: input/output error, corrupt, read-only.
  case failed(String)
  /// The writer has been closed.
  case closed

  package var description: String {
    switch self {
    case .cannotOpen(let reason), .inUse(let reason), .schema(let reason), .busy(let reason), .failed(let reason): reason
    case .full: "the disk that holds the database, or its quota, is full; free some space, nothing else is needed"
    case .overran: "a read took longer than it may, and was ended"
    case .closed: "the database has been closed"
    }
  }

  /// Translates a result code of SQLite (https://sqlite.org/rescode.html) and, for an input/output error, what the system said.
  init(code: Int32, systemError: Int32, message: String, during action: String) {
    switch code & 0xFF {
    // SQLite knows a full disk (ENOSPC) by itself, but where it makes room for the index of its log. A quota and a limit on the size of files are the
    // same to us: it may succeed later.
    case SQLITE_IOERR where [ENOSPC, EDQUOT, EFBIG].contains(systemError): self = .full
    case SQLITE_FULL: self = .full
    case SQLITE_INTERRUPT: self = .overran
    // SQLITE_PROTOCOL is a reader that got no lock of the write-ahead log in ten seconds of trying: the file is whole, and others are busy with it.
    case SQLITE_BUSY, SQLITE_LOCKED, SQLITE_PROTOCOL:
      self = .busy("the database is locked by another process while \(action); it is tried again on the next request")
    case SQLITE_READONLY:
      self = .failed(
        "this user may not write to the database, or to the folder that it lies in: run this as the user whose they are, as the server does; what root "
          + "made is root's, and `chown` gives it back. On a disk that was mounted read-only nobody may")
    case SQLITE_CANTOPEN, SQLITE_NOTADB: self = .cannotOpen("SQLite cannot open the database while \(action): \(message)")
    case SQLITE_IOERR where systemError != 0:
      self = .failed("SQLite error \(code) while \(action): \(message) (\(String(cString: strerror(systemError))))")
    default: self = .failed("SQLite error \(code) while \(action): \(message)")
    }
  }
}
