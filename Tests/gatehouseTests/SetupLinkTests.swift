import Glibc
import TestSupport
import Testing

@testable import GitLabSimulator

/// Secret files that are symbolic links, as mounts of secrets have them: the link stays, and what it leads to is written.
@Suite struct SetupLinkTests {
  /// `account-token` → `mounted/account`, `admin-token` → `current/admin`, `current` → `mounted`.
  private func with(_ story: (House) async throws -> Void) async throws {
    var settings = House.bare()
    settings.hookEvents = []
    try await House.with(settings, serving: false) { house in
      try #require(mkdir(house.folder.file("mounted"), 0o700) == 0)
      try #require(symlink("mounted", house.folder.file("current")) == 0)
      try #require(symlink("mounted/account", house.tokenFile) == 0)
      try #require(symlink(house.folder.file("current/admin"), house.adminFile) == 0)
      house.configureForSetup("admin_token: {file: \"\(house.adminFile)\"}\nreconcile_every: 1s\nsetup: {rotate_token_before: 30d}")
      try await story(house)
    }
  }

  private func expectLinks(_ house: House, _ what: String) {
    for (link, target) in [(house.tokenFile, "mounted/account"), (house.adminFile, "mounted/admin")] {
      var status = stat()
      #expect(lstat(link, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK, "\(what): \(link) is no link any more")
      #expect(mode(of: house.folder.file(target)) == 0o600, "\(what): \(target)")
    }
    #expect(names(inFolder: house.folder.file("mounted")).filter { !$0.hasSuffix(".lock") }.sorted() == ["account", "admin"], "\(what)")
    #expect(house.accountTokens == [text(ofFile: house.folder.file("mounted/account")).filter { !$0.isNewline }], "\(what)")
    #expect(house.botTokens.map(\.secret) == [text(ofFile: house.folder.file("mounted/admin")).filter { !$0.isNewline }], "\(what)")
  }

  @Test("apply, rotations and undo leave the links, and write and remove what they lead to") func through() async throws {
    try await with { house in
      #expect(try await house.setup("apply").status == 0)
      expectLinks(house, "apply")
      #expect(try await house.setup("plan").status == 0)
      #expect(try await house.setup("rotate-token").status == 0)
      expectLinks(house, "a person's rotation")
      #expect(try await house.setup("rotate-token", token: nil).status == 0)
      expectLinks(house, "its own rotation")
      let check = try await house.command(["check"])
      #expect(check.output.contains("ok    gitlab main token rotation"), "\(check)")
      #expect(try await house.setup("undo").status == 0)
      #expect(names(inFolder: house.folder.file("mounted")).allSatisfy { $0.hasSuffix(".lock") })
      #expect(house.accountTokens.isEmpty && house.botTokens.isEmpty)
    }
  }

  @Test("killed while the new token is beside what the link leads to, the next run brings it in") func killed() async throws {
    try await with { house in
      #expect(try await house.setup("apply").status == 0)
      try await house.setupDies("rotate-token", at: Fault(.hangBeforeEffect, on: "GET", "personal_access_tokens/self", skip: 3))
      #expect(names(inFolder: house.folder.file("mounted")).contains("account.next"))
      #expect(try await house.setup("rotate-token").status == 0)
      expectLinks(house, "killed")
      #expect(try await house.setup("plan").status == 0)
    }
  }

  @Test("what a former version has left beside the link itself is brought in too") func formerPlace() async throws {
    try await with { house in
      #expect(try await house.setup("apply").status == 0)
      let only = text(ofFile: house.folder.file("mounted/account"))
      write(only, toFile: house.tokenFile + ".next")
      write("glpat-of-long-ago\n", toFile: house.folder.file("mounted/account"))
      let apply = try await house.setup("apply")
      #expect(apply.status == 0, "\(apply)")
      expectLinks(house, "brought in")
      #expect(text(ofFile: house.folder.file("mounted/account")) == only)
      #expect(!names(inFolder: house.folder.path).contains { $0.hasSuffix(".next") })
    }
  }

  @Test(
    "a link that leads where nothing can be written is refused before a token is made",
    arguments: [("/no/such/folder/token", "which leads to /no/such/folder/token, cannot be written"), ("account-token", "symbolic links")])
  func nowhere(_ target: String, _ words: String) async throws {
    try await with { house in
      unlink(house.tokenFile)
      try #require(symlink(target, house.tokenFile) == 0)
      let apply = try await house.setup("apply")
      #expect(apply.status != 0 && house.accountTokens.isEmpty, "\(apply)")
      #expect((apply.output + apply.errors).contains(words), "\(apply)")
      var status = stat()
      #expect(lstat(house.tokenFile, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK)
    }
  }
}
