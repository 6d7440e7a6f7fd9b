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
      let (status, answered) = try await blocking {
        let body = LargeBodyTests.body(LargeBodyTests.values)
        let sender = try RawConnection(to: house.url)
        try sender.send(House.delivery(of: body.utf8.count) + body)
        var answered = 0
        while !sender.hasInput(within: .zero) {
          try house.serves()
          answered += 1
        }
        return (try sender.status(), answered)
      }
      print("\(answered) answers while a webhook of \(LargeBodyTests.values) values was taken apart")
      #expect(status == 200)
      // On the loop itself it would hold up each of them: one is answered before it begins, and one when it is over.
      #expect(answered > 3)
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
      let asked = 300
      try await blocking {
        let client = try RawConnection(to: house.url)
        for _ in 0..<asked {
          try client.send("GET /readyz HTTP/1.1\r\nHost: a\r\n\r\n")
          #expect(try client.status() == 200)
        }
      }
      let pages = (size() - before) / 4_096
      // A write is of two pages at least.
      #expect(pages < asked, "\(asked) questions wrote \(pages) pages")
    }
  }
}
