import ChangeControl
import Glibc
import Storage
import TestSupport
import Testing

@testable import GitLabSimulator

/// What setup has made goes by the name of its GitLab in the configuration: under another name nobody finds it.
@Suite struct SetupRenamedGitLabTests {
  @Test("a GitLab that was renamed in the configuration: check says what stands under its former name, and undo that there is something")
  func renamed() async throws {
    try await House.with(House.bare(), serving: false) { house in
      house.configureForSetup()
      let before = house.picture
      #expect(try await house.setup("apply").status == 0)
      #expect(try await house.command(["check", "--json"]).finding("setup record") == nil)
      let configuration = text(ofFile: house.configurationFile)
      write(configuration.replacing("- name: main", with: "- name: other"), toFile: house.configurationFile)
      let check = try await house.command(["check", "--json"])
      let finding = try #require(check.finding("setup record"), "\(check)")
      #expect(finding["status"]?.string == "warn", "\(finding)")
      for words in ["webhook of", "membership in", "GitLab main"] {
        #expect(finding["seen"]?.string?.contains(words) == true, "'\(words)' in \(finding)")
      }
      #expect(finding["remedy"]?.string?.contains("call it main again") == true, "\(finding)")
      let undo = try await house.setup("undo")
      #expect(undo.status == 1 && undo.output.contains("what was made in GitLab main, a name that the configuration has not"), "\(undo)")
      // Both names at once have one account.
      let entry = configuration.split(separator: "\n").drop { !$0.contains("- name: main") }.prefix { !$0.hasPrefix("services:") }
      let both = configuration.replacing("services:", with: entry.joined(separator: "\n").replacing("main", with: "other") + "\nservices:")
        .replacing("services: [{", with: "services: [{instance: main, ")
      write(both, toFile: house.configurationFile)
      let twin = try await house.setup("undo", "--instance", "main")
      #expect(twin.status == 1 && twin.errors.contains("GitLab other of the configuration has the url and the account of main"), "\(twin)")
      write(configuration, toFile: house.configurationFile)
      #expect(try await house.setup("undo").status == 0)
      #expect(house.picture == before)
      #expect(try await house.command(["check", "--json"]).finding("setup record") == nil)
    }
  }

  @Test(
    "set up under the new name too, nothing is called taken back or done without a word of the former, and no rule of its own is called others'"
  )
  func setUpAnew() async throws {
    try await House.with(House.bare(), serving: false) { house in
      house.configureForSetup()
      #expect(try await house.setup("apply").status == 0)
      let configuration = text(ofFile: house.configurationFile)
      write(
        configuration.replacing("- name: main", with: "- name: other").replacing("services: [{", with: "services: [{instance: other, "),
        toFile: house.configurationFile)
      for verb in ["apply", "plan", "rotate-token"] {
        let run = try await house.setup(verb)
        #expect(run.status == 0, "\(run)")
        if verb != "rotate-token" { #expect(run.output.contains("the record has what was made in GitLab main"), "\(run)") }
      }
      let undo = try await house.setup("undo")
      #expect(undo.status == 1 && undo.output.contains("what apply has made under the name main may need it"), "\(undo)")
      #expect(!undo.output.contains("Take the account out there"), "\(undo)")
      #expect(house.picture.contains { $0.hasPrefix("project(30) production") }, "\(house.picture)")
    }
  }

  @Test("without the database that apply was run with undo says so, and makes none") func otherFolder() async throws {
    try await House.with(House.bare(), serving: false) { house in
      house.configureForSetup()
      #expect(try await house.setup("apply").status == 0)
      let missing = house.folder.file("gatehous.db")
      write(text(ofFile: house.configurationFile).replacing(house.database, with: missing), toFile: house.configurationFile)
      let undo = try await house.setup("undo")
      #expect(undo.status == 1 && undo.errors.contains("there is no database at \(missing)"), "\(undo)")
      #expect(access(missing, F_OK) != 0)
    }
  }

  @Test("another GitLab under the same name: nothing of the first is taken for gone, and its url takes it back") func otherGitLab()
    async throws
  {
    try await House.with(House.bare(), serving: false) { house in
      try await House.with(House.bare(), serving: false) { other in
        house.configureForSetup()
        let before = house.picture
        #expect(try await house.setup("apply").status == 0)
        let configuration = text(ofFile: house.configurationFile)
        write(configuration.replacing(house.gitLabURL, with: other.gitLabURL), toFile: house.configurationFile)
        for verb in ["plan", "apply", "undo"] {
          let run = try await house.setup(verb)
          #expect(run.status == 1 && run.errors.contains("knows no user gatehouse-acme of id"), "\(run)")
          #expect(run.errors.contains("set `url` of main back"), "\(run)")
        }
        let forget = try await house.setup("undo", "--forget", "webhook of project acme/payments/checkout", "--because", "gone")
        #expect(forget.status == 1 && forget.errors.contains("knows no user gatehouse-acme of id"), "\(forget)")
        #expect(access(house.tokenFile, F_OK) == 0 && other.changesAsked.isEmpty)
        write(configuration, toFile: house.configurationFile)
        #expect(try await house.setup("undo").status == 0)
        #expect(house.picture == before)
      }
    }
  }

  private static let byHand = "glpat-made-by-hand-0001"

  /// An account that apply has not made: the record knows its number alone.
  @Sendable private static func addAccount(_ world: inout World) {
    world.users.insert(World.User(id: 97, username: "gate", name: "Gate"))
    world.memberships.append(World.Membership(.group(3), userID: 97, level: .maintainer))
    world.tokens.insert(.init(id: 611, userID: 97, secret: byHand, name: "by hand", createdAt: world.now))
  }

  @Test("the same with an account that was made by hand: an administrator takes nothing of the first for gone", arguments: [true, false])
  func otherGitLabByHand(isTokenThere: Bool) async throws {
    let elsewhere = House.bare { world in
      world.tokens.remove(601)
      world.tokens.insert(.init(id: 601, userID: 1, secret: House.setupToken, name: "for setup", createdAt: world.now))
    }
    try await House.with(House.bare(Self.addAccount), serving: false) { house in
      try await House.with(elsewhere, serving: false) { other in
        house.configureForSetup()
        write(Self.byHand, toFile: house.tokenFile)
        let before = house.picture
        #expect(try await house.setup("apply").status == 0)
        let configuration = text(ofFile: house.configurationFile)
        write(configuration.replacing(house.gitLabURL, with: other.gitLabURL), toFile: house.configurationFile)
        if !isTokenThere { unlink(house.tokenFile) }
        let undo = try await house.setup("undo")
        #expect(undo.status == 1 && undo.errors.contains("does not show that it is the same one"), "\(undo)")
        #expect(undo.errors.contains("set `url` of main back"), "\(undo)")
        // A new address of the first.
        write(
          configuration.replacing(
            "127.0.0.1:\(house.gitLabURL.split(separator: ":").last ?? "")",
            with: "localhost:\(house.gitLabURL.split(separator: ":").last ?? "")"), toFile: house.configurationFile)
        write(Self.byHand, toFile: house.tokenFile)
        let back = try await house.setup("undo")
        #expect(back.status == 0 && house.picture == before, "\(back)")
      }
    }
  }

  @Test("two names of one GitLab, each with a token of one account in a file of its own: neither takes the account from the other")
  func twoFiles()
    async throws
  {
    try await House.with(House.bare(), serving: false) { house in
      house.configureForSetup()
      let bare = house.picture
      #expect(try await house.setup("apply").status == 0)
      let account = house.gitlab.with { $0.user(named: "gatehouse-acme").id }
      house.gitlab.with { world in
        world.tokens.insert(.init(id: 612, userID: account, secret: Self.byHand, name: "by hand", createdAt: world.now))
      }
      let second = house.folder.file("second-token")
      write(Self.byHand, toFile: second)
      let configuration = text(ofFile: house.configurationFile)
      let entry = configuration.split(separator: "\n").drop { !$0.contains("- name: main") }.prefix { !$0.hasPrefix("services:") }
      let other = entry.joined(separator: "\n").replacing("name: main", with: "name: other").replacing(house.tokenFile, with: second)
      write(
        configuration.replacing("services:", with: other + "\nservices:").replacing("services: [{", with: "services: [{instance: main, "),
        toFile: house.configurationFile)
      let before = house.picture
      let undo = try await house.setup("undo", "--instance", "main")
      #expect(undo.status == 1 && undo.errors.contains("GitLab other of the configuration has the url and the account of main"), "\(undo)")
      #expect(house.picture == before)
      // Whose the other token is GitLab does not say for a moment.
      house.gitlab.with { $0.faults = [Fault(.badGateway, on: "GET", "user")] }
      let unsure = try await house.setup("undo", "--instance", "main")
      #expect(unsure.status == 1 && unsure.errors.contains("Run this again in a minute") && house.picture == before, "\(unsure)")
      // As it says.
      #expect(undo.errors.contains("`gatehouse setup undo --instance other` first"), "\(undo)")
      #expect(try await house.setup("undo", "--instance", "other").status == 0)
      write(configuration, toFile: house.configurationFile)
      house.gitlab.with { $0.tokens[612].isRevoked = true }
      let last = try await house.setup("undo")
      #expect(last.status == 0 && house.picture == bare, "\(last)")
    }
  }

  @Test("the same GitLab under a new address is gone on with") func newAddress() async throws {
    try await House.with(House.bare(), serving: false) { house in
      house.configureForSetup()
      let before = house.picture
      #expect(try await house.setup("apply").status == 0)
      let configuration = text(ofFile: house.configurationFile)
      write(
        configuration.replacing(house.gitLabURL, with: house.gitLabURL.replacing("127.0.0.1", with: "localhost")),
        toFile: house.configurationFile)
      let plan = try await house.setup("plan")
      #expect(plan.status == 0, "\(plan)")
      #expect(try await house.setup("undo").status == 0)
      #expect(house.picture == before)
    }
  }

  @Test("a GitLab that is no more is forgotten without it, and a project that is deleted without anything else") func forgotten()
    async throws
  {
    try await House.with(House.bare(), serving: false) { house in
      house.configureForSetup()
      #expect(try await house.setup("apply").status == 0)
      let configuration = text(ofFile: house.configurationFile)
      house.forgetRequests()
      let one = try await house.setup("forget", "project acme/payments/checkout", "--because", "deleted")
      #expect(one.status == 0 && one.output.contains("~ protected environment production"), "\(one)")
      #expect(one.output.contains("on it still"), "\(one)")
      write(configuration.replacing("- name: main", with: "- name: other"), toFile: house.configurationFile)
      let unknown = try await house.setup("forget", "--all", "--instance", "old", "--because", "shut down")
      #expect(unknown.status == 2 && unknown.errors.contains("there is: main"), "\(unknown)")
      #expect(try await house.setup("forget", "--instance", "main", "--because", "shut down").status == 2)
      let all = try await house.setup("forget", "--all", "--instance", "main", "--because", "shut down")
      #expect(all.status == 0 && all.output.contains("and 0 are on it still"), "\(all)")
      #expect(all.output.contains("\(house.tokenFile) has it still"), "\(all)")
      #expect(house.requestsToGitLab.isEmpty)
      #expect(try await house.command(["check", "--json"]).finding("setup record") == nil)
      let told = try house.read { reading in
        var filter = AuditFilter()
        filter.actions = [.setupForgotten]
        return try reading.auditEntries(filter, after: 0, limit: 100)
      }
      #expect(told.count > 3 && told.allSatisfy { $0.actor.hasPrefix("command line (") && $0.detail.contains("because") })
    }
  }
}
