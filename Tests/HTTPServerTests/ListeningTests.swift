import Glibc
import HTTPMessages
import HTTPTypes
import NetworkAddresses
import TestSupport
import Testing

@testable import HTTPServer

/// On what a server listens: every kind of address, several at once, and sockets that others made.
@Suite struct ListeningTests {
  /// Answers with who is there.
  private static let whoIsThere = Functions { request in
    Response(head: HTTPResponse(status: .ok), body: Array((request.peer ?? "nobody").utf8))
  }

  private func peer(over address: ListenAddress) throws -> String {
    let client = try Client(address)
    try client.send(get())
    return try client.receive().text
  }

  private func mode(of path: String) -> mode_t? {
    var status = stat()
    return lstat(path, &status) == 0 ? status.st_mode : nil
  }

  @Test func everyKindIsServedAtOnce() async throws {
    let folder = TemporaryFolder()
    let path = folder.file("gate.sock")
    var addresses: [ListenAddress] = [.tcp(host: "127.0.0.1", port: 0), .unix(path: path), .tcp(host: "127.0.0.1", port: 0)]
    if hasIPv6 { addresses.append(.tcp(host: "::1", port: 0)) }
    try await withServer(on: addresses, ListeningTests.whoIsThere) { bound, _, server in
      #expect(try bound.map { try peer(over: $0) } == ["127.0.0.1", "unix", "127.0.0.1"] + (hasIPv6 ? ["::1"] : []))
      #expect(Set(bound).count == bound.count)
      let idle = try bound.map { try Client($0) }
      for client in idle {
        try client.send(get())
        #expect(try client.receive().status == 200)
      }
      await server.shutDown()
      for client in idle { #expect(try client.receiveToEnd() == "") }
      for address in bound { #expect(throws: Client.Failure.self) { try Client(address) } }
    }
  }

  @Test(.enabled(if: hasIPv6)) func everyAddressOfTheMachineIsOfBothFamilies() async throws {
    try await withServer(on: [.tcp(host: "::", port: 0)], ListeningTests.whoIsThere) { bound, _, _ in
      guard case .tcp(_, let port)? = bound.first else {
        Issue.record("\(bound)")
        return
      }
      let peers = try ["::1", "127.0.0.1"].map { try peer(over: .tcp(host: $0, port: port)) }
      #expect(peers == ["::1", "127.0.0.1"])
    }
  }

  /// Above the limit each is told so; then nobody is taken in on any address until somebody has left.
  @Test func acceptingStopsAndGoesOnForAll() async throws {
    let folder = TemporaryFolder()
    var limits = Limits()
    limits.connections = 1
    limits.refusals = 1
    try await withServer(on: [.tcp(host: "127.0.0.1", port: 0), .unix(path: folder.file("s"))], limits: limits) { bound, _, _ in
      let first = try Client(bound[0])
      try first.send(get())
      #expect(try first.receive().status == 200)
      let refused = try Client(bound[1])
      #expect(try refused.receive().status == 503)
      // These wait in the kernel's queues.
      let waiting = try bound.map { try Client($0) }
      first.shutDownWrite()
      #expect(try first.receiveToEnd() == "")
      refused.shutDownWrite()
      #expect(try refused.receiveToEnd() == "")
      let statuses = try waiting.map { client in
        try client.send(get("/", "Connection: close\r\n"))
        let status = try client.receive().status
        client.shutDownWrite()
        _ = try client.receiveToEnd()
        return status
      }
      #expect(statuses.contains(200))
      #expect(try bound.map { try peer(over: $0) }.count == 2)
    }
  }

  // MARK: The file of a Unix socket

  @Test func theFileIsForUserAndGroupAndGoesWithTheServer() async throws {
    let folder = TemporaryFolder()
    let path = folder.file("gate.sock")
    try await withServer(on: [.unix(path: path)]) { bound, _, _ in
      #expect(bound == [.unix(path: path)])
      #expect(mode(of: path) == S_IFSOCK | 0o660)
    }
    #expect(mode(of: path) == nil)
  }

  @Test func whatADeadServerLeftIsReplaced() async throws {
    let folder = TemporaryFolder()
    let path = folder.file("gate.sock")
    close(try listener(at: path))
    #expect(mode(of: path) != nil)
    try await withServer(on: [.unix(path: path)], ListeningTests.whoIsThere) { bound, _, _ in
      let peer = try peer(over: bound[0])
      #expect(peer == "unix")
    }
  }

  @Test func whereSomebodyListensItIsInUse() async throws {
    let folder = TemporaryFolder()
    let path = folder.file("gate.sock")
    try await withServer(on: [.unix(path: path)]) { bound, _, _ in
      let second = HTTPServer(addresses: bound, handler: Functions(answer: echo)) { _ in }
      #expect(throws: ListenError.addressInUse(.unix(path: path))) { try second.start() }
      // It has not lost its file.
      _ = try Client(bound[0])
    }
  }

  @Test func whatIsNoSocketStays() throws {
    let folder = TemporaryFolder()
    let path = folder.file("notes")
    close(open(path, O_WRONLY | O_CREAT, 0o600))
    let link = folder.file("link")
    #expect(symlink(path, link) == 0)
    for path in [path, link] {
      #expect(throws: ListenError.notASocket(path: path)) { try start(on: [.unix(path: path)]) }
      #expect(mode(of: path) != nil)
    }
  }

  @Test func aFolderThatIsMissingIsNamed() throws {
    let path = TemporaryFolder().file("no/gate.sock")
    #expect(throws: ListenError.noSuchFolder(path: path)) { try start(on: [.unix(path: path)]) }
  }

  @Test func anothersFileStays() async throws {
    let folder = TemporaryFolder()
    let path = folder.file("gate.sock")
    try await withServer(on: [.unix(path: path)]) { _, _, _ in
      unlink(path)
      close(try listener(at: path))
    }
    #expect(mode(of: path) != nil)
  }

  /// All or none: a server that cannot listen everywhere leaves nothing behind.
  @Test func oneThatFailsFailsAll() async throws {
    let folder = TemporaryFolder()
    let path = folder.file("gate.sock")
    try await withServer { address, _, _ in
      #expect(throws: ListenError.addressInUse(address)) { try start(on: [.unix(path: path), address]) }
    }
    #expect(mode(of: path) == nil)
  }

  // MARK: Handed over

  @Test func whatIsHandedOverIsServedAndStays() async throws {
    let folder = TemporaryFolder()
    let path = folder.file("gate.sock")
    let descriptor = try listener(at: path)
    try await withServer(on: [.tcp(host: "127.0.0.1", port: 0)], inherited: [descriptor], ListeningTests.whoIsThere) { bound, _, _ in
      #expect(bound.first == .unix(path: path))
      let peers = try bound.map { try peer(over: $0) }
      #expect(peers == ["unix", "127.0.0.1"])
      #expect(fcntl(descriptor, F_GETFD) & FD_CLOEXEC != 0)
      #expect(fcntl(descriptor, F_GETFL) & O_NONBLOCK != 0)
    }
    #expect(mode(of: path) != nil)
  }

  @Test func whatDoesNotListenIsNamed() throws {
    let stream = Int32(SOCK_STREAM.rawValue)
    let unbound = socket(AF_INET, stream, 0)
    let datagrams = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
    let file = open("/dev/null", O_RDONLY)
    for descriptor in [unbound, datagrams, file, 1_000_000] {
      #expect(throws: ListenError.notListening(descriptor: descriptor)) { try start(on: [], inherited: [descriptor]) }
      close(descriptor)
    }
  }

  /// A socket that listens, as a service manager makes one: it blocks, and children inherit it.
  private func listener(at path: String) throws -> Int32 {
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    try #require(SocketName.unix(path).bind(descriptor) && listen(descriptor, 8) == 0)
    return descriptor
  }

  private func start(on addresses: [ListenAddress], inherited: [Int32] = []) throws {
    _ = try HTTPServer(addresses: addresses, inherited: inherited, handler: Functions(answer: echo)) { _ in }.start()
  }
}
