import Glibc
import TestSupport
import Testing

@testable import GitLabSimulator

/// `setup undo` with the token of somebody who may not take all of it back: that is seen before anything is removed.
@Suite struct SetupUndoRightsTests {
  private static let devon = "glpat-devon-undoes"

  private static func bare(_ level: World.AccessLevel) -> HouseSettings {
    House.bare { world in
      world.users.insert(World.User(id: 71, username: "devon", name: "Devon"))
      world.memberships.append(World.Membership(.project(30), userID: 71, level: level))
      world.tokens.insert(.init(id: 605, userID: 71, secret: devon, name: "devon", createdAt: world.now))
    }
  }

  /// Where the run was cut off; nil: it was not.
  static let cuts = [nil, "projects/*/hooks", "projects/*/protected_environments"]

  @Test("a Developer's token removes nothing, neither in GitLab nor a secret's file", arguments: cuts, ["", "setup: {protect: group}"])
  func developer(_ cut: String?, _ settings: String) async throws {
    guard cut != "projects/*/protected_environments" || settings.isEmpty else { return }
    try await House.with(Self.bare(.developer), serving: false) { house in
      house.configureForSetup(settings)
      let before = house.picture
      if let cut {
        try await house.setupDies("apply", at: Fault(.hangBeforeEffect, on: "POST", cut))
      } else {
        #expect(try await house.setup("apply").status == 0)
      }
      let made = (house.picture, text(ofFile: house.hookFile), text(ofFile: house.tokenFile))
      house.forgetRequests()
      for _ in 0..<2 {
        let undo = try await house.setup(["undo"], token: Self.devon)
        #expect(undo.status == 1, "\(undo)")
        for words in ["devon may not", "nothing was taken back", "use the token of"] {
          #expect((undo.output + undo.errors).contains(words), "'\(words)' in \(undo)")
        }
        // Of what was begun and is not shown a person may know.
        #expect(cut != nil || !undo.output.contains(#"--forget "project"#), "what stands is not to be hidden: \(undo)")
      }
      #expect(house.changesAsked.isEmpty, "\(house.changesAsked)")
      #expect(made == (house.picture, text(ofFile: house.hookFile), text(ofFile: house.tokenFile)))
      #expect(try await house.setup("undo").status == 0)
      #expect(house.picture == before)
    }
  }

  @Test("a Maintainer's takes back nothing where the account is not theirs to remove; who leaves that to others may go on")
  func maintainer()
    async throws
  {
    try await House.with(Self.bare(.maintainer), serving: false) { house in
      house.configureForSetup()
      #expect(try await house.setup("apply").status == 0)
      house.forgetRequests()
      let undo = try await house.setup(["undo"], token: Self.devon)
      for words in ["! service account gatehouse-acme of group acme", "! access token gatehouse ", "nothing was taken back"] {
        #expect(undo.status == 1 && undo.output.contains(words), "'\(words)' in \(undo)")
      }
      #expect(house.changesAsked.isEmpty)
      let rest = try await house.setup(["undo", "--forget", "group acme", "--because", "paula removes it"], token: Self.devon)
      #expect(rest.status == 0, "\(rest)")
      #expect(!house.picture.contains { $0.hasPrefix("project(30)") || $0.hasPrefix("hook ") }, "\(house.picture)")
    }
  }

  @Test("an account of the instance that is gone is in nobody's way; one that stands takes an administrator", arguments: [true, false])
  func instanceAccount(_ isGone: Bool) async throws {
    try await House.with(House.bare { $0.users[House.paula].isAdministrator = true }, serving: false) { house in
      house.configureForSetup("setup: {account: {level: instance}}")
      let before = house.picture
      #expect(try await house.setup("apply").status == 0)
      house.gitlab.with { world in
        world.users[House.paula].isAdministrator = false
        if isGone { world.finishDeleting(world.user(named: "gatehouse-acme").id) }
      }
      let undo = try await house.setup("undo")
      if isGone {
        #expect(undo.status == 0 && !undo.output.contains("may not take it back"), "\(undo)")
        #expect(house.picture == before)
      } else {
        #expect(undo.status == 1 && undo.output.contains("use the token of an administrator"), "\(undo)")
      }
    }
  }

  @Test("what GitLab has taken and not done is no account that is removed", arguments: ["an administrator", "the Owner, who may no more"])
  func accepted(_ maker: String) async throws {
    try await House.with(Self.bare(.owner), serving: false) { house in
      house.gitlab.with { world in
        world.users[71].isAdministrator = true
        world.instance.showsOwnersServiceAccounts = true
      }
      house.configureForSetup()
      let before = house.picture
      #expect(try await house.setup(["apply"], token: maker == "an administrator" ? Self.devon : House.setupToken).status == 0)
      house.gitlab.with { $0.instance.allowsOwnersServiceAccounts = false }
      for round in 0..<2 {
        let undo = try await house.setup("undo")
        #expect(undo.status == 1 && !undo.output.contains("- service account"), "\(undo)")
        for words in [
          "! service account gatehouse-acme of group acme", "and shows it still", "undo again in a few minutes", "an administrator's token",
          round == 0 ? "stopped: 5 of 6 are taken back, and service account gatehouse-acme of group acme stands" : "stopped: 0 of 1",
        ] { #expect(undo.output.contains(words), "'\(words)' in \(undo)") }
        #expect(!undo.output.contains("--forget"), "what stands is not to be hidden: \(undo)")
      }
      let whole = try await house.setup(["undo"], token: Self.devon)
      #expect(whole.status == 0 && whole.output.contains("- service account gatehouse-acme of group acme"), "\(whole)")
      #expect(house.picture == before)
    }
  }

  @Test("what GitLab has begun to remove is seen to go") func later() async throws {
    let settings = House.bare { ($0.instance.deletesAccountsAfter, $0.instance.blocksAccountsFirst) = (.seconds(3_600), true) }
    try await House.with(settings, serving: false) { house in
      house.configureForSetup()
      #expect(try await house.setup("apply").status == 0)
      let undo = try await house.setup("undo")
      #expect(undo.status == 0 && undo.output.contains("- service account gatehouse-acme of group acme"), "\(undo)")
      #expect(undo.output.contains("GitLab has barred it (blocked), and removes it in the background"), "\(undo)")
    }
  }

  @Test(
    "an Owner whom GitLab lets manage no service accounts takes nothing back either, and is told whose token does",
    arguments: [false, true])
  func owner(_ isShown: Bool) async throws {
    try await House.with(Self.bare(.maintainer), serving: false) { house in
      house.configureForSetup()
      let before = house.picture
      #expect(try await house.setup("apply").status == 0)
      let made = (house.picture, text(ofFile: house.hookFile), text(ofFile: house.tokenFile))
      house.gitlab.with { world in
        if isShown {
          world.faults = [
            Fault(
              .answer(status: 403, headers: ["Content-Type": "application/json"], body: #"{"message":"403 Forbidden"}"#), on: "DELETE",
              "groups/*/service_accounts/*", times: 99)
          ]
        } else {
          world.instance.allowsOwnersServiceAccounts = false
        }
      }
      house.forgetRequests()
      let undo = try await house.setup("undo")
      for words in ["! service account gatehouse-acme of group acme", "403 Forbidden", "an administrator"] {
        #expect(undo.status == 1 && undo.output.contains(words), "'\(words)' in \(undo)")
      }
      #expect(!undo.output.contains("--forget"), "what stands is not to be hidden: \(undo)")
      if isShown {
        // What GitLab refuses shows only now: nothing waits for the account any more, and what stands is named.
        for words in [
          "stopped: 5 of 6 are taken back, and service account gatehouse-acme of group acme stands; undo again goes on from here",
          "Its token is revoked",
        ] { #expect(undo.output.contains(words), "'\(words)' in \(undo)") }
        #expect(!house.picture.contains { $0.contains("gatehouse-acme") && !$0.hasPrefix("user ") }, "\(house.picture)")
      } else {
        #expect(undo.output.contains("nothing was taken back") && house.changesAsked.isEmpty, "\(undo) \(house.changesAsked)")
        #expect(made == (house.picture, text(ofFile: house.hookFile), text(ofFile: house.tokenFile)))
        let rotate = try await house.setup("rotate-token")
        #expect(rotate.status == 1 && rotate.errors.contains("the token of an administrator, or of an Owner"), "\(rotate)")
        // Nor a new one, where its file is lost.
        unlink(house.tokenFile)
        let plan = try await house.setup("plan")
        for words in ["! access token", "paula may make no access token for gatehouse-acme", "an administrator, or of an Owner"] {
          #expect(plan.status == 1 && plan.output.contains(words), "'\(words)' in \(plan)")
        }
        write(made.2, toFile: house.tokenFile)
      }
      house.gitlab.with { world in
        world.faults = []
        world.users[House.paula].isAdministrator = true
      }
      let whole = try await house.setup("undo")
      house.gitlab.with { $0.users[House.paula].isAdministrator = false }
      #expect(whole.status == 0 && house.picture == before, "\(whole)")
    }
  }
}
