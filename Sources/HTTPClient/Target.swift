import HTTPMessages
import HTTPTypes

/// Where a request goes, checked: nothing in it can be read as user, password or a second request.
struct Target: Sendable, Hashable {
  /// `https://gitlab.example.com:443`, in lower case: what shares connections, and a queue.
  let origin: String
  /// `gitlab.example.com:443`, or `unix:PATH` where every name is reached over a Unix socket, for messages.
  let place: String
  /// The URL without path and query; those go out as the request target, byte for byte.
  let url: String
  /// The request target (RFC 9112 §3.2.1): path and query, as the caller encoded them. `%2F` stays `%2F`.
  let path: String

  init(_ head: HTTPRequest, unixSocket: String? = nil) throws(TransportFailure) {
    guard let scheme = head.scheme?.lowercased(), scheme == "http" || scheme == "https" else {
      throw Target.invalid("the URL's scheme is neither http nor https; check the url")
    }
    guard let authority = head.authority?.lowercased(), let place = Target.place(authority, defaultPort: scheme == "https" ? 443 : 80)
    else {
      throw Target.invalid("the URL's host is not HOST or HOST:PORT; check the url")
    }
    guard let path = head.path, path.utf8.first == UInt8(ascii: "/"), path.utf8.allSatisfy(Target.mayStandInTarget) else {
      throw Target.invalid(
        "the path of a request to \(place) is not a path of RFC 3986 that starts with /; it must be percent-encoded by its maker")
    }
    self.origin = scheme + "://" + place
    self.place = unixSocket.map { "unix:\($0)" } ?? place
    self.url = scheme + "://" + authority + "/"
    self.path = path
  }

  private static func invalid(_ reason: String) -> TransportFailure { TransportFailure(effect: .none, reason: reason) }

  private static func mayStandInTarget(_ byte: UInt8) -> Bool { byte > 0x20 && byte < 0x7F && byte != UInt8(ascii: "#") }

  /// `host:port` of an authority, or nil if it is anything but a name or address and at most a port.
  private static func place(_ authority: String, defaultPort: Int) -> String? {
    var host = Substring(authority)
    var port = String(defaultPort)
    if let colon = authority.lastIndex(of: ":"), !authority[colon...].contains("]") {
      host = authority[..<colon]
      port = String(authority[authority.index(after: colon)...])
    }
    guard port.utf8.count <= 5, port.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(port), (1...65535).contains(number)
    else { return nil }
    let isAddress6 = host.hasPrefix("[") && host.hasSuffix("]")
    let inner = isAddress6 ? host.dropFirst().dropLast() : host
    let isClean = inner.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."): true
      case UInt8(ascii: "-"), UInt8(ascii: "_"): !isAddress6
      case UInt8(ascii: ":"): isAddress6
      default: false
      }
    }
    return inner.isEmpty || !isClean ? nil : "\(host):\(number)"
  }
}
