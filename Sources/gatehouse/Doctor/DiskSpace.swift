import GitLab
import Glibc

/// How much room there is where the database is (statvfs(3)).
struct DiskSpace: Sendable, Equatable {
  var free: Int64
  var total: Int64

  init(free: Int64, total: Int64) {
    self.free = free
    self.total = total
  }

  /// Nil where the system does not say.
  init?(folder: String) {
    var status = statvfs()
    guard statvfs(folder, &status) == 0, status.f_blocks > 0 else { return nil }
    // What only root may use is nobody's here.
    free = Int64(clamping: status.f_bavail) * Int64(clamping: status.f_frsize)
    total = Int64(clamping: status.f_blocks) * Int64(clamping: status.f_frsize)
  }

  private static let mebibyte: Int64 = 1 << 20

  /// Below this a burst of webhooks may not be stored any more.
  static let least = 100 * mebibyte
  static let comfortable = 1_024 * mebibyte

  func finding(folder: String) -> DoctorFinding {
    let seen = "\(free / DiskSpace.mebibyte) MiB free of \(total / DiskSpace.mebibyte) MiB in \(folder)"
    let remedy = "free space there, or move database.path; without any, webhooks and decisions are refused with 503"
    if free < DiskSpace.least { return .fail("disk space", seen, remedy) }
    // Twentieths, so that nothing overflows.
    return free < DiskSpace.comfortable || free < total / 20 ? .warn("disk space", seen, remedy) : .ok("disk space", seen)
  }
}
