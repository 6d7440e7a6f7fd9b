import Glibc

/// A folder of a test's own, removed with everything in it when the test lets go of it.
///
/// In memory where there is plenty: the tests kill processes, not machines, so that nothing is learned from waiting for a disk a thousand times.
/// `TMPDIR` says otherwise.
package final class TemporaryFolder: Sendable {
  package let path: String

  private static let parent: String = {
    if let chosen = getenv("TMPDIR"), chosen.pointee != 0 { return String(cString: chosen) }
    var memory = statvfs()
    let plenty: UInt = 1 << 30
    let hasPlenty = statvfs("/dev/shm", &memory) == 0 && memory.f_bavail * memory.f_frsize >= plenty && access("/dev/shm", W_OK) == 0
    return hasPlenty ? "/dev/shm" : "/tmp"
  }()

  package init() {
    var template = Array("\(TemporaryFolder.parent)/gatehouse-test-XXXXXX".utf8CString)
    let made = template.withUnsafeMutableBufferPointer { buffer in buffer.baseAddress.flatMap { mkdtemp($0) } }
    precondition(made != nil, "no temporary folder can be made in \(TemporaryFolder.parent)")
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  package func file(_ name: String) -> String { path + "/" + name }

  deinit { remove(path) }
}
