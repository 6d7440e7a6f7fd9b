import JSON
import Storage
import TestSupport
import Testing

/// `gatehouse audit`: proves that nobody has changed what happened, and hands it out.
@Suite struct AuditVerbTests {
  /// A house in which a story has been told, and the head of its log.
  static func told(_ story: (House, _ head: String) async throws -> Void) async throws {
    try await House.with { house in
      let key = try await house.opened(house.deploy())
      _ = try await house.decide(key, "approved", as: "alice", comment: "=looked \"at\" it, twice\nand again")
      try await house.change(key, reaches: "Deployed")
      try await house.rests()
      house.crash()
      let verified = try await house.command(["audit", "verify"])
      verified.expectDone()
      let words = try #require(verified.output.wholeMatch(of: /ok: ([0-9]+) entries, head ([0-9]+:[0-9a-f]{64})\n/)).output
      #expect(words.2.hasPrefix(words.1 + ":"))
      try await story(house, String(words.2))
    }
  }

  @Test("a log that is not there is not a log that holds, and looking does not make one")
  func nothing() async throws {
    try await House.with(serving: false) { house in
      for verb in [["audit", "verify"], ["audit", "export"], ["token", "list"], ["token", "revoke", "tok_1"]] {
        try await house.command(verb).expectRefusal(1, saying: "there is no database at \(house.database)")
      }
      #expect(names(inFolder: house.folder.path).contains { $0.hasPrefix("gatehouse.db") } == false)
    }
  }

  @Test("a head that was kept is still in it later; another never was")
  func keptHead() async throws {
    try await AuditVerbTests.told { house, head in
      _ = try await house.command(["token", "create", "--user", "late"])
      let later = try await house.command(["audit", "verify", "--head", head])
      later.expectDone()
      #expect(!later.output.contains(head))
      let forged = head.split(separator: ":")[0] + ":" + String(repeating: "a", count: 64)
      try await house.command(["audit", "verify", "--head", String(forged)]).expectRefusal(1, saying: "does not contain the head")
      try await house.command(["audit", "verify", "--head", "4000" + head.drop { $0 != ":" }]).expectRefusal(1, saying: "does not contain")
    }
  }

  struct Tampering: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var sql: String
    var found: String
  }

  /// What somebody with the file and a copy of SQLite can do: the triggers go first.
  static let tamperings = [
    Tampering(
      testDescription: "another actor", sql: "UPDATE audit_entry SET actor = 'mallory' WHERE seq = 2", found: "entry 2 was changed"),
    Tampering(testDescription: "another time", sql: "UPDATE audit_entry SET at = at + 1 WHERE seq = 3", found: "entry 3 was changed"),
    Tampering(testDescription: "another action", sql: "UPDATE audit_entry SET action = 'x' WHERE seq = 1", found: "entry 1 was changed"),
    Tampering(
      testDescription: "another change", sql: "PRAGMA foreign_keys = OFF; UPDATE audit_entry SET change = 7 WHERE seq = 3",
      found: "entry 3 was changed"),
    Tampering(
      testDescription: "another detail", sql: "UPDATE audit_entry SET detail = json_set(detail, '$.user', 'mallory') WHERE seq = 1",
      found: "entry 1 was changed"),
    Tampering(
      testDescription: "a hash of its own",
      sql: "UPDATE audit_entry SET hash = replace(hash, substr(hash, 1, 1), 'f') || '0' WHERE seq = 2",
      found: "entry 2 was changed"),
    Tampering(testDescription: "one left out", sql: "DELETE FROM audit_entry WHERE seq = 3", found: "entries 3 to 3 are missing"),
    Tampering(
      testDescription: "the first cut off", sql: "DELETE FROM audit_entry WHERE seq <= 2", found: "entries 1 to 2 are missing"),
    Tampering(
      testDescription: "the tail cut off", sql: "DELETE FROM audit_entry WHERE seq = (SELECT max(seq) FROM audit_entry)",
      found: "entries were cut off"),
    Tampering(testDescription: "all of it cut off", sql: "DELETE FROM audit_entry", found: "the log ends at entry 0"),
    Tampering(
      testDescription: "one added",
      sql: """
        INSERT INTO audit_entry (seq, at, actor, action, detail, previous_hash, hash)
          SELECT seq + 1, at, 'mallory', action, '{}', hash, 'abc' FROM audit_entry ORDER BY seq DESC LIMIT 1
        """, found: "was changed after it was written"),
    Tampering(testDescription: "another head", sql: "UPDATE audit_head SET seq = seq + 1", found: "its head says"),
    Tampering(testDescription: "no head", sql: "DELETE FROM audit_head", found: "its head says 0"),
  ]

  @Test("whatever is done to the log in the file is found by verify and by check", arguments: tamperings)
  func tampered(_ tampering: Tampering) async throws {
    try await House.with(serving: false) { house in
      for user in ["a", "b", "c", "d"] { _ = try await house.command(["token", "create", "--user", user]) }
      #expect(try await house.command(["audit", "verify"]).status == 0)
      let connection = try Connection(path: house.database, access: .readWrite)
      try connection.run("DROP TRIGGER audit_entry_is_never_changed; DROP TRIGGER audit_entry_is_never_deleted")
      try connection.run(tampering.sql)
      try await house.command(["audit", "verify"]).expectRefusal(1, saying: "the audit log does not verify", tampering.found)
      let check = try await house.command(["check", "--json"])
      #expect(check.status == 1)
      #expect(check.finding("audit log")?["status"]?.string == "fail", "\(check)")
      #expect(check.finding("audit log")?["remedy"]?.string?.isEmpty == false)
    }
  }

  @Test("the triggers keep a hand that slips from changing the log")
  func triggers() async throws {
    try await House.with(serving: false) { house in
      _ = try await house.command(["token", "create", "--user", "alice"])
      let connection = try Connection(path: house.database, access: .readWrite)
      for sql in ["UPDATE audit_entry SET actor = 'x'", "DELETE FROM audit_entry"] {
        #expect(throws: StorageError.self) { try connection.run(sql) }
      }
      #expect(try await house.command(["audit", "verify"]).status == 0)
    }
  }

  @Test("a tail cut off together with its head is found by the head that somebody kept")
  func wellCut() async throws {
    try await AuditVerbTests.told { house, head in
      let connection = try Connection(path: house.database, access: .readWrite)
      try connection.run(
        """
        DROP TRIGGER audit_entry_is_never_deleted;
        DELETE FROM audit_entry WHERE seq = (SELECT max(seq) FROM audit_entry);
        UPDATE audit_head SET (seq, hash) = (SELECT seq, hash FROM audit_entry ORDER BY seq DESC LIMIT 1);
        """)
      #expect(try await house.command(["audit", "verify"]).status == 0)
      try await house.command(["audit", "verify", "--head", head]).expectRefusal(1, saying: "does not contain the head \(head)")
    }
  }

  @Test("export prints every entry, one a line, as the API answers them; or as a table that no spreadsheet runs")
  func export() async throws {
    try await AuditVerbTests.told { house, head in
      let run = try await house.command(["audit", "export"])
      run.expectDone()
      let entries = try run.lines.map { try JSONValue.parse(Array($0.utf8)) }
      #expect(entries.map { $0["seq"]?.integer } == (1...Int64(entries.count)).map { $0 })
      #expect(head == "\(entries.count):\(entries.last?["hash"]?.string ?? "")")
      for (entry, next) in zip(entries, entries.dropFirst()) { #expect(next["previous_hash"] == entry["hash"]) }
      #expect(try await house.command(["audit", "export", "--format", "json"]).output == run.output)
      try await house.start()
      #expect(try await house.get("/api/v1/audit?limit=100", as: "audrey")["entries"]?.array?.prefix(entries.count) == entries[...])
      house.crash()

      let table = try await house.command(["audit", "export", "--format", "csv"])
      table.expectDone()
      #expect(table.output.hasPrefix("seq,at,actor,action,change,detail,previous_hash,hash\n1,"))
      #expect(table.output.contains(#"""comment"":""=looked \""at\"" it"#))
      let since = try #require(entries[2]["at"]?.string)
      let part = try await house.command(["audit", "export", "--since", since, "--until", "2100-01-01"])
      #expect(part.lines.first.map(String.init) == entries.first { ($0["at"]?.string ?? "") >= since }?.text)
      let none = try await house.command(["audit", "export", "--until", "2020-01-01"])
      none.expectDone()
      #expect(none.output == "")
    }
  }

  @Test("an export that does not fit on the disk is not called done; one that nobody reads to its end is no accident")
  func fullDisk() async throws {
    try await House.with(serving: false) { house in
      let token = try await house.command(["token", "create", "--user", "alice", "--json"])
      #expect(token.status == 0)
      let environment = HouseSettings.environment.merging(["GATEHOUSE_CONFIG": house.configurationFile]) { $1 }
      for verb in ["audit export", "audit export --format csv", "audit verify", "token list", "database check", "check --json"] {
        let run = try await Program.shell("\"$GATEHOUSE\" \(verb) > /dev/full", environment: environment, in: house.folder)
        run.expectRefusal(1, saying: "standard output", "No space left on device")
      }
      let lost = try await Program.shell("\"$GATEHOUSE\" token create --user bob > /dev/full", environment: environment, in: house.folder)
      #expect(lost.status == 1)
      #expect(lost.errors.contains("No space left on device"), "\(lost)")
      #expect(lost.errors.contains("gatehouse token revoke tok_"), "\(lost)")
      let head = try await Program.shell("\"$GATEHOUSE\" audit export | head -n 1", environment: environment, in: house.folder)
      head.expectDone()
      #expect(head.lines.count == 1)
    }
  }
}
