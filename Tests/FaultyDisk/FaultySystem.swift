import CSQLite
import Glibc
import Synchronization

/// Stands before SQLite's own way to the files (https://sqlite.org/vfs.html) as the default one, so that the code that is tested opens its files as
/// always.
enum FaultySystem {
  /// What SQLite keeps for us with the system: the one behind, and the table of what our files can do. Both stay for good.
  struct Behind {
    var system: UnsafeMutablePointer<sqlite3_vfs>
    var methods: UnsafeMutablePointer<sqlite3_io_methods>
  }

  /// Threads that SQLite is about to let wait for a lock that no waiting frees.
  private static let impatient = Mutex<Set<pthread_t>>([])

  static let isInstalled: Bool = {
    guard let system = sqlite3_vfs_find(nil) else { preconditionFailure("SQLite has a default file system") }
    let methods = UnsafeMutablePointer<sqlite3_io_methods>.allocate(capacity: 1)
    methods.initialize(to: FaultyFile.methods())
    let behind = UnsafeMutablePointer<Behind>.allocate(capacity: 1)
    behind.initialize(to: Behind(system: system, methods: methods))
    var faulty = system.pointee
    faulty.zName = UnsafePointer(strdup("faulty"))
    faulty.pNext = nil
    faulty.szOsFile = Int32(FaultyFile.size) + system.pointee.szOsFile
    faulty.pAppData = UnsafeMutableRawPointer(behind)
    faulty.xOpen = { FaultySystem.open($0, $1, $2, $3, $4) }
    faulty.xDelete = { FaultySystem.delete($0, $1, $2) }
    faulty.xSleep = { FaultySystem.sleep($0, $1) }
    let registered = UnsafeMutablePointer<sqlite3_vfs>.allocate(capacity: 1)
    registered.initialize(to: faulty)
    return sqlite3_vfs_register(registered, 1) == SQLITE_OK
  }()

  private static func behind(_ system: UnsafeMutablePointer<sqlite3_vfs>?) -> Behind {
    guard let data = system?.pointee.pAppData else { preconditionFailure("SQLite gives back what it was given") }
    return data.load(as: Behind.self)
  }

  private static func open(
    _ system: UnsafeMutablePointer<sqlite3_vfs>?, _ name: UnsafePointer<CChar>?, _ file: UnsafeMutablePointer<sqlite3_file>?,
    _ flags: Int32, _ granted: UnsafeMutablePointer<Int32>?
  ) -> Int32 {
    let behind = behind(system)
    guard let file, let name, let disk = FaultyDisk.below(String(cString: name)) else {
      return behind.system.pointee.xOpen(behind.system, name, file, flags, granted)
    }
    file.pointee.pMethods = nil
    guard !disk.isDead else { return SQLITE_CANTOPEN }
    let inner = FaultyFile.inner(file)
    let code = behind.system.pointee.xOpen(behind.system, name, inner, flags, granted)
    guard code == SQLITE_OK else { return code }
    FaultyFile.open(file, OpenFile(disk: disk, path: String(cString: name)), methods: behind.methods)
    return SQLITE_OK
  }

  private static func delete(_ system: UnsafeMutablePointer<sqlite3_vfs>?, _ name: UnsafePointer<CChar>?, _ syncs: Int32) -> Int32 {
    let behind = behind(system)
    if let name, let disk = FaultyDisk.below(String(cString: name)) {
      if case .fails(let code) = disk.verdict(on: .delete) { return code }
      disk.forget(String(cString: name))
    }
    return behind.system.pointee.xDelete(behind.system, name, syncs)
  }

  private static func sleep(_ system: UnsafeMutablePointer<sqlite3_vfs>?, _ microseconds: Int32) -> Int32 {
    let isInVain = impatient.withLock { $0.remove(pthread_self()) != nil }
    let behind = behind(system)
    return isInVain ? microseconds : behind.system.pointee.xSleep(behind.system, microseconds)
  }

  /// The next wait of this thread is for a lock that only this disk says is held.
  static func waitsInVain() { impatient.withLock { _ = $0.insert(pthread_self()) } }
}
