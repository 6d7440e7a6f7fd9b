import TestSupport
import Testing

@testable import GitLabSimulator

/// `setup undo` where a project is deleted, or about to be: what was in it has gone with it, and the rest goes on.
@Suite struct SetupUndoGonePlaceTests {
  private static func answer(_ status: Int, _ words: String) -> Fault.Action {
    .answer(status: status, headers: ["Content-Type": "application/json"], body: #"{"message":"\#(status) \#(words)"}"#)
  }

  private static func applied(_ story: (House, _ before: [String]) async throws -> Void) async throws {
    var settings = House.bare { $0.addProject(31, "cart", inGroup: 3_000, "acme/payments/inner", below: 3) }
    settings.hookEvents = []
    try await House.with(settings, serving: false) { house in
      let before = house.picture
      house.configureForSetup()
      house.covers("\"acme/payments/checkout\", \"acme/payments/inner/cart\"")
      #expect(try await house.setup("apply").status == 0)
      house.covers("\"acme/payments/checkout\"")
      try await story(house, before)
    }
  }

  /// Undoes with the token of one who is shown all there is, or of an Owner, to whom what has moved and put the account out looks the same: they say it.
  private static func undo(_ place: String, isAdministrator: Bool, _ house: House) async throws {
    house.gitlab.with { $0.users[House.paula].isAdministrator = isAdministrator }
    let undo = try await house.setup("undo")
    #expect(undo.errors == "" && undo.status == (isAdministrator ? 0 : 1), "\(undo)")
    let gone = "it is gone with \(place), which GitLab shows not even paula, an administrator"
    #expect(undo.output.contains(gone) == isAdministrator, "\(undo)")
    guard !isAdministrator else { return }
    for words in [
      "only an administrator's token tells which", "undo --forget \"\(place)\"", "without the account its deployments would wait",
    ] {
      #expect(undo.output.contains(words), "'\(words)' in \(undo)")
    }
    #expect(house.picture.contains("user gatehouse-acme"))
    let forgetting = try await house.setup("undo", "--forget", place, "--because", "deleted")
    #expect(forgetting.status == 0 && forgetting.errors == "", "\(forgetting)")
  }

  @Test("one that is gone: undo goes on to the end where somebody is shown all, or says that it is", arguments: [true, false])
  func gone(_ isAdministrator: Bool) async throws {
    try await Self.applied { house, before in
      house.gitlab.with { $0.delete(project: 31) }
      #expect(try await house.setup("plan").status == 0)
      try await Self.undo("project acme/payments/inner/cart", isAdministrator: isAdministrator, house)
      #expect(house.picture == before)
      #expect(try await house.setup("undo").output.contains("nothing was made by apply"))
    }
  }

  // MARK: The only one that is configured

  private static func onlyOne(_ configured: String = "", _ story: (House, _ before: [String]) async throws -> Void) async throws {
    var settings = House.bare { world in
      world.groups.insert(World.Group(id: 9, name: "others", fullPath: "others", parentID: nil))
    }
    settings.hookEvents = []
    try await House.with(settings, serving: false) { house in
      let before = house.picture
      house.configureForSetup(configured)
      house.covers("\"acme/payments/checkout\"")
      #expect(try await house.setup("apply").status == 0)
      try await story(house, before)
    }
  }

  @Test("where it is the only one that is configured it is no other", arguments: [true, false])
  func onlyOneGone(_ isAdministrator: Bool) async throws {
    try await Self.onlyOne { house, before in
      house.gitlab.with { $0.delete(project: 30) }
      try await Self.undo("project acme/payments/checkout", isAdministrator: isAdministrator, house)
      #expect(house.picture == before.filter { !$0.contains("project(30)") })
      #expect(try await house.setup("undo").output.contains("nothing was made by apply"))
    }
  }

  @Test("nor is one whose new group has put the account out") func putOut() async throws {
    try await Self.onlyOne { house, _ in
      house.gitlab.with { world in
        world.projects[30].groupID = 9
        let account = world.user(named: "gatehouse-acme").id
        world.memberships.removeAll { $0.source == .project(30) && $0.userID == account }
      }
      let plan = try await house.setup("plan")
      #expect(plan.status == 1 && plan.output.contains("shows paula no project"), "\(plan)")
      for _ in 1...2 {
        let undo = try await house.setup("undo")
        #expect(undo.status == 1 && !undo.output.contains("it is gone with") && undo.output.contains("--forget"), "\(undo)")
        #expect(undo.output.contains("without the account its deployments would wait for ever"), "\(undo)")
        #expect(house.picture.contains("user gatehouse-acme"), "\(undo)")
      }
      // In Admin Mode an administrator is shown no more than others by a token that is not of scope admin_mode.
      house.gitlab.with { world in
        world.instance.hasAdminMode = true
        world.users[House.paula].isAdministrator = true
      }
      let hidden = try await house.setup("undo")
      #expect(hidden.status == 1 && !hidden.output.contains("it is gone with"), "\(hidden)")
      // Shown it, undo takes back what it had kept on record.
      house.gitlab.with { world in
        for token in world.tokens.all where token.userID == House.paula { world.tokens[token.id].scopes.append("admin_mode") }
      }
      #expect(try await house.setup("undo").status == 0)
      #expect(!house.picture.contains { $0.contains("gatehouse-acme") || $0.hasPrefix("project(30)") }, "\(house.picture)")
    }
  }

  /// What the account is a member of through a group does not take it along.
  @Test(
    "one that has moved to where the Owner is shown nothing is not taken for gone",
    arguments: [true, false], ["", "setup: {members: group}"])
  func onlyOneMoved(_ hasToken: Bool, _ configured: String) async throws {
    try await Self.onlyOne(configured) { house, _ in
      house.gitlab.with { world in
        world.projects[30].groupID = 9
        guard !hasToken else { return }
        for token in world.tokens.all where token.userID != House.paula { world.tokens[token.id].isRevoked = true }
      }
      let undo = try await house.setup("undo")
      #expect(undo.status == 1 && !undo.output.contains("it is gone with"), "\(undo)")
      #expect(undo.output.contains("--forget"), "\(undo)")
      #expect(house.gitlab.with { world in world.users.all.contains { $0.username == "gatehouse-acme" && !$0.isDeleted } }, "\(undo)")
    }
  }

  @Test("one that is marked for deletion and lets nothing go: the rest is taken back, and it is said") func marked() async throws {
    try await Self.applied { house, _ in
      house.gitlab.with { world in
        world.projects[31].markedForDeletionOn = "2026-12-20"
        world.faults = [Fault(Self.answer(403, "Forbidden"), on: "DELETE", "projects/31/**", times: 99)]
      }
      let undo = try await house.setup("undo")
      #expect(undo.status == 1, "\(undo)")
      for words in ["marked project acme/payments/inner/cart for deletion (2026-12-20)", "the rest is taken back"] {
        #expect(undo.output.contains(words), "'\(words)' in \(undo)")
      }
      #expect(!undo.output.contains("stopped"), "\(undo)")
      #expect(!house.picture.contains { $0.hasPrefix("project(30)") || $0.hasPrefix("hook project(30)") }, "\(house.picture)")
    }
  }

  @Test("what GitLab shows and does not let this person remove takes a stronger token, and is not to be forgotten") func weak() async throws
  {
    try await Self.applied { house, before in
      house.gitlab.with { $0.faults = [Fault(Self.answer(403, "Forbidden"), on: "DELETE", "projects/30/hooks/*", times: 9)] }
      let undo = try await house.setup("undo")
      #expect(undo.status == 1 && undo.output.contains("with the token of an Owner or Maintainer"), "\(undo)")
      #expect(!undo.output.contains("--forget"), "\(undo)")
      house.gitlab.with { $0.faults = [] }
      #expect(try await house.setup("undo").status == 0)
      #expect(house.picture == before)
    }
  }

  /// GitLab's 404 is for whoever is not shown a place, too: it may have moved (facts H). Whom it waits for cannot be asked either.
  @Test("one that may only be hidden keeps the account, for its deployments wait for that") func hidden() async throws {
    try await Self.applied { house, _ in
      house.gitlab.with { world in
        world.faults = [Fault(Self.answer(404, "Project Not Found"), "projects/31/**", times: 999)]
        for token in world.tokens.all where token.userID != House.paula { world.tokens[token.id].isRevoked = true }
      }
      let undo = try await house.setup("undo")
      #expect(undo.status == 1 && !undo.output.contains("it is gone with"), "\(undo)")
      #expect(undo.output.contains("without the account its deployments would wait for ever"), "\(undo)")
      #expect(house.gitlab.with { world in world.users.all.contains { $0.username == "gatehouse-acme" && !$0.isDeleted } }, "\(undo)")
    }
  }
}
