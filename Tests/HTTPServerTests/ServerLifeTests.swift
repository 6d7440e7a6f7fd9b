import HTTPMessages
import HTTPTypes
import NetworkAddresses
import Testing

@testable import HTTPServer

/// Starting and shutting down.
@Suite struct ServerLifeTests {
  private func server(_ address: ListenAddress) -> HTTPServer {
    HTTPServer(addresses: [address], handler: Functions(answer: echo)) { _ in }
  }

  @Test func drainingFinishesWhatIsUnderWay() async throws {
    let barrier = Barrier()
    let handler = Functions { request in
      if request.head.path == "/slow" { await barrier.pass() }
      return await echo(request)
    }
    try await withServer(handler) { address, events, server in
      let idle = try Client(address)
      try idle.send(get())
      #expect(try idle.receive().status == 200)
      let busy = try Client(address)
      try busy.send(get("/slow") + get("/never"))
      await barrier.arrived(1)
      async let drained: Void = server.shutDown()
      #expect(try idle.receiveToEnd() == "")
      // The listening socket is closed before the idle connections are.
      #expect(throws: Client.Failure.self) { try Client(address) }
      await barrier.open()
      let answer = try busy.receive()
      #expect(answer.text == "/slow")
      #expect(answer.head.contains("Connection: close"))
      #expect(try busy.receiveToEnd() == "")
      busy.shutDownWrite()
      await drained
      #expect(events.all == [])
    }
  }

  @Test func drainingEndsInTime() async throws {
    let barrier = Barrier()
    let handler = Functions { request in
      await barrier.pass()
      return await echo(request)
    }
    var limits = Limits()
    limits.drain = .milliseconds(30)
    try await withServer(limits: limits, handler) { address, events, server in
      let client = try Client(address)
      try client.send(get())
      await barrier.arrived(1)
      await server.shutDown()
      #expect(events.all == [.drainTimedOut(connections: 1)])
      #expect((try? client.receiveToEnd()) ?? "" == "")
      // The handler resumes after its loop has ended; it still comes to its end.
      await barrier.open()
    }
  }

  @Test func shuttingDownTwiceOrUnstartedIsHarmless() async throws {
    let server = server(.tcp(host: "127.0.0.1", port: 0))
    await server.shutDown()
    _ = try server.start()
    async let first: Void = server.shutDown()
    async let second: Void = server.shutDown()
    _ = await (first, second)
    await server.shutDown()
  }

  @Test func aServerIsStartedOnce() async throws {
    let server = server(.tcp(host: "127.0.0.1", port: 0))
    _ = try server.start()
    #expect(throws: ListenError.alreadyStarted) { try server.start() }
    await server.shutDown()
  }

  @Test func aTakenPortIsNamed() async throws {
    try await withServer { address, _, _ in
      #expect(throws: ListenError.addressInUse(address)) { try server(address).start() }
      #expect(ListenError.addressInUse(address).message.contains("\(address) is in use"))
    }
  }

  @Test func anAddressOfAnotherMachineIsNamed() {
    let address = ListenAddress.tcp(host: "192.0.2.1", port: 0)
    #expect(throws: ListenError.noSuchAddress(address)) { try server(address).start() }
  }

  @Test func anUnknownHostIsNamed() {
    let address = ListenAddress.tcp(host: "host.invalid", port: 0)
    #expect(throws: ListenError.self) { try server(address).start() }
  }

  @Test func theSamePortCanBeTakenAgainAtOnce() async throws {
    try await withServer { address, _, first in
      let client = try Client(address)
      try client.send(get("/", "Connection: close\r\n"))
      #expect(try client.receive().status == 200)
      client.shutDownWrite()
      await first.shutDown()
      let second = server(address)
      #expect(try second.start() == [address])
      await second.shutDown()
    }
  }

  @Test func localhostHasAPort() async throws {
    let server = server(.tcp(host: "localhost", port: 0))
    let bound = try server.start()
    #expect(bound.count == 1 && bound != [.tcp(host: "localhost", port: 0)])
    await server.shutDown()
  }
}
