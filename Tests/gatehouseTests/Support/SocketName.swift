import Glibc

/// The name of a socket, as the kernel takes it.
struct SocketName {
  private var storage = sockaddr_storage()
  private let length: socklen_t

  /// A Unix socket's; a path that begins with @ is a name without a file.
  init(path: String) {
    let bytes = path.hasPrefix("@") ? [0] + Array(path.utf8.dropFirst()) : Array(path.utf8)
    var name = sockaddr_un()
    name.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: bytes) }
    withUnsafeMutableBytes(of: &storage) { $0.storeBytes(of: name, as: sockaddr_un.self) }
    length = socklen_t(MemoryLayout<sa_family_t>.size + bytes.count)
  }

  private init(_ name: sockaddr_in) {
    withUnsafeMutableBytes(of: &storage) { $0.storeBytes(of: name, as: sockaddr_in.self) }
    length = socklen_t(MemoryLayout<sockaddr_in>.size)
  }

  /// 127.0.0.`number`, and a port as text.
  static func loopback(_ number: UInt8 = 1, port: Substring?) -> SocketName {
    var name = sockaddr_in()
    name.sin_family = sa_family_t(AF_INET)
    name.sin_port = (UInt16(port ?? "") ?? 0).bigEndian
    name.sin_addr.s_addr = (0x7F00_0000 | UInt32(number)).bigEndian
    return SocketName(name)
  }

  func withBytes<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
    withUnsafePointer(to: storage) { storage in
      storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
    }
  }
}
