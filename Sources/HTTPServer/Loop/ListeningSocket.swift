import CLinux
import Glibc

/// A bound and listening socket. A later kind (a Unix socket, one handed over by systemd) needs only to be another way to make one.
struct ListeningSocket: Sendable {
  let descriptor: Int32
  /// With the port that was really taken.
  let address: ListenAddress

  /// Binds to the first address that the host stands for and that can be bound.
  init(_ address: ListenAddress, backlog: Int32) throws(ListenError) {
    let candidates = try ListeningSocket.resolve(address)
    defer { freeaddrinfo(candidates) }
    var failure = ListenError.unknownHost(address, reason: "it has no address")
    var next = candidates
    while let candidate = next {
      do throws(ListenError) {
        self = try ListeningSocket(candidate.pointee, address, backlog)
        return
      } catch {
        failure = error
      }
      next = candidate.pointee.ai_next
    }
    throw failure
  }

  private init(_ candidate: addrinfo, _ address: ListenAddress, _ backlog: Int32) throws(ListenError) {
    let descriptor = try ListenError.check(clinux_socket(candidate.ai_family), "socket")
    do throws(ListenError) {
      // A restarted server may take its port while connections of the old one still fade away.
      try ListenError.check(clinux_reuse_address(descriptor), "setsockopt")
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
      self.descriptor = descriptor
      self.address = ListenAddress(host: address.host, port: SocketAddress.port(local))
    } catch {
      Glibc.close(descriptor)
      throw error
    }
  }

  func close() {
    Glibc.close(descriptor)
  }

  private static func resolve(_ address: ListenAddress) throws(ListenError) -> UnsafeMutablePointer<addrinfo>? {
    var hints = addrinfo()
    hints.ai_family = AF_UNSPEC
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
    var result: UnsafeMutablePointer<addrinfo>?
    let code = getaddrinfo(address.host, String(address.port), &hints, &result)
    guard code == 0 else { throw .unknownHost(address, reason: String(cString: gai_strerror(code))) }
    return result
  }
}

/// Reading socket addresses.
enum SocketAddress {
  static func port(_ storage: sockaddr_storage) -> Int {
    withUnsafeBytes(of: storage) { bytes in
      switch Int32(storage.ss_family) {
      case AF_INET: Int(UInt16(bigEndian: bytes.load(as: sockaddr_in.self).sin_port))
      case AF_INET6: Int(UInt16(bigEndian: bytes.load(as: sockaddr_in6.self).sin6_port))
      default: 0
      }
    }
  }

  /// The address without the port: `192.0.2.7`, `2001:db8::7`. An IPv4 client of an IPv6 socket is shown as what it is.
  static func text(_ storage: sockaddr_storage) -> String {
    var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    let isKnown = withUnsafeBytes(of: storage) { bytes in
      switch Int32(storage.ss_family) {
      case AF_INET:
        var address = bytes.load(as: sockaddr_in.self).sin_addr
        return inet_ntop(AF_INET, &address, &text, socklen_t(text.count)) != nil
      case AF_INET6:
        var address = bytes.load(as: sockaddr_in6.self).sin6_addr
        return inet_ntop(AF_INET6, &address, &text, socklen_t(text.count)) != nil
      default: return false
      }
    }
    guard isKnown else { return "unknown" }
    let string = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let mapped = "::ffff:"
    return string.hasPrefix(mapped) && string.utf8.contains(UInt8(ascii: ".")) ? String(string.dropFirst(mapped.count)) : string
  }
}
