import Glibc
import TestSupport
import Testing

/// `GET /api/v1/events`: what happens is told as it happens, once, to all who listen.
@Suite struct EventStoryTests {
  @Test func aWholeLifeIsTold() async throws {
    try await House.with { house in
      let stream = try EventStream(house.url, token: try await house.token(of: "vera"))
      let pipeline = house.deploy()
      let key = try await house.opened(pipeline)
      #expect(try await house.decide(key, "approved", as: "alice").status == 201)
      var names: [String] = []
      var ids: [Int64] = []
      while names.count(where: { $0 == "delivered" }) < 2 {
        let event = try stream.next()
        #expect(event.data["change"]?.string == key)
        #expect(event.data["id"]?.integer == event.id)
        names.append(event.name)
        ids.append(event.id)
      }
      #expect(names.first == "opened")
      #expect(names.firstIndex(of: "decided") ?? .max < names.firstIndex(of: "delivered") ?? 0)
      #expect(ids == ids.sorted())
      #expect(Set(ids).count == ids.count)
    }
  }

  /// Cut off by a crash of the server, somebody comes back with the last id and has heard each event once in the end.
  @Test func whoComesBackMissesNothing() async throws {
    try await House.with { house in
      let token = try await house.token(of: "vera")
      let stream = try EventStream(house.url, token: token)
      let first = try await house.opened(house.deploy("one"))
      var heard = [try stream.next()]
      house.crash()
      _ = try await house.ending()
      try await house.start()
      let second = try await house.opened(house.deploy("two"))
      #expect(try await house.decide(first, "rejected", as: "alice").status == 201)
      let again = try EventStream(house.url, token: token, after: stream.lastID)
      while !(heard.contains { $0.name == "decided" } && heard.contains { $0.data["change"]?.string == second }) {
        heard.append(try again.next())
      }
      let told = try await house.get("/api/v1/audit?limit=100", as: "audrey")["entries"]?.array ?? []
      let wanted = told.filter { $0["change"]?.string != nil }.compactMap { $0["seq"]?.integer }
      #expect(heard.map(\.id) == Array(wanted.prefix(heard.count)))
    }
  }

  @Test func aRevokedTokenHearsNothingMore() async throws {
    try await House.with { house in
      let created = try await house.command(["token", "create", "--user", "mallory", "--role", "viewer", "--json"])
      let stream = try EventStream(house.url, token: try #require(created.json?["token"]?.string))
      _ = try await house.opened(house.deploy())
      #expect(try stream.next().name == "opened")
      let id = try #require(created.json?["id"]?.string)
      #expect(try await house.command(["token", "revoke", id]).status == 0)
      _ = try await house.opened(house.deploy("another"))
      #expect(!(try stream.rest().contains("another")))
    }
  }

  @Test func theServersEndIsTheEndOfTheStream() async throws {
    try await House.with { house in
      let stream = try EventStream(house.url, token: try await house.token(of: "vera"))
      house.signal(SIGTERM)
      _ = try stream.rest()
      #expect(try await house.ending() == .exit(0))
      #expect(!house.log.contains("did not finish in time"))
    }
  }

  @Test func oneChangeCanBeFollowed() async throws {
    try await House.with { house in
      let first = try await house.opened(house.deploy("one"))
      let stream = try EventStream(house.url, token: try await house.token(of: "vera"), change: first)
      _ = try await house.opened(house.deploy("two"))
      #expect(try await house.decide(first, "rejected", as: "alice").status == 201)
      #expect(try stream.next().data["change"]?.string == first)
    }
  }

  /// A thousand listeners hear one event, and cost little.
  @Test func aThousandListen() async throws {
    try await House.with { house in
      let token = try await house.token(of: "vera")
      // The program's own pages, of which it has given back what its start took, come with the first.
      let first = try (0..<10).map { _ in try EventStream(house.url, token: token) }
      let before = try house.memory("VmRSS")
      let others = try (0..<1_000).map { _ in try EventStream(house.url, token: token) }
      let each = (try house.memory("VmRSS") - before) / others.count
      #expect(each < 16 * 1_024, "\(each) bytes for each listener")
      let streams = first + others
      _ = try await house.opened(house.deploy())
      for stream in streams { #expect(try stream.next().name == "opened") }
    }
  }
}
