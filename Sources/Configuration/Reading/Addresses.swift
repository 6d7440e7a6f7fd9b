import Glibc

/// `HOST:PORT`, the host a name, an IPv4 address or an IPv6 address in brackets. The listener reads it the same way.
struct ListenText {
  let text: String
  private let host: Substring

  init?(_ text: String) {
    guard let colon = text.lastIndex(of: ":") else { return nil }
    guard isPort(text[text.index(after: colon)...]) else { return nil }
    host = text[..<colon]
    guard isHost(host) else { return nil }
    self.text = text
  }

  /// Listens on every address of the machine.
  var isEverywhere: Bool { host == "0.0.0.0" || host == "[::]" }
}

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
      guard isPort(port), Int(port) != 0 else { throw .port }
      host = authority[..<colon]
    }
    guard isHost(host) else { throw .host }
    return host
  }
}

private func isPort(_ digits: Substring) -> Bool {
  digits.utf8.count <= 5 && digits.utf8.allSatisfy(\.isDigit) && Int(digits).map { $0 <= 65_535 } ?? false
}

private func isHost(_ host: Substring) -> Bool {
  if host.hasPrefix("["), host.hasSuffix("]") {
    let parts = host.dropFirst().dropLast().split(separator: "%", maxSplits: 1, omittingEmptySubsequences: false)
    return isAddress(parts[0], AF_INET6) && parts.dropFirst().allSatisfy { isName($0) }
  }
  // What ends in a number is read as an IPv4 address, by resolvers too.
  guard let last = host.utf8.split(separator: UInt8(ascii: ".")).last else { return false }
  return last.allSatisfy(\.isDigit) ? isAddress(host, AF_INET) : isName(host)
}

private func isName(_ text: Substring) -> Bool {
  (1...253).contains(text.utf8.count) && text.utf8.allSatisfy { $0.isLetterOrDigit || "-._".utf8.contains($0) }
}

private func isAddress(_ text: Substring, _ family: Int32) -> Bool {
  var address = in6_addr()
  return !text.utf8.contains(0) && inet_pton(family, String(text), &address) == 1
}

/// Of ASCII.
extension UInt8 {
  var isDigit: Bool { (0x30...0x39).contains(self) }

  var isLetterOrDigit: Bool { isDigit || (0x41...0x5A).contains(self) || (0x61...0x7A).contains(self) }
}
