import Glibc
import Testing

@testable import HTTPServer

/// One client may not take every place.
@Suite struct AddressLimitTests {
  private static func limits(_ change: (inout Limits) -> Void) -> Limits {
    var limits = Limits()
    change(&limits)
    return limits
  }

  private static func served(_ client: Client) throws -> Client.Answer {
    try client.send(get())
    return try client.receive()
  }

  @Test(.timeLimit(.minutes(1))) func connectionsOfOneAddressAreLimitedAndOthersServed() async throws {
    try await withServer(limits: Self.limits { $0.connectionsByAddress = 2 }) { address, events, _ in
      var clients = [try Client(address), try Client(address)]
      for client in clients { #expect(try Self.served(client).status == 200) }
      for _ in 0..<3 {
        let refused = try Client(address).receive()
        #expect(refused.status == 503)
        #expect(refused.text.contains("too_many_connections"))
        #expect(refused.head.contains("Retry-After: 5"))
        #expect(refused.head.contains("Connection: close"))
      }
      #expect(events.all == [.addressLimitReached(limit: 2, peer: "127.0.0.1")])
      #expect(try Self.served(Client(address, from: 2)).status == 200)
      try clients.removeLast().send("GET / HTTP/1.0\r\n\r\n")
      var status = 503
      while status == 503, !Task.isCancelled { status = try Self.served(Client(address)).status }
      #expect(status == 200)
    }
  }

  @Test func halfOfAllUnlessSaidOtherwise() async throws {
    try await withServer(limits: Self.limits { $0.connections = 4 }) { address, events, _ in
      let clients = [try Client(address), try Client(address)]
      for client in clients { #expect(try Self.served(client).status == 200) }
      #expect(try Client(address).receive().status == 503)
      #expect(events.all == [.addressLimitReached(limit: 2, peer: "127.0.0.1")])
    }
  }

  /// Refused connections linger until the client closes. They may not fill what there is for them, or nobody would be accepted any more.
  @Test func whoIsRefusedCannotStopOthersFromBeingAccepted() async throws {
    let limits = Self.limits {
      $0.connectionsByAddress = 1
      $0.refusals = 4
      $0.linger = .seconds(60)
    }
    try await withServer(limits: limits) { address, _, _ in
      let first = try Client(address)
      #expect(try Self.served(first).status == 200)
      let stubborn = try (0..<20).map { _ in try Client(address) }
      for client in stubborn.prefix(2) { #expect(try client.receive().status == 503) }
      // The others are closed without a word.
      for client in stubborn.dropFirst(2) { #expect(((try? client.receiveToEnd()) ?? "") == "") }
      #expect(try Self.served(Client(address, from: 2)).status == 200)
    }
  }

  @Test(arguments: [
    ("192.0.2.7", "192.0.2.7", true), ("192.0.2.7", "192.0.2.8", false), ("192.0.2.7", "::ffff:192.0.2.7", true),
    ("::ffff:192.0.2.7", "::ffff:192.0.2.8", false), ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true),
    ("2001:db8:1:2::1", "2001:db8:1:3::1", false), ("::1", "::2", true), ("::1", "192.0.2.7", false),
  ]) func anIPv6ClientIsItsNetwork(_ one: String, _ other: String, _ areOne: Bool) throws {
    let (one, other) = (try #require(ClientNetwork(storage(one))), try #require(ClientNetwork(storage(other))))
    #expect((one == other) == areOne)
  }

  @Test func aUnixSocketHasNoAddress() {
    var storage = sockaddr_storage()
    storage.ss_family = sa_family_t(AF_UNIX)
    #expect(ClientNetwork(storage) == nil)
  }

  private func storage(_ text: String) -> sockaddr_storage {
    var storage = sockaddr_storage()
    withUnsafeMutableBytes(of: &storage) { bytes in
      if text.utf8.contains(UInt8(ascii: ":")) {
        var name = sockaddr_in6()
        name.sin6_family = sa_family_t(AF_INET6)
        #expect(inet_pton(AF_INET6, text, &name.sin6_addr) == 1)
        bytes.storeBytes(of: name, as: sockaddr_in6.self)
      } else {
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        #expect(inet_pton(AF_INET, text, &name.sin_addr) == 1)
        bytes.storeBytes(of: name, as: sockaddr_in.self)
      }
    }
    return storage
  }
}
