import GitLabSimulator
import Glibc
import HTTPMessages
import HTTPTypes
import JSON
import Storage
import Testing

/// How the server comes and goes: alone on its database, refused by a sentence, stopped without a loss.
@Suite struct LifecycleTests {
  @Test("a second server on the same database is refused with a sentence, and the first goes on")
  func second() async throws {
    try await House.with { house in
      let run = try await house.command(["serve"])
      #expect(run.ending == .exit(1), "\(run)")
      #expect(run.errors.hasPrefix("gatehouse: another gatehouse serves from \(house.database)"), "\(run)")
      #expect(run.output == "")
      let pipeline = house.deploy()
      let key = try await house.opened(pipeline)
      #expect(try await house.decide(key, "approved", as: "alice").status == 201)
      try await house.change(key, reaches: "Deployed")

      // The lock goes with its process, and not with the file beside the database.
      house.crash()
      try await house.start()
      #expect(try await house.send(.get, "/healthz").status == 200)
    }
  }

  @Test("a database from a newer gatehouse, or one whose migration was edited, is refused with a sentence and left alone")
  func strangeSchema() async throws {
    try await House.with { house in
      let pipeline = house.deploy()
      _ = try await house.opened(pipeline)
      house.signal(SIGTERM)
      #expect(try await house.ending() == .exit(0))
      let ours = try house.firstChecksum()

      try house.write("INSERT INTO schema_migration (version, name, checksum) VALUES (9999, '9999-later', 'x')")
      var run = try await house.command(["serve"])
      #expect(run.ending == .exit(1), "\(run)")
      #expect(run.errors.contains("9999-later") && run.errors.contains("written by a newer gatehouse"), "\(run)")
      try house.write("DELETE FROM schema_migration WHERE version = 9999")

      try house.write("UPDATE schema_migration SET checksum = 'edited' WHERE version = 1")
      run = try await house.command(["serve"])
      #expect(run.ending == .exit(1), "\(run)")
      #expect(run.errors.contains("was changed after it ran on this database"), "\(run)")
      for refused in [run.errors, try await house.command(["database", "check"]).errors] {
        #expect(refused.split(separator: "\n").count == 1, "one sentence: \(refused)")
      }
      try house.write("UPDATE schema_migration SET checksum = '\(ours)' WHERE version = 1")
      try await house.start()
      #expect(try await house.changes().count == 1)
    }
  }

  @Test("SIGTERM: no new connection is taken, the request under way is answered and on disk, then exit 0", arguments: [SIGTERM, SIGINT])
  func stopDuringRequest(_ signal: Int32) async throws {
    try await House.with(HouseSettings(hookEvents: [])) { house in
      try await house.hasReconciled()
      let hook = try await house.hookNotDelivered()
      let connection = try RawConnection(to: house.url)
      let half = hook.body.count / 2
      try connection.send(house.head(of: hook) + "Expect: 100-continue\r\n\r\n")
      #expect(try connection.receive(upTo: "\r\n\r\n").hasPrefix("HTTP/1.1 100 "))
      try connection.send(Array(hook.body[..<half]))
      house.signal(signal)
      try await eventually("the server to begin its stop") { house.log.contains("stopping: no new requests") }
      try await eventually("new connections to be refused") { (try? RawConnection(to: house.url)) == nil }
      try connection.send(Array(hook.body[half...]))
      let answer = try connection.receiveToEnd()
      #expect(answer.hasPrefix("HTTP/1.1 200 "), "\(answer)")
      #expect(answer.contains(#""result":"recorded""#), "\(answer)")
      #expect(try await house.ending() == .exit(0))
      #expect(house.log.contains(#""message":"stopped""#))
      #expect(try house.deliveryCount() == 1)
    }
  }

  @Test("SIGTERM: a conversation with GitLab is heard to its end and settled; the next start does the rest")
  func stopDuringCallback() async throws {
    try await House.with { house in
      let pipeline = house.deploy()
      let key = try await house.opened(pipeline)
      try await house.rests()
      house.gitlab.with { $0.faults = [Fault(.delay(.milliseconds(500)), on: "POST", "projects/*/deployments/*/approval")] }
      #expect(try await house.decide(key, "approved", as: "alice").status == 201)
      try await eventually("the approval to be on its way") { house.requestsToGitLab.contains { $0.fault != nil } }
      house.signal(SIGTERM)
      #expect(try await house.ending() == .exit(0))
      #expect(house.deeds(on: pipeline) == ["approved"])
      #expect(try house.callbacksOnDisk() == ["approve delivered 1", "play pending 0"])
      try await house.start()
      #expect(!house.log.contains("are taken up again"))
      try await house.change(key, reaches: "Deployed")
      #expect(house.deeds(on: pipeline) == ["approved", "played"])
      try await house.isSound()
    }
  }

  @Test("an address that is taken, and a database that cannot be made, are told in a sentence")
  func cannotStart() async throws {
    try await House.with { house in
      let address = String(house.url.dropFirst("http://".count))
      let other = try House(house.settings)
      let taken = try await other.command(["serve", "--listen", address])
      #expect(taken.ending == .exit(2), "\(taken)")
      #expect(taken.errors.split(separator: "\n").last?.hasPrefix("gatehouse: \(address) is in use") == true, "\(taken)")
      await other.close()

      house.configure(house.settings, database: "/proc/no/such/folder/gatehouse.db")
      let run = try await house.command(["serve"])
      #expect(run.ending == .exit(1), "\(run)")
      #expect(run.errors.contains("does the folder exist") && run.errors.split(separator: "\n").count == 1, "\(run)")
    }
  }
}

extension House {
  /// The head of a hook's request as bytes, without the empty line at its end.
  fileprivate func head(of hook: Request) -> String {
    let fields = hook.head.headerFields.map { "\($0.name): \($0.value)\r\n" }.joined()
    let authority = url.dropFirst("http://".count)
    return "POST \(hook.head.path ?? "") HTTP/1.1\r\nHost: \(authority)\r\n\(fields)Content-Length: \(hook.body.count)\r\n"
  }

  fileprivate func firstChecksum() throws -> String {
    try read { try $0.connection.query("SELECT checksum FROM schema_migration WHERE version = 1") { $0.requiredText(0) }.first ?? "" }
  }

  /// The steps of decisions, with their state and attempts.
  fileprivate func callbacksOnDisk() throws -> [String] {
    try read { reading in
      try reading.connection.query(
        "SELECT step || ' ' || state || ' ' || attempts FROM outbox WHERE change IS NOT NULL ORDER BY id"
      ) { $0.requiredText(0) }
    }
  }

  /// Changes the database behind the server's back.
  fileprivate func write(_ sql: String) throws { try Connection(path: database, access: .readWrite).run(sql) }
}
