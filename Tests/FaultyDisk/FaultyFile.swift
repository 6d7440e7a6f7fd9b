import CSQLite
import Glibc

/// One open file of a faulty disk.
final class OpenFile {
  let disk: FaultyDisk
  let path: String

  init(disk: FaultyDisk, path: String) {
    self.disk = disk
    self.path = path
    disk.state.withLock { $0.openFiles += 1 }
  }

  deinit { disk.state.withLock { $0.openFiles -= 1 } }
}

/// What SQLite holds for an open file; the real one's lies behind it.
struct FaultyFile {
  typealias File = UnsafeMutablePointer<sqlite3_file>

  private var base: sqlite3_file
  private var context: Unmanaged<OpenFile>

  static let size = MemoryLayout<FaultyFile>.stride

  static func inner(_ file: File) -> File { (UnsafeMutableRawPointer(file) + size).assumingMemoryBound(to: sqlite3_file.self) }

  static func open(_ file: File, _ opened: OpenFile, methods: UnsafeMutablePointer<sqlite3_io_methods>) {
    let itself = FaultyFile(base: sqlite3_file(pMethods: methods), context: .passRetained(opened))
    UnsafeMutableRawPointer(file).bindMemory(to: FaultyFile.self, capacity: 1).initialize(to: itself)
  }

  /// No mapped reading: it would pass by.
  static func methods() -> sqlite3_io_methods {
    sqlite3_io_methods(
      iVersion: 2,
      xClose: { file in
        let parts = Parts(file)
        defer { parts.context.release() }
        return parts.real.xClose(parts.inner)
      },
      xRead: { FaultyFile.read(Parts($0), $1, $2, $3) },
      xWrite: { FaultyFile.write(Parts($0), $1, $2, $3) },
      xTruncate: { FaultyFile.truncate(Parts($0), $1) },
      xSync: { FaultyFile.sync(Parts($0), $1) },
      xFileSize: { file, size in Parts(file).passing { $0.xFileSize($1, size) } },
      xLock: { file, level in Parts(file).passing(.lock) { $0.xLock($1, level) } },
      xUnlock: { file, level in Parts(file).passing { $0.xUnlock($1, level) } },
      xCheckReservedLock: { file, isHeld in Parts(file).passing { $0.xCheckReservedLock($1, isHeld) } },
      xFileControl: { file, what, value in Parts(file).passing { $0.xFileControl($1, what, value) } },
      xSectorSize: { file in Parts(file).passing { $0.xSectorSize($1) } },
      // Promises nothing: SQLite leaves nothing out.
      xDeviceCharacteristics: { _ in 0 },
      xShmMap: { file, page, size, extends, memory in Parts(file).passing(.map) { $0.xShmMap($1, page, size, extends, memory) } },
      xShmLock: { file, offset, count, flags in
        Parts(file).passing(flags & SQLITE_SHM_LOCK != 0 ? .lockShared : nil) { $0.xShmLock($1, offset, count, flags) }
      },
      xShmBarrier: { file in
        let parts = Parts(file)
        parts.real.xShmBarrier(parts.inner)
      },
      // A killed process removes nothing.
      xShmUnmap: { file, deletes in
        let parts = Parts(file)
        return parts.real.xShmUnmap(parts.inner, parts.opened.disk.isDead ? 0 : deletes)
      },
      xFetch: nil, xUnfetch: nil)
  }

  /// What stands behind a file of SQLite's.
  private struct Parts {
    let inner: File
    let context: Unmanaged<OpenFile>

    init(_ file: File?) {
      guard let file else { preconditionFailure("SQLite names the file") }
      inner = FaultyFile.inner(file)
      context = UnsafeMutableRawPointer(file).assumingMemoryBound(to: FaultyFile.self).pointee.context
    }

    var opened: OpenFile { context.takeUnretainedValue() }
    var real: sqlite3_io_methods { inner.pointee.pMethods.pointee }

    /// Lets the real file do it, unless it is an operation that fails now.
    func passing(_ operation: Operation? = nil, _ body: (sqlite3_io_methods, File) -> Int32) -> Int32 {
      if let operation, case .fails(let code) = opened.disk.verdict(on: operation) { return FaultyFile.failed(code) }
      return body(real, inner)
    }
  }

  private static func failed(_ code: Int32) -> Int32 {
    if code == SQLITE_BUSY { FaultySystem.waitsInVain() }
    errno = code == SQLITE_FULL ? ENOSPC : EIO
    return code
  }

  private static func read(_ parts: Parts, _ bytes: UnsafeMutableRawPointer?, _ count: Int32, _ offset: Int64) -> Int32 {
    let smallestPage: Int32 = 512
    let verdict = parts.opened.disk.verdict(on: count >= smallestPage ? .readPage : .read)
    if case .fails(let code) = verdict { return failed(code) }
    let code = parts.real.xRead(parts.inner, bytes, count, offset)
    if code == SQLITE_OK, case .corrupts = verdict { bytes?.initializeMemory(as: UInt8.self, repeating: 0xA5, count: Int(count)) }
    return code
  }

  private static func write(_ parts: Parts, _ bytes: UnsafeRawPointer?, _ count: Int32, _ offset: Int64) -> Int32 {
    switch parts.opened.disk.verdict(on: .write) {
    case .fails(let code): return failed(code)
    case .tears:
      _ = parts.real.xWrite(parts.inner, bytes, count / 2, offset)
      return failed(Operation.write.failure)
    case .proceeds, .corrupts:
      if parts.opened.disk.remembersChanges {
        let after = [UInt8](UnsafeRawBufferPointer(start: bytes, count: Int(count)))
        parts.opened.disk.remember(change(of: parts, at: offset, bytes: Int64(count), to: after), of: parts.opened.path)
      }
      return parts.real.xWrite(parts.inner, bytes, count, offset)
    }
  }

  private static func truncate(_ parts: Parts, _ size: Int64) -> Int32 {
    let opened = parts.opened
    if case .fails(let code) = opened.disk.verdict(on: .truncate) { return failed(code) }
    if opened.disk.remembersChanges { opened.disk.remember(change(of: parts, at: size, bytes: .max, to: nil), of: opened.path) }
    return parts.real.xTruncate(parts.inner, size)
  }

  private static func sync(_ parts: Parts, _ flags: Int32) -> Int32 {
    if case .fails(let code) = parts.opened.disk.verdict(on: .sync) {
      parts.opened.disk.doom(parts.opened.path)
      return failed(code)
    }
    let code = parts.real.xSync(parts.inner, flags)
    if code == SQLITE_OK { parts.opened.disk.confirm(parts.opened.path) }
    return code
  }

  /// - Parameter bytes: how many from the offset on are about to change, at most.
  private static func change(of parts: Parts, at offset: Int64, bytes: Int64, to after: [UInt8]?) -> FaultyDisk.Change {
    var size: Int64 = 0
    _ = parts.real.xFileSize(parts.inner, &size)
    var before = [UInt8](repeating: 0, count: Int(max(0, min(size - offset, bytes))))
    if !before.isEmpty { _ = parts.real.xRead(parts.inner, &before, Int32(before.count), offset) }
    return FaultyDisk.Change(offset: offset, before: before, after: after, sizeBefore: size)
  }
}
