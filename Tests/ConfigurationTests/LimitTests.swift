import Testing

@testable import Configuration

/// `server.limits`: read, defaulted, and refused beyond its bounds with the bound.
@Suite struct LimitTests {
  private static func limits(_ text: String) -> Case { Case("server: {limits: {\(text)}}") }

  private func read(_ text: String) throws -> ServerLimits {
    try Configuration.parse(Self.limits(text).text, file: "g.yaml", environment: exampleEnvironment).server.limits
  }

  @Test func whatIsLeftOutStays() throws { #expect(try read("") == ServerLimits()) }

  @Test func everyKeyIsRead() throws {
    let limits = try read(
      """
      connections: 20000, connections_by_address: 100, header_timeout: 5s, body_timeout: 2m, idle_timeout: 1h, write_timeout: 30s, \
      drain_timeout: 1m, webhook_body: 1MiB, bodies_in_memory: 1GiB
      """)
    #expect(limits.connections == 20_000)
    #expect(limits.connectionsByAddress == 100)
    #expect(
      [limits.headerTimeout, limits.bodyTimeout, limits.idleTimeout, limits.writeTimeout, limits.drainTimeout] == [
        .seconds(5), .seconds(120), .seconds(3_600), .seconds(30), .seconds(60),
      ])
    #expect(limits.webhookBody == 1 << 20)
    #expect(limits.bodiesInMemory == 1 << 30)
  }

  @Test func eachChangeIsNamedByItsKey() throws {
    let (new, old) = (try read("idle_timeout: 1h, bodies_in_memory: 64MiB, webhook_body: 64KiB"), ServerLimits())
    let changed = zip(new.listener, old.listener).filter { $0.value != $1.value }.map { "\($0.key) \($0.value) \($1.value)" }
    #expect(changed == ["idle_timeout 1h 65s", "bodies_in_memory 64MiB 256MiB"])
    let keys = new.listener.map(\.key) + ["webhook_body"]
    #expect(keys.sorted() == Vocabulary.limits.known.sorted())
  }

  @Test(arguments: [
    ("connections: 15", "`connections` must be a whole number from 16 to 100000, without quotes, not `15`"),
    ("connections: many", "`connections` must be a whole number from 16 to 100000, without quotes, not `many`"),
    ("connections_by_address: 0", "`connections_by_address` must be a whole number from 1 to 100000, without quotes, not `0`"),
    ("idle_timeout: 2h", "`idle_timeout` must be from 1s to 1h, not `2h`"),
    ("header_timeout: 0s", "`header_timeout` must be from 1s to 2m, not `0s`"),
    ("body_timeout: 10", "`body_timeout` must be a duration such as 1s, 5m, 72h or 90d, not `10`"),
    ("webhook_body: 26MiB", "`webhook_body` must be from 64KiB to 25MiB, not `26MiB`"),
    ("webhook_body: 25MB", "`webhook_body` must be a size such as 64KiB, 25MiB or 1GiB, not `25MB`"),
    ("webhook_body: MiB", "`webhook_body` must be a size such as 64KiB, 25MiB or 1GiB, not `MiB`"),
    ("webhook_body: -1MiB", "`webhook_body` must be a size such as 64KiB, 25MiB or 1GiB, not `-1MiB`"),
    ("bodies_in_memory: 9999999GiB", "`bodies_in_memory` must be a size such as 64KiB, 25MiB or 1GiB, not `9999999GiB`"),
    ("bodies_in_memory: 17GiB", "`bodies_in_memory` must be from 32MiB to 16GiB, not `17GiB`"),
    ("connexions: 20", "unknown key `connexions`; did you mean `connections`?"),
    (
      "connections: 20, connections_by_address: 21",
      "`connections_by_address` is more than the 20 connections there are in all; write fewer, or raise `connections`"
    ),
  ]) func isRefused(_ text: String, _ said: String) throws {
    let problem = try #require(problems(Self.limits(text).text).first)
    #expect(problem.hasSuffix(": \(said)"), "\(problem)")
  }
}
