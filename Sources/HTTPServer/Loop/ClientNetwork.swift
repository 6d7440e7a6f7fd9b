import Glibc

/// What connections are counted by: an IPv4 address, or the /64 that an IPv6 address lies in, of which one customer has all.
///
/// Nil for a Unix socket, whose clients are all on this machine.
struct ClientNetwork: Hashable {
  /// The first 64 bits of an IPv6 address; all of an IPv4 address, wherever the system shows it.
  private let prefix: UInt64
  private let isVersion6: Bool

  init?(_ storage: sockaddr_storage) {
    let bits: UInt128? = withUnsafeBytes(of: storage) { bytes in
      switch Int32(storage.ss_family) {
      case AF_INET: ClientNetwork.mapped | UInt128(UInt32(bigEndian: bytes.load(as: sockaddr_in.self).sin_addr.s_addr))
      case AF_INET6:
        withUnsafeBytes(of: bytes.load(as: sockaddr_in6.self).sin6_addr) { UInt128(bigEndian: $0.loadUnaligned(as: UInt128.self)) }
      default: nil
      }
    }
    guard let bits else { return nil }
    isVersion6 = bits >> 32 != ClientNetwork.mapped >> 32
    prefix = UInt64(truncatingIfNeeded: isVersion6 ? bits >> 64 : bits)
  }

  /// `::ffff:0.0.0.0`: an IPv4 client of an IPv6 socket (RFC 4291 §2.5.5.2).
  private static let mapped: UInt128 = 0xFFFF << 32
}

/// How many connections each network has.
struct ClientCounts {
  private var counts: [ClientNetwork: Int] = [:]

  subscript(network: ClientNetwork) -> Int { counts[network] ?? 0 }

  mutating func enter(_ network: ClientNetwork) { counts[network, default: 0] += 1 }

  /// Forgets who has none left.
  mutating func leave(_ network: ClientNetwork) {
    let left = self[network] - 1
    counts[network] = left > 0 ? left : nil
  }
}
