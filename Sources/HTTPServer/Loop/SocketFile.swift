import CLinux
import Glibc

/// The file of a Unix socket: how it comes to be, and how it goes.
///
/// That two servers take each other's file for a dead one's, between binding and listening, is not guarded against here: a gate holds its
/// database's lock before it listens.
struct SocketFile: Sendable {
  /// For the user of the server and its group. A proxy is put into that group.
  static let mode: mode_t = 0o660

  private let path: String
  private let device: dev_t
  private let node: ino_t

  /// Binds a socket to a new file, in the place of one that a dead server left.
  init(binding descriptor: Int32, to path: String) throws(ListenError) {
    var bound = clinux_bind_unix(descriptor, path)
    if -bound == EADDRINUSE {
      try SocketFile.removeDead(path)
      bound = clinux_bind_unix(descriptor, path)
    }
    switch -bound {
    case EADDRINUSE: throw .addressInUse(.unix(path: path))
    case EACCES, EPERM, EROFS: throw .notPermitted(.unix(path: path))
    case ENOENT, ENOTDIR: throw .noSuchFolder(path: path)
    default: try ListenError.check(bound, "bind")
    }
    // Whatever the process's mask is. Nobody can connect before the socket listens.
    guard chmod(path, SocketFile.mode) == 0, let status = SocketFile.status(of: path) else {
      throw .system(call: "chmod", code: errno, reason: String(cString: strerror(errno)))
    }
    self.path = path
    device = status.st_dev
    node = status.st_ino
  }

  /// Removes the file, unless another server has put its own there.
  func remove() {
    guard let status = SocketFile.status(of: path), status.st_dev == device, status.st_ino == node else { return }
    unlink(path)
  }

  /// Removes a socket that nobody answers on; what is no socket is somebody's file and stays.
  private static func removeDead(_ path: String) throws(ListenError) {
    guard let status = status(of: path) else { return }
    guard status.st_mode & S_IFMT == S_IFSOCK else { throw .notASocket(path: path) }
    let probe = try ListenError.check(clinux_socket(AF_UNIX), "socket")
    defer { close(probe) }
    let answer = clinux_connect_unix(probe, path)
    guard -answer == ECONNREFUSED else { throw .addressInUse(.unix(path: path)) }
    unlink(path)
  }

  /// Of the file itself: a link is no socket.
  private static func status(of path: String) -> stat? {
    var status = stat()
    return lstat(path, &status) == 0 ? status : nil
  }
}
