/// The proxies whose word is taken for who sent a request, and the field they say it in.
///
/// It is one field by its name, never whichever is there: a proxy that writes one of the two passes on the other as the client sent it, and
/// who believes both believes the client.
package struct TrustedProxies: Sendable, Hashable {
  package enum Field: String, Sendable, CaseIterable {
    case xForwardedFor = "x-forwarded-for"
    /// RFC 7239.
    case forwarded
  }

  package var blocks: [AddressBlock]
  /// Whether whoever comes over a Unix socket is one.
  package var includesUnix: Bool
  package var field: Field

  package init(blocks: [AddressBlock] = [], includesUnix: Bool = false, field: Field = .xForwardedFor) {
    self.blocks = blocks
    self.includesUnix = includesUnix
    self.field = field
  }

  package func contains(_ peer: Peer) -> Bool {
    switch peer {
    case .address(let address): blocks.contains { $0.contains(address) }
    case .unix: includesUnix
    }
  }

  /// Who is behind `peer`, the other end of the connection, by the lines of the field in the order they came in.
  ///
  /// Each proxy adds whom it has the request from at the end. So the list is read from there, as long as those who wrote it are trusted; it
  /// ends at the first who is not, and at whatever is no address (`unknown`, `_hidden`, nonsense). What stands before that anybody may have
  /// written, and nobody reads it.
  package func client(behind peer: Peer, _ lines: [String]) -> Peer {
    var client = peer
    guard contains(peer) else { return client }
    for line in lines.reversed() {
      var list = Array(line.utf8)[...]
      while let element = field.takeLast(of: &list) {
        // RFC 9110 §5.6.1.2: empty elements of a list do not count.
        guard !element.isEmpty else { continue }
        guard let address = field.address(in: element) else { return client }
        client = .address(address)
        guard contains(client) else { return client }
      }
    }
    return client
  }
}
