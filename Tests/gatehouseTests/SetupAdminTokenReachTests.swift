import Calendar
import TestSupport
import Testing

@testable import GitLabSimulator

/// The token that only looks follows the configuration: where it reaches less than is configured now, apply makes another and ends it.
@Suite struct SetupAdminTokenReachTests {
  /// A house whose GitLab has more projects than the one that is configured first, and an admin token for that one.
  private func with(
    _ gitlab: String = "", _ world: @escaping @Sendable (inout World) -> Void = { _ in }, _ story: (House) async throws -> Void
  ) async throws {
    let settings = House.bare { gitlab in
      gitlab.addProject(31, "cart", inGroup: 4, "acme/shop", below: 2)
      gitlab.addProject(32, "site", inGroup: 5, "beta", below: nil)
      gitlab.memberships.append(World.Membership(.group(5), userID: House.paula, level: .owner))
      world(&gitlab)
    }
    try await House.with(settings, serving: false) { house in
      house.configureForSetup("admin_token: {file: \"\(house.adminFile)\"}\n" + gitlab)
      try await story(house)
    }
  }

  private func expectOne(_ house: House, of source: World.Source, _ what: String = "") {
    let now = text(ofFile: house.adminFile).filter { !$0.isNewline }
    #expect(house.botTokens.map(\.secret) == [now], "\(what)")
    #expect(house.botSources == [source], "\(what)")
    #expect(mode(of: house.adminFile) == 0o600, "\(what)")
  }

  @Test("a project of another group has it made for the group above both; check and plan say so") func another() async throws {
    try await with { house in
      let before = house.picture
      #expect(try await house.setup("apply").status == 0)
      expectOne(house, of: .project(30))
      house.covers(#""acme/payments/*", "acme/shop/*""#)
      house.accountJoins(31)
      let check = try await house.command(["check", "--json"])
      let blind = check.finding("gitlab main admin token")
      #expect(blind?["seen"]?.string?.contains("acme/shop/cart") == true, "\(check)")
      for words in ["`gatehouse setup apply`", "that it has made", "SIGHUP"] {
        #expect(blind?["remedy"]?.string?.contains(words) == true, "'\(words)' in \(check)")
      }
      let plan = try await house.setup("plan")
      for words in [
        "~ admin token: an access token of group acme", "is of project acme/payments/checkout, and does not reach project acme/shop/cart",
        "- revoked, once the new one is in its file",
      ] {
        #expect(plan.status == 1 && plan.output.contains(words), "'\(words)' in \(plan)")
      }
      let apply = try await house.setup("apply")
      #expect(apply.status == 0 && !apply.output.contains("glpat-"), "\(apply)")
      expectOne(house, of: .group(2))
      house.forgetRequests()
      let again = try await house.setup("plan")
      #expect(again.status == 0, "\(again)")
      #expect(try await house.setup("apply").status == 0 && house.changesAsked.isEmpty)
      let seen = try await house.command(["check", "--json"])
      #expect(seen.finding("gitlab main admin token")?["status"]?.string == "ok", "\(seen)")
      // What sees more than it has to stays.
      house.covers(#""acme/payments/*""#)
      house.takeAccountOut(of: .project(31))
      // Of what is out of `services` only the webhook goes.
      house.forgetRequests()
      #expect(try await house.setup("apply").status == 0)
      #expect(house.changesAsked.count == 1 && house.changesAsked.allSatisfy { $0.hasPrefix("DELETE /projects/31/hooks/") })
      #expect(try await house.setup("plan").status == 0)
      #expect(try await house.setup("undo").status == 0)
      #expect(house.botTokens.isEmpty && !names(inFolder: house.folder.path).contains("admin-token"))
      #expect(Set(before).isSubset(of: house.picture))
    }
  }

  @Test("what is protected in a group has one made for the group") func group() async throws {
    try await with { house in
      #expect(try await house.setup("apply").status == 0)
      house.configureForSetup("admin_token: {file: \"\(house.adminFile)\"}\nsetup: {protect: group}")
      house.gitlab.with { world in for protection in world.protections.all { world.protections.remove(protection.id) } }
      let check = try await house.command(["check", "--json"])
      let blind = check.finding("gitlab main protection")
      #expect(blind?["remedy"]?.string?.contains("also an admin_token that sees the group") == true, "\(check)")
      let plan = try await house.setup("plan")
      #expect(plan.output.contains("does not reach group acme/payments: a new one"), "\(plan)")
      let apply = try await house.setup("apply")
      #expect(apply.status == 0, "\(apply)")
      expectOne(house, of: .group(3))
      #expect(try await house.setup("plan").status == 0)
    }
  }

  @Test("where no group is above all, plan says what stays unseen, and a person's token takes its place") func nothingAbove() async throws {
    try await with { house in
      #expect(try await house.setup("apply").status == 0)
      house.covers(#""acme/payments/*", "beta/site""#)
      let apply = try await house.setup("apply")
      for words in [
        "! admin token", "is of project acme/payments/checkout", "no one group above all projects", "what project beta/site protects",
        "scope read_api of somebody who is a Maintainer of all of them", house.adminFile,
      ] {
        #expect(apply.status == 1 && apply.output.contains(words), "'\(words)' in \(apply)")
      }
      expectOne(house, of: .project(30), "it sees a part, and stays")
      house.gitlab.with { world in
        world.tokens.insert(.init(id: 602, userID: House.paula, secret: "glpat-paula-looks", name: "looks", createdAt: world.now))
        world.tokens[602].scopes = ["read_api"]
      }
      write("glpat-paula-looks\n", toFile: house.adminFile)
      let plan = try await house.setup("plan")
      #expect(plan.output.contains("= admin token looks") && plan.output.contains("- revoked: apply has made it"), "\(plan)")
      let mended = try await house.setup("apply")
      #expect(mended.status == 0, "\(mended)")
      #expect(house.botTokens.isEmpty && text(ofFile: house.adminFile) == "glpat-paula-looks\n")
      let check = try await house.command(["check", "--json"])
      #expect(check.finding("gitlab main admin token")?["status"]?.string == "ok", "\(check)")
    }
  }

  @Test("somebody's own stays, however little it sees") func foreign() async throws {
    try await with { house in
      house.gitlab.with { world in
        world.tokens.insert(.init(id: 603, userID: 5, secret: "glpat-olu-looks", name: "olu", createdAt: world.now))
      }
      write("glpat-olu-looks\n", toFile: house.adminFile)
      house.covers(#""acme/payments/*", "acme/shop/*""#)
      let apply = try await house.setup("apply")
      #expect(apply.status == 0 && apply.output.contains("= admin token olu"), "\(apply)")
      #expect(text(ofFile: house.adminFile) == "glpat-olu-looks\n" && house.botTokens.isEmpty)
      let check = try await house.command(["check", "--json"])
      let blind = check.finding("gitlab main admin token")
      #expect(blind?["remedy"]?.string?.contains("give admin_token a valid token") == true, "\(check)")
    }
  }

  @Test(
    "killed at each request that changes something: the next run ends with one, in its file",
    arguments: [("POST", "groups/*/access_tokens"), ("DELETE", "projects/*/access_tokens/*")],
    [Fault.Action.hangBeforeEffect, .hangAfterEffect])
  func killed(_ request: (String, String), _ action: Fault.Action) async throws {
    try await with { house in
      #expect(try await house.setup("apply").status == 0)
      let former = text(ofFile: house.adminFile)
      house.covers(#""acme/payments/*", "acme/shop/*""#)
      try await house.setupDies("apply", at: Fault(action, on: request.0, request.1))
      #expect((text(ofFile: house.adminFile) == former) == (request.0 == "POST"))
      #expect(house.botTokens.map { $0.secret + "\n" }.contains(text(ofFile: house.adminFile)), "the one in the file serves")
      let apply = try await house.setup("apply")
      #expect(apply.status == 0, "\(apply)")
      expectOne(house, of: .group(2))
      #expect(try await house.setup("plan").status == 0)
      #expect(try house.read { try $0.setupRecords(instance: "main", state: .intended) }.isEmpty)
      #expect(try await house.setup("undo").status == 0)
      #expect(house.botTokens.isEmpty)
    }
  }

  @Test("an end that GitLab refuses is in the next plan, and tried again by the next apply") func refusedEnd() async throws {
    try await with { house in
      #expect(try await house.setup("apply").status == 0)
      let former = text(ofFile: house.adminFile).filter { !$0.isNewline }
      house.gitlab.with { world in
        for token in world.tokens.all where token.secret == former { world.tokens[token.id].expiresAt = world.today + .seconds(864_000) }
        world.faults = [
          Fault(.answer(status: 403, body: #"{"message":"403 Forbidden"}"#), on: "DELETE", "projects/*/access_tokens/*")
        ]
      }
      let refused = try await house.setup("apply")
      #expect(refused.status == 1, "\(refused)")
      #expect(refused.output.contains("it takes the token of a Maintainer of the project, with scope api"), "\(refused)")
      #expect(house.botTokens.count == 2)
      let plan = try await house.setup("plan")
      #expect(plan.status == 1 && plan.output.contains("~ access token gatehouse "), "\(plan)")
      #expect(plan.output.contains("of project acme/payments/checkout\n    - revoked"), "\(plan)")
      let apply = try await house.setup("apply")
      #expect(apply.status == 0, "\(apply)")
      expectOne(house, of: .project(30))
      #expect(house.botTokens.map(\.secret) != [former])
      #expect(try await house.setup("plan").status == 0)
    }
  }

  @Test("a place that GitLab does not show to whoever applies is said, and its token is kept in mind until somebody is shown it")
  func hidden() async throws {
    let quinn = "glpat-quinn-sets-up"
    let quinns: @Sendable (inout World) -> Void = { world in
      world.users.insert(World.User(id: 70, username: "quinn", name: "Quinn"))
      world.memberships.append(World.Membership(.project(31), userID: 70, level: .maintainer))
      world.tokens.insert(.init(id: 604, userID: 70, secret: quinn, name: "quinn", createdAt: world.now))
    }
    try await with("", quinns) { house in
      #expect(try await house.setup("apply").status == 0)
      house.covers(#""acme/shop/*""#)
      let apply = try await house.setup("apply", token: quinn)
      #expect(apply.status == 0 && apply.output.contains("shows quinn no project acme/payments/checkout"), "\(apply)")
      #expect(house.botTokens.count == 2)
      let plan = try await house.setup("plan", token: quinn)
      #expect(plan.status == 0 && plan.output.contains("shows quinn no project acme/payments/checkout"), "\(plan)")
      house.takeAccountOut(of: .project(30))
      #expect(try await house.setup("apply").status == 0)
      expectOne(house, of: .project(31))
    }
  }

  @Test("one that apply has made and that is over: check says apply, and apply makes another") func expired() async throws {
    try await with { house in
      #expect(try await house.setup("apply").status == 0)
      let former = text(ofFile: house.adminFile).filter { !$0.isNewline }
      house.gitlab.with { world in
        for token in world.tokens.all where token.secret == former { world.tokens[token.id].expiresAt = world.today }
      }
      let check = try await house.command(["check", "--json"])
      let blind = check.finding("gitlab main admin token")
      #expect(blind?["status"]?.string == "warn", "\(check)")
      #expect(blind?["remedy"]?.string?.hasPrefix("`gatehouse setup apply` puts another") == true, "\(check)")
      let plan = try await house.setup("plan")
      #expect(plan.status == 1 && plan.output.contains("~ the one that apply has made serves no more"), "\(plan)")
      #expect(try await house.setup("apply").status == 0)
      let seen = try await house.command(["check", "--json"])
      #expect(seen.finding("gitlab main admin token")?["status"]?.string == "ok", "\(seen)")
      #expect(try await house.setup("plan").status == 0)
    }
  }

  @Test("it changes no protection, and whoever tries through the gate is told what does") func changesNothing() async throws {
    try await with { house in
      #expect(try await house.setup("apply").status == 0)
      try await house.start()
      let run = try await house.command(
        ["protected-environment", "unprotect", "production", "--project", "acme/payments/checkout"], as: "adam")
      run.expectRefusal(
        1, saying: "the token in admin_token may only look", "`gatehouse setup apply` makes with scope read_api",
        "scope api of a Maintainer there", "SIGHUP the server")
      #expect(house.gitlab.with { $0.protections.all.map(\.name) } == ["production"])
    }
  }
}
