internal import NetworkAddresses

/// An absolute http or https URL without a slash at its end.
struct WebAddress {
  /// Reads on behind the key's name.
  enum Fault: String, Error {
    case notAbsolute = "must be an absolute http:// or https:// address, such as https://gitlab.example.com"
    case userinfo = "must not carry a user name or a password; leave out what stands before the @"
    case query = "must not have a query or a fragment; leave out what begins at the ? or the #"
    case characters = "has a character that no address has (a space, say, or a letter that is not ASCII); take it out"
    case host = "has a host that is none; write a name, an IPv4 address, or an IPv6 address in brackets"
    case port = "has a port that is none; write a number from 1 to 65535, or leave it out with its colon"
    case path = "has a path with an empty, . or .. segment; leave it out"
  }

  let text: String
  let isSecure: Bool
  private let host: Substring

  init(_ text: String) throws(Fault) {
    let parts = text.split(separator: "://", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, let scheme = parts.first?.lowercased(), scheme == "http" || scheme == "https" else { throw .notAbsolute }
    guard text.utf8.allSatisfy({ (0x21..<0x7F).contains($0) && !#""<>\^`{|}"#.utf8.contains($0) }) else { throw .characters }
    guard !parts[1].contains("@") else { throw .userinfo }
    guard !parts[1].contains(where: { $0 == "?" || $0 == "#" }) else { throw .query }
    let authority = parts[1].prefix { $0 != "/" }
    var path = parts[1][authority.endIndex...]
    while path.last == "/" { path.removeLast() }
    let segments = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
    guard path.isEmpty || !segments.contains(where: { ["", ".", ".."].contains($0) }) else { throw .path }
    host = try Self.host(authority)
    isSecure = scheme == "https"
    self.text = "\(scheme)://\(authority)\(path)"
  }

  /// Whether what is sent there stays on this machine.
  var isLoopback: Bool {
    let name = host.lowercased()
    return name == "localhost" || name.hasSuffix(".localhost") || name == "[::1]"
      || (name.hasPrefix("127.") && name.split(separator: ".").count == 4)
  }

  private static func host(_ authority: Substring) throws(Fault) -> Substring {
    guard !authority.isEmpty else { throw .notAbsolute }
    var host = authority
    let bracket = authority.lastIndex(of: "]") ?? authority.startIndex
    if let colon = authority[bracket...].lastIndex(of: ":") {
      let port = authority[authority.index(after: colon)...]
      guard let number = Port.number(port), number > 0 else { throw .port }
      host = authority[..<colon]
    }
    guard Host.isValid(host) else { throw .host }
    return host
  }
}

/// Of ASCII.
extension UInt8 {
  var isDigit: Bool { (0x30...0x39).contains(self) }

  var isLetterOrDigit: Bool { isDigit || (0x41...0x5A).contains(self) || (0x61...0x7A).contains(self) }
}
