import Glibc

/// The name of a socket on this machine, as the kernel takes it.
package struct SocketName: Sendable {
  private var storage = sockaddr_storage()
  private let length: Int

  package var family: Int32 { Int32(storage.ss_family) }

  /// 127.0.0.1, or another number at its end.
  package static func loopback(_ number: UInt8 = 1, port: UInt16) -> SocketName {
    var name = sockaddr_in()
    name.sin_family = sa_family_t(AF_INET)
    name.sin_port = port.bigEndian
    name.sin_addr.s_addr = (0x7F00_0000 | UInt32(number)).bigEndian
    return SocketName(name)
  }

  /// ::1.
  package static func loopback6(port: UInt16) -> SocketName {
    var name = sockaddr_in6()
    name.sin6_family = sa_family_t(AF_INET6)
    name.sin6_port = port.bigEndian
    name.sin6_addr = in6addr_loopback
    return SocketName(name)
  }

  /// A Unix socket's; a path that begins with @ is a name without a file.
  package static func unix(_ path: String) -> SocketName {
    let bytes = path.hasPrefix("@") ? [0] + Array(path.utf8.dropFirst()) : Array(path.utf8)
    var name = sockaddr_un()
    name.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: bytes) }
    return SocketName(name, length: MemoryLayout<sa_family_t>.size + bytes.count)
  }

  private init<Name>(_ name: Name, length: Int = MemoryLayout<Name>.size) {
    self.length = length
    withUnsafeMutableBytes(of: &storage) { storage in withUnsafeBytes(of: name) { storage.copyMemory(from: $0) } }
  }

  package func bind(_ descriptor: Int32) -> Bool { withAddress { Glibc.bind(descriptor, $0, $1) } == 0 }

  package func connect(_ descriptor: Int32) -> Bool { withAddress { Glibc.connect(descriptor, $0, $1) } == 0 }

  private func withAddress(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
    withUnsafePointer(to: storage) { storage in
      storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(length)) }
    }
  }
}

/// Whether this machine has IPv6's loopback address; containers often do not.
package let hasIPv6: Bool = {
  let descriptor = socket(AF_INET6, Int32(SOCK_STREAM.rawValue), 0)
  defer { close(descriptor) }
  return SocketName.loopback6(port: 0).bind(descriptor)
}()
