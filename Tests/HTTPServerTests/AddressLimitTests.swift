import NetworkAddresses
import TestSupport
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

  @Test(.timeLimit(.minutes(1 * slowness))) func connectionsOfOneAddressAreLimitedAndOthersServed() async throws {
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
      // What nobody uses any more is let go of in an optimised build, and its connection with it.
      try withExtendedLifetime(clients) { #expect(try Client(address).receive().status == 503) }
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

  /// Its clients come through it, and it may have every place.
  @Test func aTrustedProxyIsNotCounted() async throws {
    let limits = Self.limits { $0.connectionsByAddress = 1 }
    let proxies = TrustedProxies(blocks: [try AddressBlock("127.0.0.2")])
    try await withServer(on: [.tcp(host: "127.0.0.1", port: 0)], trusting: proxies, limits: limits) { addresses, _, _ in
      let address = addresses[0]
      let clients = try (0..<3).map { _ in try Client(address, from: 2) }
      for client in clients { #expect(try Self.served(client).status == 200) }
      let stranger = try Client(address)
      #expect(try Self.served(stranger).status == 200)
      #expect(try Client(address).receive().status == 503)
    }
  }
}
