internal import NetworkAddresses

/// How many connections each client has, by its `IPAddress.network`.
struct ClientCounts {
  private var counts: [IPAddress: Int] = [:]

  subscript(network: IPAddress) -> Int { counts[network] ?? 0 }

  mutating func enter(_ network: IPAddress) { counts[network, default: 0] += 1 }

  /// Forgets who has none left.
  mutating func leave(_ network: IPAddress) {
    let left = self[network] - 1
    counts[network] = left > 0 ? left : nil
  }
}
