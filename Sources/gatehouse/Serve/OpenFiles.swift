import Configuration
import Glibc
import HTTPServer

/// How many files a process may have open. Each connection is one.
enum OpenFiles {
  /// The limit in force, and how far the process may raise it by itself (getrlimit(2)). Nil where the system has none to tell.
  static var limits: (soft: Int, hard: Int)? {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return nil }
    return (Int(clamping: limit.rlim_cur), Int(clamping: limit.rlim_max))
  }

  /// Raises the limit to `count`, or as far as it goes, and never lowers it. Returns what it is then.
  static func allow(_ count: Int) -> Int {
    guard let (soft, hard) = limits else { return .max }
    guard soft < count else { return soft }
    let wanted = min(count, hard)
    var limit = rlimit(rlim_cur: rlim_t(wanted), rlim_max: rlim_t(hard))
    return setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 ? wanted : soft
  }
}

extension Limits {
  /// The listener's bounds, with what the configuration says of them.
  init(_ settings: ServerLimits) {
    self.init()
    connections = settings.connections
    connectionsByAddress = settings.connectionsByAddress
    firstByte = settings.headerTimeout
    headComplete = settings.headerTimeout
    bodyRead = min(bodyRead, settings.bodyTimeout)
    bodyComplete = settings.bodyTimeout
    idle = settings.idleTimeout
    writeStall = settings.writeTimeout
    drain = settings.drainTimeout
    bodiesInAll = settings.bodiesInMemory
    // The share of those who have proved nothing.
    anonymousBodiesInAll = settings.bodiesInMemory / 4
  }
}
