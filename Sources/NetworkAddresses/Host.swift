internal import Glibc

/// The host of an address, as it stands in URLs and configurations.
package enum Host {
  /// A name, an IPv4 address, or an IPv6 address in brackets, with a zone if need be (`[fe80::1%eth0]`).
  package static func isValid(_ host: Substring) -> Bool {
    if host.hasPrefix("["), host.hasSuffix("]") {
      let parts = host.dropFirst().dropLast().split(separator: "%", maxSplits: 1, omittingEmptySubsequences: false)
      return isAddress(parts[0], AF_INET6) && parts.dropFirst().allSatisfy { isName($0) }
    }
    // What ends in a number is read as an IPv4 address, by resolvers too.
    guard let last = host.utf8.split(separator: UInt8(ascii: ".")).last else { return false }
    return last.allSatisfy(isDigit) ? isAddress(host, AF_INET) : isName(host)
  }

  private static func isName(_ text: Substring) -> Bool {
    (1...253).contains(text.utf8.count)
      && text.utf8.allSatisfy { isDigit($0) || (0x61...0x7A).contains($0 | 0x20) || "-._".utf8.contains($0) }
  }

  private static func isAddress(_ text: Substring, _ family: Int32) -> Bool {
    var address = in6_addr()
    return !text.utf8.contains(0) && inet_pton(family, String(text), &address) == 1
  }
}

package enum Port {
  /// Reads one to five digits, up to 65535.
  package static func number(_ digits: Substring) -> Int? {
    guard (1...5).contains(digits.utf8.count), digits.utf8.allSatisfy(isDigit), let number = Int(digits), number <= 65_535 else {
      return nil
    }
    return number
  }
}

/// Of ASCII: `Int` would take a sign too.
func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
