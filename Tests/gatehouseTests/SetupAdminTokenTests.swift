import Calendar
import TestSupport
import Testing

@testable import GitLabSimulator

/// The token that only looks: made where `admin_token` names a file that is not there yet, so that a gate sees what it stands on from the first day.
@Suite struct SetupAdminTokenTests {
  /// Sets a house up to the point where `setup` can be run.
  private func with(
    _ gitlab: String = "", allowsTokens: Bool = true, _ story: (House) async throws -> Void
  ) async throws {
    try await House.with(House.bare { $0.instance.allowsResourceTokens = allowsTokens }, serving: false) { house in
      house.configureForSetup("admin_token: {file: \"\(house.adminFile)\"}\n" + gitlab)
      try await story(house)
    }
  }

  private func expectOne(_ house: House, not former: String = "", _ what: String = "") {
    let now = text(ofFile: house.adminFile).filter { !$0.isNewline }
    #expect(house.botTokens.map(\.secret) == [now] && now != former && now.hasPrefix("glpat-"), "\(what)")
    #expect(house.botTokens.allSatisfy { $0.scopes == ["read_api"] }, "\(what)")
    #expect(mode(of: house.adminFile) == 0o600, "\(what)")
  }

  @Test("apply makes one that may look and change nothing, check sees with it, and undo takes it back") func whole() async throws {
    try await with { house in
      let before = house.picture
      let plan = try await house.setup("plan")
      #expect(plan.output.contains("+ admin token: an access token of project acme/payments/checkout"), "\(plan)")
      #expect(plan.output.contains("+ scope: read_api") && !plan.output.contains("no admin_token is configured"))
      let apply = try await house.setup("apply")
      #expect(apply.status == 0 && apply.errors == "" && !apply.output.contains("glpat-"), "\(apply)")
      expectOne(house)
      let members = house.gitlab.with { world in world.memberships.filter { world.users.find($0.userID)?.botOf != nil } }
      #expect(members.map(\.level) == [.maintainer] && members.map(\.source) == [.project(30)])
      // The one that decides stays a Developer.
      #expect(house.picture.contains("member gatehouse-acme of project(30): developer"))
      house.forgetRequests()
      let again = try await house.setup("plan")
      #expect(again.status == 0, "\(again)")
      let check = try await house.command(["check", "--json"])
      for name in ["admin token", "protection", "approver", "webhook", "admin token expiry"] {
        #expect(check.finding("gitlab main \(name)")?["status"]?.string == "ok", "\(name): \(check)")
      }
      // A token that may not change anything rotates no other: the account's rotates itself, as without it.
      let rotated = try await house.setup("rotate-token", token: nil)
      #expect(rotated.status == 0, "\(rotated)")
      let undo = try await house.setup("undo")
      #expect(undo.status == 0 && undo.output.contains("Its token is revoked"), "\(undo)")
      #expect(house.picture == before)
      #expect(!names(inFolder: house.folder.path).contains("admin-token") && house.botTokens.isEmpty)
    }
  }

  @Test("for what is protected in a group it is one of the group") func group() async throws {
    try await with("setup: {protect: group}") { house in
      let apply = try await house.setup("apply")
      #expect(apply.status == 0 && apply.output.contains("an access token of group acme/payments"), "\(apply)")
      expectOne(house)
      let check = try await house.command(["check", "--json"])
      #expect(check.finding("gitlab main protection")?["status"]?.string == "ok", "\(check)")
    }
  }

  @Test("where such tokens are not allowed all else stands, and one by hand does as well") func refused() async throws {
    try await with(allowsTokens: false) { house in
      let apply = try await house.setup("apply")
      #expect(apply.status == 1, "\(apply)")
      for words in ["where access tokens of projects are allowed", "put a Maintainer's token of scope read_api", "6 of 7 changes stand"] {
        #expect(apply.output.contains(words), "'\(words)' in \(apply)")
      }
      write(House.setupToken + "\n", toFile: house.adminFile)
      let plan = try await house.setup("plan")
      #expect(plan.status == 0 && plan.output.contains("= admin token for setup"), "\(plan)")
      #expect(try await house.setup("undo").status == 0)
      #expect(text(ofFile: house.adminFile) == House.setupToken + "\n", "what somebody put there stays")
    }
  }

  @Test(
    "killed before and after it is made: the next run ends with one, in its file",
    arguments: [Fault.Action.hangBeforeEffect, .hangAfterEffect])
  func killed(_ action: Fault.Action) async throws {
    try await with { house in
      let before = house.picture
      try await house.setupDies("apply", at: Fault(action, on: "POST", "projects/*/access_tokens"))
      #expect(!names(inFolder: house.folder.path).contains("admin-token"))
      let apply = try await house.setup("apply")
      #expect(apply.status == 0, "\(apply)")
      expectOne(house)
      #expect(try await house.setup("plan").status == 0)
      #expect(try await house.setup("undo").status == 0)
      #expect(house.picture == before)
    }
  }

  @Test("one that apply has made is renewed by apply before its end, or when it is revoked, and the former goes", arguments: [false, true])
  func renewed(isRevoked: Bool) async throws {
    try await with { house in
      #expect(try await house.setup("apply").status == 0)
      let former = text(ofFile: house.adminFile).filter { !$0.isNewline }
      house.gitlab.with { world in
        for token in world.tokens.all where token.secret == former {
          if isRevoked { world.tokens[token.id].isRevoked = true }
          world.tokens[token.id].expiresAt = world.today + .seconds(20 * 86_400)
        }
      }
      let check = try await house.command(["check", "--json"])
      #expect(check.finding("gitlab main admin token\(isRevoked ? "" : " expiry")")?["status"]?.string == "warn", "\(check)")
      let plan = try await house.setup("plan")
      #expect(plan.status == 1 && plan.output.contains(isRevoked ? "serves no more" : "ends soon: a new one"), "\(plan)")
      let apply = try await house.setup("apply")
      #expect(apply.status == 0, "\(apply)")
      expectOne(house, not: former)
      #expect(try await house.setup("plan").status == 0)
    }
  }

  @Test("one with a short life is renewed in its last third, and not with each run", arguments: [1, 2, 20, 30, 45])
  func shortLife(_ days: Int64) async throws {
    try await with("setup: {token_lifetime: \(days)d}") { house in
      #expect(try await house.setup("apply").status == 0)
      let first = text(ofFile: house.adminFile)
      house.forgetRequests()
      let again = try await house.setup("apply")
      #expect(again.status == 0 && house.changesAsked.isEmpty && text(ofFile: house.adminFile) == first, "\(again)")
      let fresh = try await house.command(["check", "--json"])
      for name in ["admin token expiry", "token expiry"] {
        // One that lives a day is told of on that day.
        #expect(fresh.finding("gitlab main \(name)")?["status"]?.string == (days == 1 ? "warn" : "ok"), "\(name): \(fresh)")
      }
      guard days > 1 else { return }
      house.gitlab.with { world in
        for token in world.tokens.all where token.secret + "\n" == first {
          world.tokens[token.id].expiresAt = world.today + .seconds(max(days / 3, 1) * 86_400)
        }
      }
      let check = try await house.command(["check", "--json"])
      #expect(check.finding("gitlab main admin token expiry")?["status"]?.string == "warn", "\(check)")
      let plan = try await house.setup("plan")
      #expect(plan.status == 1 && plan.output.contains("ends soon: a new one"), "\(plan)")
    }
  }

  @Test("somebody else's that GitLab does not take is not replaced") func foreign() async throws {
    try await with { house in
      write("glpat-of-nobody\n", toFile: house.adminFile)
      let apply = try await house.setup("apply")
      #expect(apply.status == 1 && apply.output.contains("! admin token") && apply.output.contains("GitLab does not take it"), "\(apply)")
      #expect(text(ofFile: house.adminFile) == "glpat-of-nobody\n" && house.botTokens.isEmpty)
    }
  }

  @Test("without one, plan and apply say what is not seen, and how to see it") func none() async throws {
    try await House.with(House.bare(), serving: false) { house in
      house.configureForSetup()
      let apply = try await house.setup("apply")
      #expect(
        apply.status == 0 && apply.output.contains("no admin_token is configured") && apply.output.contains("{file: PATH}"), "\(apply)")
      let plan = try await house.setup("plan")
      #expect(plan.status == 0 && plan.output.contains("no drift there is noticed"), "\(plan)")
    }
  }
}
