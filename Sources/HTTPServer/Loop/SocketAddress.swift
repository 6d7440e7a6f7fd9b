import Glibc
internal import NetworkAddresses

/// Reading socket addresses.
extension Peer {
  /// The other end of an accepted connection; what is not of the internet is a Unix socket, for nothing else is listened on.
  init(_ storage: sockaddr_storage) {
    self = IPAddress(storage).map(Peer.address) ?? .unix
  }
}

extension ListenAddress {
  /// The address of a listening socket; nil where it is neither of the internet nor of Unix.
  init?(_ storage: sockaddr_storage) {
    if let address = IPAddress(storage) {
      self = .tcp(host: address.description, port: ListenAddress.port(of: storage))
    } else if Int32(storage.ss_family) == AF_UNIX {
      self = .unix(path: ListenAddress.path(of: storage))
    } else {
      return nil
    }
  }

  static func port(of storage: sockaddr_storage) -> Int {
    withUnsafeBytes(of: storage) { bytes in
      switch Int32(storage.ss_family) {
      case AF_INET: Int(UInt16(bigEndian: bytes.load(as: sockaddr_in.self).sin_port))
      case AF_INET6: Int(UInt16(bigEndian: bytes.load(as: sockaddr_in6.self).sin6_port))
      default: 0
      }
    }
  }

  /// One without a file (unix(7): abstract) begins with a NUL, which is written as @.
  private static func path(of storage: sockaddr_storage) -> String {
    withUnsafeBytes(of: storage) { bytes in
      let path = bytes.dropFirst(MemoryLayout<sa_family_t>.size)
      let isAbstract = path.first == 0
      return (isAbstract ? "@" : "") + String(decoding: path.dropFirst(isAbstract ? 1 : 0).prefix { $0 != 0 }, as: UTF8.self)
    }
  }
}

extension IPAddress {
  fileprivate init?(_ storage: sockaddr_storage) {
    let address: IPAddress? = withUnsafeBytes(of: storage) { bytes in
      switch Int32(storage.ss_family) {
      case AF_INET: IPAddress(bytes.load(as: sockaddr_in.self).sin_addr)
      case AF_INET6: IPAddress(bytes.load(as: sockaddr_in6.self).sin6_addr)
      default: nil
      }
    }
    guard let address else { return nil }
    self = address
  }
}
