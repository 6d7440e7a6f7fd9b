internal import Glibc

/// Why the simulator cannot listen.
package struct ListenFailure: Error, Sendable, CustomStringConvertible {
  package var description: String
}

/// A listening TCP socket on an IPv4 address.
struct ListeningSocket: Sendable {
  let descriptor: Int32
  let port: UInt16

  init(host: String, port: UInt16) throws(ListenFailure) {
    func failure(_ step: String) -> ListenFailure {
      ListenFailure(description: "the simulated GitLab cannot listen on \(host):\(port): \(step): \(String(cString: strerror(errno)))")
    }
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { throw failure("socket") }
    var yes: Int32 = 1
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    guard inet_pton(AF_INET, host, &address.sin_addr) == 1 else {
      _ = close(descriptor)
      throw ListenFailure(description: "the simulated GitLab listens on an IPv4 address such as 127.0.0.1, not on \(host)")
    }
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) == 0 }
    }
    guard isBound, listen(descriptor, 64) == 0 else {
      let error = failure("bind; choose another port or 0")
      _ = close(descriptor)
      throw error
    }
    _ = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
    }
    self.descriptor = descriptor
    self.port = UInt16(bigEndian: address.sin_port)
    makeNonBlocking(descriptor)
  }

  /// The next connection that waits, or nil.
  func accept() -> Int32? {
    let accepted = Glibc.accept(descriptor, nil, nil)
    guard accepted >= 0 else { return nil }
    makeNonBlocking(accepted)
    return accepted
  }
}

func makeNonBlocking(_ descriptor: Int32) { _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK) }
