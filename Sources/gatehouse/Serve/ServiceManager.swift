import Glibc
import Logging

/// Who started this process and looks after it, as systemd does: it hands over sockets (sd_listen_fds(3)) and wants to be told the state
/// (sd_notify(3)). Both are a few variables of the environment, and need no library.
struct ServiceManager: Sendable {
  enum State: Sendable {
    /// Requests are taken; also after each reload.
    case ready
    case reloading
    case stopping
  }

  /// Descriptors of the sockets that were handed over.
  let sockets: [Int32]
  /// Where the state is told: a path, or a name that begins with @.
  private let address: String?

  /// More than anybody means to hand over.
  private static let mostSockets: Int32 = 64
  /// SD_LISTEN_FDS_START.
  private static let firstSocket: Int32 = 3

  /// Reads what this process was started with. The variables of the sockets are removed: they are meant for this process alone.
  static func meet() throws -> ServiceManager {
    let (process, count) = (environmentVariable("LISTEN_PID"), environmentVariable("LISTEN_FDS"))
    for name in ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"] { unsetenv(name) }
    var sockets: [Int32] = []
    // Meant for another process: whoever started this one has left its own variables behind.
    if let process, pid_t(process) == getpid() {
      // By hand: `Int32` also reads a sign.
      guard let count = count.flatMap({ $0.allSatisfy(\.isWholeNumber) ? Int32($0) : nil }), (0...mostSockets).contains(count) else {
        throw Failure.usage("LISTEN_FDS must be the number of sockets that are handed over, 0 to \(mostSockets), beside LISTEN_PID")
      }
      sockets = Array(firstSocket..<firstSocket + count)
    }
    return ServiceManager(sockets: sockets, address: environmentVariable("NOTIFY_SOCKET"))
  }

  /// Says how it is. Nothing where nobody asked to be told.
  func tell(_ state: State, log: Logger) {
    guard let address else { return }
    do {
      try ServiceManager.send(state.text, to: address)
    } catch {
      log.warning("the service manager cannot be told the state", metadata: ["reason": "\(String(cString: strerror(error.code)))"])
    }
  }

  private struct SendFailure: Error {
    var code: Int32
  }

  private static func send(_ text: String, to address: String) throws(SendFailure) {
    var name = sockaddr_un()
    name.sun_family = sa_family_t(AF_UNIX)
    // A name without a file begins with a NUL (unix(7)), and ends where its length says.
    let path = address.hasPrefix("@") ? [0] + Array(address.utf8.dropFirst()) : Array(address.utf8)
    let room = MemoryLayout.size(ofValue: name.sun_path)
    guard path.count < room else { throw SendFailure(code: ENAMETOOLONG) }
    withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: path) }
    let length = socklen_t(MemoryLayout<sa_family_t>.size + path.count)
    let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw SendFailure(code: errno) }
    defer { close(descriptor) }
    // One that reads late is waited for; one that never reads must not hold up the server.
    var patience = timeval(tv_sec: 2, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    let bytes = Array(text.utf8)
    let sent = withUnsafePointer(to: &name) { name in
      name.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        sendto(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL), $0, length)
      }
    }
    guard sent == bytes.count else { throw SendFailure(code: errno) }
  }
}

extension ServiceManager.State {
  fileprivate var text: String {
    switch self {
    case .ready: return "READY=1"
    case .stopping: return "STOPPING=1"
    case .reloading:
      // By the clock it must be told from an older reload (sd_notify(3), Type=notify-reload).
      var now = timespec()
      clock_gettime(CLOCK_MONOTONIC, &now)
      return "RELOADING=1\nMONOTONIC_USEC=\(now.tv_sec * 1_000_000 + now.tv_nsec / 1_000)"
    }
  }
}
