import Glibc
import Testing

/// Large bodies are taken apart beside the listener's loop.
@Suite struct LargeBodyTests {
  /// As many as take the unoptimised build well over a second.
  static let values = 900_000

  private static func body(_ values: Int) -> String { "{\"x\":[0" + String(repeating: ",0", count: values) + "]}" }

  @Test("while a large webhook is taken apart, others are served at once")
  func beside() async throws {
    try await House.with { house in
      let (status, took, worst) = try await blocking {
        let body = LargeBodyTests.body(LargeBodyTests.values)
        let sender = try RawConnection(to: house.url)
        try sender.send(House.delivery(of: body.utf8.count) + body)
        let start = ContinuousClock.now
        var worst = Duration.zero
        while !sender.hasInput(within: .zero) { worst = max(worst, try house.wait()) }
        return (try sender.status(), ContinuousClock.now - start, worst)
      }
      print("a webhook of \(LargeBodyTests.values) values took \(took); the slowest answer beside it \(worst)")
      #expect(status == 200)
      #expect(worst < took / 2)
    }
  }

  @Test("the configured size of a webhook holds, and follows SIGHUP; what needs a restart is named")
  func configured() async throws {
    var settings = HouseSettings()
    settings.limits = "webhook_body: 64KiB"
    try await House.with(settings) { house in
      func send(_ count: Int) async throws -> Int {
        try await blocking {
          let client = try RawConnection(to: house.url)
          try client.send(House.delivery(of: count) + "{}" + String(repeating: " ", count: count - 2))
          return try client.status()
        }
      }
      #expect(try await send(65_536) == 200)
      #expect(try await send(65_537) == 413)
      settings.limits = "webhook_body: 1MiB, idle_timeout: 30s"
      house.configure(settings)
      house.signal(SIGHUP)
      try await eventually("the new configuration") { house.log.contains("configuration read anew") }
      #expect(try await send(65_537) == 200)
      #expect(house.log.contains(#""key":"server.limits.idle_timeout""#))
      #expect(!house.log.contains("server.limits.webhook_body"))
    }
  }

  @Test("who asks whether the server is ready again and again does not make it write each time")
  func ready() async throws {
    try await House.with { house in
      try await house.hasReconciled()
      func size() -> Int {
        var status = stat()
        return stat(house.database + "-wal", &status) == 0 ? Int(status.st_size) : 0
      }
      let before = size()
      let (asked, took) = try await blocking {
        let start = ContinuousClock.now
        let client = try RawConnection(to: house.url)
        for _ in 0..<300 {
          try client.send("GET /readyz HTTP/1.1\r\nHost: a\r\n\r\n")
          #expect(try client.status() == 200)
        }
        return (300, ContinuousClock.now - start)
      }
      let pages = (size() - before) / 4_096
      #expect(pages <= 4 + 2 * Int(took / .seconds(1)), "\(asked) questions wrote \(pages) pages in \(took)")
    }
  }
}
