import Glibc
import JSON
import Storage
import TestSupport
import Testing

/// `gatehouse database`: made, brought up to date, looked at, copied while the server runs.
@Suite struct DatabaseVerbTests {
  @Test("migrate makes the database once, for its owner's eyes; check finds it sound")
  func migrate() async throws {
    try await House.with(serving: false) { house in
      let none = try await house.command(["database", "check"])
      none.expectRefusal(1, saying: "there is no database at \(house.database)")
      #expect(access(house.database, F_OK) != 0)

      let first = try await house.command(["database", "migrate"])
      first.expectDone()
      #expect(first.output.hasPrefix("applied 001-gate"))
      let again = try await house.command(["database", "migrate"])
      again.expectDone()
      #expect(again.output.contains("already"))
      let check = try await house.command(["database", "check"])
      check.expectDone()
      #expect(check.output.hasPrefix("ok: "))
      #expect(mode(of: house.database) == 0o600)
    }
  }

  @Test("verbs that only need the database do not ask for the server's secrets; serve does")
  func withoutSecrets() async throws {
    try await House.with(serving: false) { house in
      let environment = ["GATEHOUSE_CONFIG": house.configurationFile]
      for verb in [
        ["database", "migrate"], ["token", "create", "--user", "alice", "--json"], ["token", "list"], ["audit", "verify"],
        ["database", "check"],
      ] {
        try await Program.run(verb, environment: environment, in: house.folder).expectDone()
      }
      let serve = try await Program.run(["serve"], environment: environment, in: house.folder)
      serve.expectRefusal(2, saying: "STORY_WEBHOOK_TOKEN", "is not set")
    }
  }

  @Test("a database of a newer gatehouse, or one whose migration was edited, is refused with what to do")
  func otherSchema() async throws {
    try await House.with(serving: false) { house in
      _ = try await house.command(["database", "migrate"])
      let connection = try Connection(path: house.database, access: .readWrite)
      try connection.run("INSERT INTO schema_migration (version, name, checksum) VALUES (99, '099-later.sql', 'abc')")
      for verb in [["database", "check"], ["database", "migrate"], ["token", "list"], ["audit", "verify"]] {
        try await house.command(verb).expectRefusal(1, saying: "099-later.sql", "newer gatehouse")
      }
      let serve = try await house.command(["serve"])
      #expect((serve.status ?? 0) != 0, "\(serve)")
      #expect(serve.errors.contains("gatehouse: ") && serve.errors.contains("099-later.sql"), "\(serve)")
      try connection.run("DELETE FROM schema_migration WHERE version = 99; UPDATE schema_migration SET checksum = 'abc'")
      try await house.command(["database", "migrate"]).expectRefusal(1, saying: "was changed after it ran")
    }
  }

  @Test("what is no database is refused with a sentence, and left alone")
  func notADatabase() async throws {
    try await House.with(serving: false) { house in
      write(String(repeating: "This is a letter to a friend.\n", count: 400), toFile: house.database)
      let before = bytes(ofFile: house.database)
      for verb in [
        ["database", "check"], ["database", "migrate"], ["token", "create", "--user", "alice", "--json"], ["audit", "verify"],
      ] {
        try await house.command(verb).expectRefusal(1, saying: "not a database")
      }
      #expect(bytes(ofFile: house.database) == before)
    }
  }

  @Test("a damaged file is found by check")
  func damaged() async throws {
    try await House.with(serving: false) { house in
      _ = try await house.command(["token", "create", "--user", "alice", "--json"])
      let connection = try Connection(path: house.database, access: .readWrite)
      // An index that does not know of the row that it should.
      try connection.run(
        """
        PRAGMA writable_schema = ON;
        UPDATE sqlite_schema SET sql = replace(sql, 'audit_entry (at)', 'audit_entry (seq)') WHERE name = 'audit_entry_by_time';
        """)
      let check = try await house.command(["database", "check"])
      check.expectRefusal(1, saying: "is damaged", "audit_entry_by_time", "restore a backup")
    }
  }

  @Test("backup copies everything while the server writes, into a new file of the owner's own, that a server can start from")
  func backup() async throws {
    try await House.with { house in
      let pipeline = house.deploy()
      let key = try await house.opened(pipeline)
      _ = try await house.decide(key, "approved", as: "alice")
      try await house.change(key, reaches: "Deployed")
      try await house.rests()
      let copy = house.folder.file("copy.db")
      let run = try await house.command(["database", "backup", copy])
      run.expectDone()
      #expect(run.output == "wrote \(copy)\n")
      #expect(mode(of: copy) == 0o600)
      let original = try await house.command(["audit", "verify"])
      let other = house.folder.file("copy.yaml")
      write(text(ofFile: house.configurationFile).replacing(house.database, with: copy), toFile: other)
      let verified = try await house.command(["audit", "verify", "--config", other])
      verified.expectDone()
      #expect(verified.output == original.output)
      #expect(try await house.command(["database", "check", "--config", other]).status == 0)

      let before = bytes(ofFile: copy)
      try await house.command(["database", "backup", copy]).expectRefusal(2, saying: "\(copy) exists already", "a new file")
      #expect(bytes(ofFile: copy) == before)
    }
  }

  @Test("a backup that cannot be written says so and leaves nothing")
  func impossibleBackup() async throws {
    try await House.with(serving: false) { house in
      let target = house.folder.file("nowhere/copy.db")
      try await house.command(["database", "backup", target]).expectRefusal(1, saying: "there is no database at \(house.database)")
      _ = try await house.command(["database", "migrate"])
      try await house.command(["database", "backup", target]).expectRefusal(1, saying: target, "No such file or directory")
      try await house.command(["database", "backup", ""]).expectRefusal(2, saying: "name a new file")
      try await house.command(["database", "backup", house.database]).expectRefusal(2, saying: "exists already")
      #expect(names(inFolder: house.folder.path).contains { $0.contains("copy") } == false)
    }
  }
}

/// The permissions of a file; nil when it is not there.
func mode(of path: String) -> mode_t? {
  var status = stat()
  guard stat(path, &status) == 0 else { return nil }
  return status.st_mode & 0o777
}
