/// Where to listen.
package enum ListenAddress: Sendable, Hashable, CustomStringConvertible {
  /// A host name, an IPv4 or an IPv6 address, and a port. Port 0 takes a free one.
  case tcp(host: String, port: Int)
  /// The file of a Unix socket; a relative path starts at the working directory.
  case unix(path: String)

  /// Reads on behind what was to be an address.
  package enum Fault: String, Error {
    case form =
      "must be HOST:PORT, such as 127.0.0.1:8080, \"[::1]:8080\", or 0.0.0.0:8080 for every address of the machine, or unix:PATH"
    case path = "has a path that no socket can have; write one of 1 to 107 bytes"
  }

  /// What Linux has room for, beside the NUL at the end (unix(7)).
  private static let longestPath = 107
  private static let unixPrefix = "unix:"

  /// Reads `127.0.0.1:8080`, `[::1]:8080`, `localhost:0` or `unix:/run/gatehouse/gatehouse.sock`. An IPv6 address stands in brackets; a host
  /// and a port are both required.
  package init(_ text: String) throws(Fault) {
    if text.hasPrefix(ListenAddress.unixPrefix) {
      let path = String(text.dropFirst(ListenAddress.unixPrefix.count))
      guard (1...ListenAddress.longestPath).contains(path.utf8.count), !path.utf8.contains(0) else { throw .path }
      self = .unix(path: path)
      return
    }
    guard let colon = text.lastIndex(of: ":"), let port = Port.number(text[text.index(after: colon)...]), Host.isValid(text[..<colon])
    else {
      throw .form
    }
    let host = text[..<colon]
    self = .tcp(host: String(host.hasPrefix("[") ? host.dropFirst().dropLast() : host), port: port)
  }

  /// As it is written: `127.0.0.1:8080`, `[::1]:8080`, `unix:/run/gatehouse/gatehouse.sock`.
  package var description: String {
    switch self {
    case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    case .unix(let path): ListenAddress.unixPrefix + path
    }
  }

  /// What a client on this machine would open; nil for a Unix socket, which no URL can name.
  package var url: String? {
    guard case .tcp = self else { return nil }
    return "http://\(self)"
  }

  /// Every address of the machine, which is none that a link could lead to.
  package var isEverywhere: Bool {
    guard case .tcp(let host, _) = self else { return false }
    return host == "0.0.0.0" || host == "::"
  }
}
