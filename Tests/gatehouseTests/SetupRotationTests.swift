import Glibc
import TestSupport
import Testing

@testable import GitLabSimulator

/// A new token in place of the old: wherever it is cut off, the next run ends with one that serves, in the file, and no other.
@Suite struct SetupRotationTests {
  private func expectOne(_ house: House, not old: String, _ what: String = "") {
    let now = text(ofFile: house.tokenFile).filter { !$0.isNewline }
    #expect(house.accountTokens == [now] && now != old, "\(what)")
    #expect(mode(of: house.tokenFile) == 0o600)
    #expect(!names(inFolder: house.folder.path).contains("account-token.next"), "\(what)")
  }

  @Test("with a person's token, and by itself") func rotates() async throws {
    try await House.with(House.bare(), serving: false) { house in
      house.configureForSetup()
      let before = house.picture
      #expect(try await house.setup("apply").status == 0)
      let first = text(ofFile: house.tokenFile).filter { !$0.isNewline }
      let name = try #require(house.gitlab.with { world in world.tokens.all.first { $0.secret == first } }?.name)
      let run = try await house.setup("rotate-token")
      #expect(run.status == 0 && run.output.contains("SIGHUP") && !run.output.contains("glpat-"), "\(run)")
      #expect(run.output.contains("access token \(name) of gatehouse-acme (id "), "what is revoked is told by name: \(run)")
      expectOne(house, not: first)
      let second = text(ofFile: house.tokenFile).filter { !$0.isNewline }
      let own = try await house.setup("rotate-token", "--json", token: nil)
      #expect(own.status == 0 && own.printed?["done"] == true, "\(own)")
      expectOne(house, not: second)
      #expect(try await house.setup("plan").status == 0)
      let undo = try await house.setup("undo")
      #expect(undo.status == 0 && undo.output.contains("of gatehouse-acme (id ") && undo.output.contains(", ends 20"), "\(undo)")
      #expect(house.picture == before && !names(inFolder: house.folder.path).contains("account-token"))
    }
  }

  @Test("what waits beside the file may be the only copy: only GitLab's own word lets it go", arguments: [302, 400, 401, 403])
  func doubted(_ status: Int) async throws {
    try await House.with(House.bare(), serving: false) { house in
      house.configureForSetup()
      #expect(try await house.setup("apply").status == 0)
      let only = text(ofFile: house.tokenFile).filter { !$0.isNewline }
      let waiting = house.folder.file("account-token.next")
      try #require(rename(house.tokenFile, waiting) == 0)
      try write(Array("glpat-of-long-ago\n".utf8), toNewFile: house.tokenFile)
      // As a proxy with a sign-in of its own, or one that holds a request for an attack, answers.
      house.gitlab.with { world in
        world.faults.append(Fault(.answer(status: status, body: "<html>Sign in</html>"), on: "GET", "user"))
      }
      let run = try await house.setup("rotate-token")
      #expect(run.status == 1 && run.errors.contains("is kept until GitLab tells") && run.errors.contains("account-token.next"), "\(run)")
      #expect(!"\(run)".contains(only))
      #expect(text(ofFile: waiting) == only + "\n")
      #expect(try await house.setup("apply").status == 0)
      expectOne(house, not: "")
      #expect(text(ofFile: house.tokenFile) == only + "\n")
    }
  }

  @Test("what a person has put into the file since stays, and what waits beside it serves nobody", arguments: [true, false])
  func overtaken(isSameAccount: Bool) async throws {
    try await House.with(House.bare(), serving: false) { house in
      house.configureForSetup()
      #expect(try await house.setup("apply").status == 0)
      let waiting = house.folder.file("account-token.next")
      try write(Array("glpat-waiting\n".utf8), toNewFile: waiting)
      house.gitlab.with { world in
        let account = world.user(named: "gatehouse-acme").id
        func insert(_ id: Int64, of user: Int64, _ secret: String) {
          world.tokens.insert(.init(id: id, userID: user, secret: secret, name: secret, createdAt: world.now))
        }
        world.users.insert(World.User(id: 71, username: "gate-two", name: "Gate two"))
        insert(8_000, of: account, "glpat-waiting")
        insert(9_000, of: isSameAccount ? account : 71, "glpat-by-hand")
      }
      write("glpat-by-hand\n", toFile: house.tokenFile)
      let apply = try await house.setup("apply")
      #expect(text(ofFile: house.tokenFile) == "glpat-by-hand\n", "\(apply)")
      #expect(apply.output.contains("somebody has put another into"), "\(apply)")
    }
  }

  /// The first request of these is the making, the trial, and the end of the old one.
  @Test(
    "killed at each exchange",
    arguments: [
      ("POST", "groups/*/service_accounts/*/personal_access_tokens"), ("GET", "metadata"), ("GET", "personal_access_tokens/self"),
      ("DELETE", "groups/*/service_accounts/*/personal_access_tokens/*"),
    ]) func killed(_ method: String, _ path: String) async throws
  {
    try await Places.forServers.withPlace {
      let actions = [("before", Fault.Action.hangBeforeEffect), ("after", .hangAfterEffect)]
      for (name, action) in method == "GET" ? Array(actions.prefix(1)) : actions {
        for skip in method == "GET" ? [0, 1, 2] : [0] {
          for next in ["rotate-token", "apply"] {
            let house = try House(House.bare())
            house.configureForSetup()
            #expect(try await house.setup("apply").status == 0)
            let old = text(ofFile: house.tokenFile).filter { !$0.isNewline }
            try await house.setupDies("rotate-token", at: Fault(action, on: method, path, skip: skip))
            let what = "\(method) \(path), \(name), \(skip), then \(next)"
            // At each moment the file has a token, and until it is replaced it serves.
            #expect(house.accountTokens.contains(text(ofFile: house.tokenFile).filter { !$0.isNewline }), "\(what)")
            let run = try await house.setup(next)
            #expect(run.status == 0, "\(what): \(run)")
            expectOne(house, not: next == "rotate-token" ? old : "", what)
            #expect(try await house.setup("plan").status == 0, "\(what)")
            await house.close()
          }
        }
      }
    }
  }

  @Test("a token that is revoked or expired cannot rotate itself: a person's makes a new one, and check says so", arguments: [false, true])
  func dead(isExpired: Bool) async throws {
    try await House.with(House.bare(), serving: false) { house in
      house.configureForSetup()
      #expect(try await house.setup("apply").status == 0)
      let old = text(ofFile: house.tokenFile).filter { !$0.isNewline }
      house.gitlab.with { world in
        for token in world.tokens.all where token.secret == old {
          if isExpired { world.tokens[token.id].expiresAt = world.today } else { world.tokens[token.id].isRevoked = true }
        }
      }
      let check = try await house.command(["check"])
      for words in ["cannot rotate itself any more", "GATEHOUSE_SETUP_TOKEN", "`gatehouse setup rotate-token`", house.tokenFile] {
        #expect(check.output.contains(words), "'\(words)' in \(check)")
      }
      let own = try await house.setup("rotate-token", token: nil)
      #expect(own.status == 1 && own.errors.contains("with GATEHOUSE_SETUP_TOKEN set, a new token is made in its place"), "\(own)")
      let mended = try await house.setup("rotate-token")
      #expect(mended.status == 0, "\(mended)")
      let now = text(ofFile: house.tokenFile).filter { !$0.isNewline }
      #expect(now != old && house.accountTokens.contains(now))
      #expect(try await house.command(["check"]).output.contains("ok    gitlab main account"))
    }
  }

  @Test("a lost answer to a token that rotates itself says how to go on, and a person's token mends it") func lostAnswer() async throws {
    try await House.with(House.bare(), serving: false) { house in
      house.configureForSetup()
      #expect(try await house.setup("apply").status == 0)
      let old = text(ofFile: house.tokenFile).filter { !$0.isNewline }
      house.gitlab.with { $0.faults = [Fault(.resetAfterEffect, on: "POST", "personal_access_tokens/self/rotate")] }
      let run = try await house.setup("rotate-token", token: nil)
      #expect(run.status == 1 && run.errors.contains("set GATEHOUSE_SETUP_TOKEN and run this again"), "\(run)")
      let mended = try await house.setup("rotate-token")
      #expect(mended.status == 0, "\(mended)")
      #expect(house.accountTokens.contains(text(ofFile: house.tokenFile).filter { !$0.isNewline }))
      #expect(text(ofFile: house.tokenFile).filter { !$0.isNewline } != old)
      #expect(try await house.setup("plan").status == 0)
    }
  }
}
