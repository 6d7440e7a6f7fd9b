import CLinux
import Glibc
internal import NetworkAddresses

/// A bound and listening socket: of the internet, of a file, or one that was handed over.
struct ListeningSocket: Sendable {
  let descriptor: Int32
  /// With the port that was really taken.
  let address: ListenAddress
  /// The file that was made for it, and goes with it.
  private let file: SocketFile?

  init(_ address: ListenAddress, backlog: Int32) throws(ListenError) {
    switch address {
    case .tcp(let host, let port): self = try .bound(toFirstAddressOf: host, port: port, backlog)
    case .unix(let path): try self.init(path: path, backlog)
    }
  }

  /// Takes one that whoever started this process made and listens on. It stays theirs: its file is not removed.
  init(inherited descriptor: Int32) throws(ListenError) {
    guard clinux_socket_option(descriptor, SO_TYPE) == Int32(SOCK_STREAM.rawValue), clinux_socket_option(descriptor, SO_ACCEPTCONN) == 1
    else { throw .notListening(descriptor: descriptor) }
    var local = sockaddr_storage()
    try ListenError.check(clinux_local_address(descriptor, &local), "getsockname")
    guard let address = ListenAddress(local) else { throw .notListening(descriptor: descriptor) }
    try ListenError.check(clinux_take_over(descriptor), "fcntl")
    self.init(descriptor: descriptor, address: address, file: nil)
  }

  private init(descriptor: Int32, address: ListenAddress, file: SocketFile?) {
    self.descriptor = descriptor
    self.address = address
    self.file = file
  }

  /// The file goes first: a server that starts meanwhile has its own there.
  func close() {
    file?.remove()
    Glibc.close(descriptor)
  }

  // MARK: Unix

  private init(path: String, _ backlog: Int32) throws(ListenError) {
    let descriptor = try ListenError.check(clinux_socket(AF_UNIX), "socket")
    do throws(ListenError) {
      let file = try SocketFile(binding: descriptor, to: path)
      try ListenError.check(clinux_listen(descriptor, backlog), "listen")
      self.init(descriptor: descriptor, address: .unix(path: path), file: file)
    } catch {
      Glibc.close(descriptor)
      throw error
    }
  }

  // MARK: The internet

  /// A host name may stand for several addresses (`localhost` for 127.0.0.1 and ::1); the first that can be bound is taken.
  private static func bound(toFirstAddressOf host: String, port: Int, _ backlog: Int32) throws(ListenError) -> ListeningSocket {
    let candidates = try resolve(host, port)
    defer { freeaddrinfo(candidates) }
    var failure = ListenError.unknownHost(.tcp(host: host, port: port), reason: "it has no address")
    var next = candidates
    while let candidate = next {
      do throws(ListenError) {
        return try ListeningSocket(candidate.pointee, host, port, backlog)
      } catch {
        failure = error
      }
      next = candidate.pointee.ai_next
    }
    throw failure
  }

  private init(_ candidate: addrinfo, _ host: String, _ port: Int, _ backlog: Int32) throws(ListenError) {
    let address = ListenAddress.tcp(host: host, port: port)
    let opened = clinux_socket(candidate.ai_family)
    // A kernel without IPv6.
    if -opened == EAFNOSUPPORT { throw .noSuchAddress(address) }
    let descriptor = try ListenError.check(opened, "socket")
    do throws(ListenError) {
      // A restarted server may take its port while connections of the old one still fade away.
      try ListenError.check(clinux_reuse_address(descriptor), "setsockopt")
      // [::] takes IPv4 clients too, whatever net.ipv6.bindv6only says.
      if candidate.ai_family == AF_INET6 { try ListenError.check(clinux_take_both_families(descriptor), "setsockopt") }
      let bound = clinux_bind(descriptor, candidate.ai_addr, candidate.ai_addrlen)
      switch -bound {
      case EADDRINUSE: throw .addressInUse(address)
      case EADDRNOTAVAIL: throw .noSuchAddress(address)
      case EACCES, EPERM: throw .notPermitted(address)
      default: try ListenError.check(bound, "bind")
      }
      // Two servers may be bound to one port by SO_REUSEADDR until the second one listens.
      let listening = clinux_listen(descriptor, backlog)
      if -listening == EADDRINUSE { throw .addressInUse(address) }
      try ListenError.check(listening, "listen")
      var local = sockaddr_storage()
      try ListenError.check(clinux_local_address(descriptor, &local), "getsockname")
      self.init(descriptor: descriptor, address: .tcp(host: host, port: ListenAddress.port(of: local)), file: nil)
    } catch {
      Glibc.close(descriptor)
      throw error
    }
  }

  private static func resolve(_ host: String, _ port: Int) throws(ListenError) -> UnsafeMutablePointer<addrinfo>? {
    var hints = addrinfo()
    hints.ai_family = AF_UNSPEC
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
    var result: UnsafeMutablePointer<addrinfo>?
    let code = getaddrinfo(host, String(port), &hints, &result)
    guard code == 0 else { throw .unknownHost(.tcp(host: host, port: port), reason: String(cString: gai_strerror(code))) }
    return result
  }
}
