import Glibc
import TestSupport
import Testing

@testable import GitLabSimulator

/// A token that is made and cannot be written down serves nobody: it is not made, or it goes.
@Suite struct SetupFullDiskTests {
  /// Where this may be mounted by whoever runs the tests: a small disk that is full.
  private static func areDisksMade() async throws -> Bool {
    let line = "unshare --map-root-user --mount sh -c 'mount -t tmpfs -o size=16k small /mnt'"
    return try await Program.shell(line, in: TemporaryFolder()).status == 0
  }

  /// Runs a verb of setup while the folder of the tokens is on a disk that is full, with what is in it now.
  private func whileFull(_ house: House, _ verb: String, token: String? = House.setupToken) async throws -> Program.Run {
    let script = """
      rm -rf kept; cp -r small kept; mount -t tmpfs -o size=16k small small; cp kept/* small 2>/dev/null
      cat /dev/zero > small/filling 2>/dev/null; "$GATEHOUSE" setup \(verb)
      """
    var environment = ["GATEHOUSE_CONFIG": house.configurationFile]
    environment["GATEHOUSE_SETUP_TOKEN"] = token
    return try await Program.shell(
      "unshare --map-root-user --mount sh -c '\(script)'", environment: environment, in: house.folder)
  }

  private func with(_ story: (House) async throws -> Void) async throws {
    try await House.with(House.bare(), serving: false) { house in
      try #require(mkdir(house.folder.file("small"), 0o700) == 0)
      house.configureForSetup(
        "admin_token: {file: \"\(house.folder.file("small/admin"))\"}", token: "{file: \"\(house.folder.file("small/account"))\"}")
      try await story(house)
    }
  }

  @Test("on a full disk apply makes no token, neither the account's nor the one that looks", .enabled { try await areDisksMade() })
  func apply() async throws {
    try await with { house in
      let run = try await whileFull(house, "apply")
      #expect(run.status == 1 && run.output.contains("its disk is full: make room there"), "\(run)")
      #expect(!run.output.contains("make its folder"), "\(run)")
      #expect(!house.changesAsked.contains { $0.contains("access_tokens") } && house.accountTokens.isEmpty)
      #expect(try await house.setup("apply").status == 0)
      unlink(house.folder.file("small/admin"))
      house.forgetRequests()
      let again = try await whileFull(house, "apply")
      #expect(again.status == 1 && again.output.contains("its disk is full"), "\(again)")
      #expect(house.changesAsked.isEmpty && house.botTokens.count == 1)
      #expect(try await house.setup("apply").status == 0)
      #expect(house.botTokens.map(\.secret) == [text(ofFile: house.folder.file("small/admin")).filter { !$0.isNewline }])
    }
  }

  @Test(
    "on a full disk a rotation makes no token, and the old one serves", .enabled { try await areDisksMade() }, arguments: [true, false])
  func rotation(byPerson: Bool) async throws {
    try await with { house in
      #expect(try await house.setup("apply").status == 0)
      house.forgetRequests()
      let run = try await whileFull(house, "rotate-token", token: byPerson ? House.setupToken : nil)
      #expect(run.status == 1 && run.errors.contains("its disk is full: make room there, and run this again"), "\(run)")
      #expect(house.changesAsked.isEmpty)
      #expect(house.accountTokens == [text(ofFile: house.folder.file("small/account")).filter { !$0.isNewline }])
    }
  }

  @Test(
    "on a full disk a rotation that was begun is finished, for that takes no room", .enabled { try await areDisksMade() },
    arguments: [true, false])
  func begun(byPerson: Bool) async throws {
    try await with { house in
      #expect(try await house.setup("apply").status == 0)
      let file = house.folder.file("small/account")
      let only = text(ofFile: file)
      write(only, toFile: file + ".next")
      write("glpat-of-long-ago\n", toFile: file)
      let run = try await whileFull(house, "rotate-token; mkdir -p back; cp small/account* back", token: byPerson ? House.setupToken : nil)
      #expect(run.output.contains("the token of a rotation that was cut off is in its place"), "\(run)")
      // What it took the place of has left room for another.
      #expect(
        run.status == 0 && house.accountTokens == [text(ofFile: house.folder.file("back/account")).filter { !$0.isNewline }], "\(run)")
      #expect(!names(inFolder: house.folder.file("back")).contains("account.next"))
    }
  }

  /// Runs a verb of setup while the folder of the tokens and the database is on a disk with so many KiB left, and keeps what is on it then.
  private func runOnDisk(_ house: House, withRoom kibibytes: Int, _ verb: String) async throws -> Program.Run {
    let script = """
      rm -rf kept back; cp -r small kept; mount -t tmpfs -o size=8m small small; cp -r kept/. small
      dd if=/dev/zero of=small/room bs=1k count=\(kibibytes) 2>/dev/null; cat /dev/zero > small/filling 2>/dev/null; rm small/room
      "$GATEHOUSE" setup \(verb); status=$?; rm small/filling; cp -r small back; exit $status
      """
    return try await Program.shell(
      "unshare --map-root-user --mount sh -c '\(script)'; status=$?; rm -rf small; mv back small; exit $status",
      environment: ["GATEHOUSE_CONFIG": house.configurationFile, "GATEHOUSE_SETUP_TOKEN": House.setupToken], in: house.folder)
  }

  @Test(
    "wherever the disk of the database and the tokens is full, the next run with room ends with one of each, in their files",
    .enabled { try await areDisksMade() }, arguments: ["apply", "rotate-token"], [0, 4, 12, 40, 100])
  func anywhere(_ verb: String, _ kibibytes: Int) async throws {
    try await with { house in
      let text = text(ofFile: house.configurationFile).replacing(house.database, with: house.folder.file("small/gatehouse.db"))
      write(text, toFile: house.configurationFile)
      #expect(try await house.setup("apply").status == 0)
      if verb == "apply" { unlink(house.folder.file("small/admin")) }
      let run = try await runOnDisk(house, withRoom: kibibytes, verb)
      let said = run.output + run.errors
      #expect(run.status == 0 && kibibytes > 0 || run.status == 1 && said.contains("full"), "\(run)")
      #expect(!said.contains("glpat-") && (run.status == 0 || said.contains("make room there")), "\(run)")
      let apply = try await house.setup("apply")
      #expect(apply.status == 0, "\(run), then \(apply)")
      expectOne(house, "\(run), then \(apply)")
      #expect(try await house.setup("plan").status == 0)
    }
  }

  /// Of each token the one in its file serves, and no other.
  private func expectOne(_ house: House, _ what: String) {
    func token(_ name: String) -> String { text(ofFile: house.folder.file("small/" + name)).filter { !$0.isNewline } }
    #expect(house.accountTokens == [token("account")] && house.botTokens.map(\.secret) == [token("admin")], "\(what)")
  }

  /// Until GitLab has answered, all was well; then the file's place is taken, by a folder that is not empty.
  private func applyWhileBlocked(_ house: House, _ file: String, made path: String) async throws -> Program.Run {
    house.gitlab.with { $0.faults.append(Fault(.delay(.seconds(5)), on: "POST", path)) }
    async let run = house.setup("apply")
    try await eventually("GitLab to be asked") { house.gitlab.with { $0.requests.entries.contains { $0.fault != nil } } }
    try #require(mkdir(file, 0o700) == 0)
    write("", toFile: file + "/in-the-way")
    return try await run
  }

  private func free(_ file: String) throws {
    try #require(unlink(file + "/in-the-way") == 0 && rmdir(file) == 0)
  }

  @Test(
    "one that looks and cannot be written is revoked at once, or, where GitLab refuses that, by the next run", arguments: [false, true])
  func unwritten(isRefused: Bool) async throws {
    try await with { house in
      let file = house.folder.file("small/admin")
      if isRefused {
        house.gitlab.with {
          $0.faults = [Fault(.answer(status: 403, body: #"{"message":"403 Forbidden"}"#), on: "DELETE", "projects/*/access_tokens/*")]
        }
      }
      let run = try await applyWhileBlocked(house, file, made: "projects/*/access_tokens")
      #expect(run.status == 1 && run.output.contains(isRefused ? "the next run revokes it" : "is revoked"), "\(run)")
      #expect(house.botTokens.count == (isRefused ? 1 : 0))
      #expect(names(inFolder: house.folder.file("small")).filter { !$0.hasSuffix(".lock") }.sorted() == ["account", "admin"])
      try free(file)
      #expect(try await house.setup("apply").status == 0)
      #expect(house.botTokens.map(\.secret) == [text(ofFile: file).filter { !$0.isNewline }])
      #expect(try await house.setup("plan").status == 0)
    }
  }

  @Test("the account's that cannot be put into its place is beside it, and the next run brings it in") func beside() async throws {
    try await with { house in
      let file = house.folder.file("small/account")
      let run = try await applyWhileBlocked(house, file, made: "groups/*/service_accounts/*/personal_access_tokens")
      #expect(run.status == 1 && run.output.contains("the next run brings it from there to its place"), "\(run)")
      let waiting = text(ofFile: file + ".next").filter { !$0.isNewline }
      #expect(house.accountTokens == [waiting])
      try free(file)
      #expect(try await house.setup("apply").status == 0)
      #expect(house.accountTokens == [waiting] && text(ofFile: file) == waiting + "\n" && mode(of: file) == 0o600)
      #expect(try await house.setup("plan").status == 0)
    }
  }
}
