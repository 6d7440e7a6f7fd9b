/// Where to listen: a host name or address, and a port. Port 0 takes a free one.
package struct ListenAddress: Sendable, Hashable, CustomStringConvertible {
  package var host: String
  package var port: Int

  package init(host: String, port: Int) {
    self.host = host
    self.port = port
  }

  /// Reads `127.0.0.1:8080`, `[::1]:8080` or `localhost:0`. An IPv6 address stands in brackets; a host and a port are both required.
  package init?(_ text: String) {
    guard let colon = text.utf8.lastIndex(of: UInt8(ascii: ":")) else { return nil }
    let digits = text.utf8[text.utf8.index(after: colon)...]
    guard (1...5).contains(digits.count), digits.allSatisfy(Octet.isDigit), let port = Int(Substring(digits)), port <= 65_535 else {
      return nil
    }
    var host = text[..<colon]
    if host.utf8.first == UInt8(ascii: "["), host.utf8.last == UInt8(ascii: "]"), host.utf8.count > 2 {
      host = host.dropFirst().dropLast()
      guard host.utf8.contains(UInt8(ascii: ":")) else { return nil }
    } else {
      guard !host.isEmpty, !host.utf8.contains(where: { ":[]/".utf8.contains($0) || $0 <= Octet.space }) else { return nil }
    }
    self.init(host: String(host), port: port)
  }

  /// As it stands in a URL: `127.0.0.1:8080`, `[::1]:8080`.
  package var description: String {
    host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]:\(port)" : "\(host):\(port)"
  }
}
