import Glibc
import TestSupport
import Testing

/// What systemd does: hands over sockets, and is told the state. Its part is played by a shell, which becomes the server, and a socket.
@Suite struct ServiceManagerTests {
  /// The server under `$$`, which the shell keeps when it becomes another program.
  private func start(
    _ house: House, _ variables: String, environment: [String: String] = [:], handing socket: Int32? = nil
  ) throws -> Child {
    try Child(
      "/bin/sh", ["-c", "\(variables) exec \"$0\" serve --config \"$1\"", Program.path, house.configurationFile],
      environment: HouseSettings.environment.merging(environment) { $1 }, in: house.folder, named: "managed", handing: socket)
  }

  private func announced(_ child: Child) async throws -> String {
    try await eventually("the server to listen") { () -> Sighting<String> in
      if let line = child.outputText.split(separator: "\n").first { return .found(String(line)) }
      if let ending = child.ending { throw NeverCame(description: "it ended with \(ending): \(child.errorText)") }
      return .notYet(child.errorText)
    }
  }

  private func ending(_ child: Child) async throws -> Ending {
    try await eventually("the server to end") { child.ending.map(Sighting.found) ?? .notYet(child.errorText) }
  }

  @Test("a socket that is handed over is listened on in place of server.listen: who came before the server is served by it")
  func activation() async throws {
    var settings = HouseSettings()
    settings.server = #"listen: "127.0.0.1:1""#
    try await House.with(settings, serving: false) { house in
      let path = house.folder.file("gate.sock")
      let socket = try PassedSocket(path, Int32(SOCK_STREAM.rawValue))
      let early = try RawConnection(to: "unix:\(path)")
      try early.send("GET /healthz HTTP/1.1\r\nHost: gate\r\nConnection: close\r\n\r\n")
      let child = try start(house, "LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=gate", handing: socket.descriptor)
      #expect(try await announced(child) == "gatehouse: listening on unix:\(path)")
      #expect(try early.receive(upTo: "\r\n").hasPrefix("HTTP/1.1 200 "))
      #expect(child.errorText.contains("in place of server.listen"), "\(child.errorText)")
      #expect(child.errorText.contains("server.public_url is missing"), "\(child.errorText)")
      child.signal(SIGTERM)
      #expect(try await ending(child) == .exit(0))
      // It is not the server's: the next one gets it too.
      #expect(access(path, F_OK) == 0)
    }
  }

  @Test(
    "variables that are meant for another process, or for none, hand over nothing",
    arguments: ["LISTEN_PID=1 LISTEN_FDS=1", "LISTEN_FDS=1"])
  func others(_ variables: String) async throws {
    try await House.with(serving: false) { house in
      let child = try start(house, variables)
      #expect(try await announced(child).hasPrefix("gatehouse: listening on http://127.0.0.1:"))
    }
  }

  @Test(
    "what is handed over and is no socket to listen on is told in a sentence",
    arguments: [
      ("LISTEN_PID=$$ LISTEN_FDS=1", "Descriptor 3"), ("LISTEN_PID=$$ LISTEN_FDS=many", "LISTEN_FDS must be"),
      ("LISTEN_PID=$$ LISTEN_FDS=+1", "LISTEN_FDS must be"),
      ("LISTEN_PID=$$", "LISTEN_FDS must be"),
    ])
  func nonsense(_ variables: String, _ says: String) async throws {
    try await House.with(serving: false) { house in
      let nothing = open("/dev/null", O_RDONLY)
      defer { close(nothing) }
      let child = try start(house, variables, handing: nothing)
      #expect(try await ending(child) == .exit(2))
      let last = child.errorText.split(separator: "\n").last ?? ""
      #expect(last.hasPrefix("gatehouse: ") && last.contains(says) && !last.contains("--listen"), "\(child.errorText)")
    }
  }

  @Test("the state is told: ready, reloading and ready again, stopping", arguments: [false, true])
  func states(_ isAbstract: Bool) async throws {
    try await House.with(serving: false) { house in
      let path = isAbstract ? "@gatehouse-test-\(UInt64.random(in: .min ... .max))" : house.folder.file("notify.sock")
      let socket = try PassedSocket(path, Int32(SOCK_DGRAM.rawValue))
      let child = try start(house, "", environment: ["NOTIFY_SOCKET": path])
      #expect(try await socket.message(from: child) == "READY=1")
      #expect(try await announced(child).hasPrefix("gatehouse: listening on "))
      child.signal(SIGHUP)
      let reloading = try await socket.message(from: child).split(separator: "\n")
      #expect(reloading.first == "RELOADING=1")
      var now = timespec()
      clock_gettime(CLOCK_MONOTONIC, &now)
      let told = reloading.last.flatMap { $0.hasPrefix("MONOTONIC_USEC=") ? Int($0.dropFirst("MONOTONIC_USEC=".count)) : nil }
      #expect(try (now.tv_sec - 60..<now.tv_sec + 1).contains(#require(told) / 1_000_000))
      #expect(try await socket.message(from: child) == "READY=1")
      // Ready is what it is also after a configuration that it has refused.
      write("nonsense", toFile: house.configurationFile)
      child.signal(SIGHUP)
      #expect(try await socket.message(from: child).hasPrefix("RELOADING=1"))
      #expect(try await socket.message(from: child) == "READY=1")
      child.signal(SIGTERM)
      #expect(try await socket.message(from: child) == "STOPPING=1")
      #expect(try await ending(child) == .exit(0))
    }
  }

  @Test("a service manager that cannot be told is worth a line, and no reason not to serve")
  func deaf() async throws {
    try await House.with(serving: false) { house in
      let child = try start(house, "", environment: ["NOTIFY_SOCKET": house.folder.file("nobody.sock")])
      _ = try await announced(child)
      try await eventually("the warning") { child.errorText.contains("the service manager cannot be told the state") }
    }
  }

  @Test("a service manager that has stopped reading holds up neither the start nor the end for long")
  func stuck() async throws {
    try await House.with(serving: false) { house in
      let path = house.folder.file("notify.sock")
      let socket = try PassedSocket(path, Int32(SOCK_DGRAM.rawValue))
      socket.fill(path)
      let child = try start(house, "", environment: ["NOTIFY_SOCKET": path])
      _ = try await announced(child)
      try await eventually("the warning") { child.errorText.contains("the service manager cannot be told the state") }
      child.signal(SIGTERM)
      #expect(try await ending(child) == .exit(0))
    }
  }
}

/// A Unix socket as a service manager makes it.
private final class PassedSocket: Sendable {
  let descriptor: Int32

  init(_ path: String, _ kind: Int32) throws {
    descriptor = socket(AF_UNIX, kind | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard SocketName.unix(path).bind(descriptor),
      kind == Int32(SOCK_DGRAM.rawValue) || listen(descriptor, 8) == 0
    else { throw NeverCame(description: "no socket at \(path): \(String(cString: strerror(errno)))") }
  }

  deinit { close(descriptor) }

  /// Sends as many messages as it takes in unread.
  func fill(_ path: String) {
    let sender = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
    defer { close(sender) }
    guard SocketName.unix(path).connect(sender) else { return }
    while send(sender, "x", 1, Int32(MSG_DONTWAIT)) > 0 {}
  }

  /// The next message that somebody sends.
  func message(from child: Child) async throws -> String {
    try await eventually("the server to tell its state") { () -> Sighting<String> in
      var bytes = [UInt8](repeating: 0, count: 4_096)
      let count = recv(descriptor, &bytes, bytes.count, Int32(MSG_DONTWAIT))
      guard count < 0 else { return .found(String(decoding: bytes[..<count], as: UTF8.self)) }
      if let ending = child.ending { throw NeverCame(description: "it ended with \(ending): \(child.errorText)") }
      return .notYet(child.errorText)
    }
  }
}
