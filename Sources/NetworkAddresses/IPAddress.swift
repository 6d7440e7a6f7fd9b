package import Glibc

/// An IPv4 or an IPv6 address, as a number. One that means IPv4 within IPv6 (RFC 4291 §2.5.5.2), as clients of a dual-stack socket have it,
/// is that IPv4 address: no rule about one can be got round with the other.
package struct IPAddress: Sendable, Hashable, CustomStringConvertible {
  /// An IPv4 address as `::ffff:192.0.2.7`.
  let bits: UInt128

  private static let mapped: UInt128 = 0xFFFF << 32

  package init(_ address: in_addr) {
    bits = IPAddress.mapped | UInt128(UInt32(bigEndian: address.s_addr))
  }

  package init(_ address: in6_addr) {
    bits = UInt128(bigEndian: withUnsafeBytes(of: address) { $0.loadUnaligned(as: UInt128.self) })
  }

  /// Reads `192.0.2.7` or `2001:db8::7`: no brackets, no zone, no port, no octet with a leading zero.
  package init?(_ text: String) {
    // The C library would stop at a NUL.
    guard text.utf8.count < INET6_ADDRSTRLEN, !text.utf8.contains(0) else { return nil }
    var v4 = in_addr()
    var v6 = in6_addr()
    if inet_pton(AF_INET, text, &v4) == 1 {
      self.init(v4)
    } else if inet_pton(AF_INET6, text, &v6) == 1 {
      self.init(v6)
    } else {
      return nil
    }
  }

  init(bits: UInt128) { self.bits = bits }

  /// What a client is counted by: an IPv4 address, or the first one of an IPv6 address's /64, of which one customer of a provider has all.
  package var network: IPAddress { isIPv4 ? self : IPAddress(bits: bits & (~0 << 64)) }

  package var isIPv4: Bool { bits >> 32 == 0xFFFF }

  package var description: String {
    if isIPv4 { return [24, 16, 8, 0].map { String(UInt8(truncatingIfNeeded: bits >> $0)) }.joined(separator: ".") }
    var network = bits.bigEndian
    var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    inet_ntop(AF_INET6, &network, &text, socklen_t(text.count))
    return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}

/// A block of addresses: `10.0.0.0/8`, `2001:db8::/32`, or one address alone.
package struct AddressBlock: Sendable, Hashable, CustomStringConvertible {
  package enum Fault: Error, Hashable {
    /// Neither an address nor an address, a slash and the number of bits that count.
    case form
    /// Bits are set that do not count, so that it may be either a slip of the address or of the length; this is the block it is in.
    case strayBits(AddressBlock)
  }

  let first: IPAddress
  /// Of the 128 bits that an `IPAddress` has.
  let length: Int

  package init(_ text: String) throws(Fault) {
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard let address = IPAddress(String(parts[0])) else { throw .form }
    let most = parts[0].contains(":") ? 128 : 32
    var length = most
    if let digits = parts.dropFirst().first {
      guard (1...3).contains(digits.utf8.count), digits.utf8.allSatisfy(isDigit), let number = Int(digits),
        number <= most
      else { throw .form }
      length = number
    }
    self.init(address, length: length + 128 - most)
    guard first == address else { throw .strayBits(self) }
  }

  private init(_ address: IPAddress, length: Int) {
    first = IPAddress(bits: address.bits & AddressBlock.mask(length))
    self.length = length
  }

  /// An IPv6 block has no IPv4 addresses in it, however wide it is.
  package func contains(_ address: IPAddress) -> Bool {
    address.isIPv4 == first.isIPv4 && address.bits & AddressBlock.mask(length) == first.bits
  }

  /// Whether every address of its family is in it.
  package var isEverything: Bool { length == (first.isIPv4 ? 96 : 0) }

  package var description: String { "\(first)/\(first.isIPv4 ? length - 96 : length)" }

  private static func mask(_ length: Int) -> UInt128 { length == 0 ? 0 : ~0 << UInt128(128 - length) }
}
