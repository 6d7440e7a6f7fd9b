import Calendar
import TestSupport
import Testing

@testable import GitLabSimulator

/// A project leaves change control by what somebody does with it in GitLab, and what is told of it comes to an end.
@Suite struct DriftDepartedTests {
  private static let patterns = "\"acme/payments/checkout\", \"acme/payments/inner/ca*\""

  private static func watched(_ story: (House) async throws -> Void) async throws {
    try await House.withTwoProjects(patterns) { house in
      try await house.start()
      try await house.hasLooked()
      #expect(try house.drifts() == [])
      try await story(house)
      try await house.isSound()
    }
  }

  private static func putOut(_ house: House) {
    house.gitlab.with { world in
      let account = world.user(named: "gatehouse-acme").id
      world.memberships.removeAll { $0.source == .project(31) && $0.userID == account }
    }
  }

  private static func hide(_ house: House) {
    putOut(house)
    house.gitlab.with { $0.projects[31].groupID = 9 }
  }

  @Test("renamed to what no pattern means: that stands, by where it is now, until it is covered again", arguments: [true, false])
  func renamed(isMember: Bool) async throws {
    try await Self.watched { house in
      house.gitlab.with { $0.projects[31].path = "basket" }
      if !isMember { Self.putOut(house) }
      for _ in 1...2 { try await house.lookAgain() }
      #expect(try house.drifts() == ["detected membership"])
      #expect(house.log.contains("acme/payments/inner/cart is acme/payments/inner/basket now, which no service covers"))
      #expect(try await house.metrics().filter { !$0.hasPrefix("drift_total") } == [#"drift_findings{check="membership"} 1"#])
      house.covers("\"acme/payments/checkout\", \"acme/payments/inner/basket\"")
      for _ in 1...2 { try await house.lookAgain() }
      #expect(try house.drifts() == ["detected membership", isMember ? "resolved membership" : "unwatched membership"])
    }
  }

  @Test("what was wrong in it ends when it is seen to have gone elsewhere, and a person's word ends the rest") func movedLater()
    async throws
  {
    try await Self.watched { house in
      Self.putOut(house)
      house.gitlab.with { world in for row in world.protections.all where row.source == .project(31) { world.protections.remove(row.id) } }
      try await house.lookAgain()
      #expect(try house.drifts() == ["detected membership", "detected protection"])
      house.gitlab.with { $0.projects[31].path = "basket" }
      for _ in 1...2 { try await house.lookAgain() }
      #expect(try house.drifts().suffix(2).sorted() == ["detected membership", "unwatched protection"])
      #expect(try await house.metrics().filter { $0.hasPrefix("drift_findings") } == [#"drift_findings{check="membership"} 1"#])
      #expect(try await house.setup("forget", "project acme/payments/inner/cart", "--because", "by hand").status == 0)
      for _ in 1...2 { try await house.lookAgain() }
      #expect(try house.drifts().last == "unwatched membership")
      #expect(try await house.metrics().filter { $0.hasPrefix("drift_findings") } == [])
    }
  }

  @Test("check names one that was moved, also where apply has no record of it") func movedUnrecorded() async throws {
    try await Self.watched { house in
      #expect(try await house.setup("forget", "project acme/payments/inner/cart", "--because", "by hand").status == 0)
      house.gitlab.with { $0.projects[31].path = "basket" }
      for _ in 1...2 {
        let check = try await house.command(["check", "--json"])
        let finding = check.finding("gitlab main membership")
        #expect(finding?["status"]?.string == "warn", "\(check)")
        for words in ["acme/payments/inner/cart is acme/payments/inner/basket now", "setup forget 'project acme/payments/inner/cart'"] {
          #expect(finding?.text.contains(words) == true, "'\(words)' in \(finding ?? .null)")
        }
        try await house.lookAgain()
      }
    }
  }

  @Test("marked for deletion, and so renamed: what was wrong is over, and nothing is told as moved") func ending() async throws {
    try await Self.watched { house in
      house.gitlab.with { world in
        world.projects[31].path = "cart-deletion_scheduled-31"
        world.projects[31].markedForDeletionOn = "2026-11-29"
        for row in world.protections.all where row.source == .project(31) { world.protections.remove(row.id) }
      }
      house.covers("\"acme/payments/checkout\", \"acme/payments/inner/cart\"")
      for _ in 1...2 { try await house.lookAgain() }
      #expect(try house.drifts() == [])
      #expect(try await house.metrics() == [])
    }
  }

  @Test("deleted: an administrator's token tells it, and what was told ends") func deleted() async throws {
    try await Self.watched { house in
      Self.hide(house)
      try await house.lookAgain()
      #expect(try house.drifts() == ["detected membership"])
      house.gitlab.with { world in
        world.projects.remove(31)
        world.tokens.insert(
          .init(
            id: 902, userID: 1, secret: HouseSettings.adminToken, name: "doctor", scopes: ["read_api"], createdAt: world.now,
            expiresAt: world.now + .seconds(365 * 86_400)))
      }
      try await house.lookAgain()
      #expect(try house.drifts() == ["detected membership"], "a Maintainer is shown as little of what is hidden")
      write(HouseSettings.adminToken, toFile: house.adminFile)
      for _ in 1...2 { try await house.lookAgain() }
      #expect(try house.drifts() == ["detected membership", "resolved membership"])
      #expect(try await house.metrics().filter { $0.hasPrefix("drift_findings") || $0.hasPrefix("drift_unseen") } == [])
    }
  }

  @Test("deleted, and configured by its number: that stands until the configuration lets it go, and does not come and go") func numbered()
    async throws
  {
    try await House.with(House.watching.beginning { $0.addAdministrator() }) { house in
      house.gitlab.with { world in
        world.addProject(31, "cart", inGroup: 3_000, "acme/payments/inner", below: 3)
        world.memberships.append(.init(.project(31), userID: Demo.accountID, level: .developer))
      }
      let both = text(ofFile: house.configurationFile).replacing(#""acme/payments/*""#, with: "30, 31")
      write(both, toFile: house.configurationFile)
      try await house.lookAgain()
      let before = try house.drifts()
      house.gitlab.with { $0.projects.remove(31) }
      for _ in 1...4 { try await house.lookAgain() }
      #expect(try house.drifts().dropFirst(before.count).filter { $0.hasSuffix("membership") } == ["detected membership"])
      #expect(try await house.metrics().contains(#"drift_findings{check="membership"} 1"#))
    }
  }

  @Test("hidden from both tokens: check says so, and a person's word ends it, without any record of setup's") func forgotten() async throws
  {
    try await Self.watched { house in
      let recorded = try await house.setup("forget", "project acme/payments/inner/cart", "--because", "by hand from now on")
      #expect(recorded.status == 0, "\(recorded)")
      Self.hide(house)
      try await house.lookAgain()
      let check = try await house.command(["check", "--json"])
      let finding = check.finding("gitlab main membership")
      #expect(finding?["status"]?.string == "warn", "\(check)")
      for words in ["acme/payments/inner/cart", "neither token", "setup forget 'project acme/payments/inner/cart' --because"] {
        #expect(finding?.text.contains(words) == true, "'\(words)' in \(finding ?? .null)")
      }
      let misspelt = try await house.setup("forget", "project acme/payments/inner/car", "--because", "deleted")
      #expect(misspelt.status == 2 && misspelt.errors.contains("project acme/payments/inner/cart"), "\(misspelt)")
      let forget = try await house.setup("forget", "project acme/payments/inner/cart", "--because", "deleted last week")
      #expect(forget.status == 0 && forget.output.contains("drift of project acme/payments/inner/cart"), "\(forget)")
      for _ in 1...2 { try await house.lookAgain() }
      #expect(try house.drifts() == ["detected membership", "unwatched membership"])
      #expect(house.log.contains("is looked for no longer (deleted last week)"))
      #expect(try await house.metrics().filter { $0.hasPrefix("drift_findings") || $0.hasPrefix("drift_unseen") } == [])
      let after = try await house.command(["check", "--json"])
      #expect(after.finding("gitlab main membership")?["status"]?.string == "ok", "\(after)")
    }
  }

  @Test("what is shown is not forgotten: the token that looks sees the project that the account was put out of") func shown() async throws {
    try await Self.watched { house in
      #expect(try await house.setup("forget", "project acme/payments/inner/cart", "--because", "by hand").status == 0)
      Self.putOut(house)
      try await house.lookAgain()
      #expect(try house.drifts() == ["detected membership"])
      let forget = try await house.setup("forget", "project acme/payments/inner/cart", "--because", "deleted")
      #expect(forget.status == 2 && forget.errors.contains("has nothing called"), "\(forget)")
      try await house.lookAgain()
      #expect(try await house.metrics().contains(#"drift_findings{check="membership"} 1"#))
    }
  }

  @Test("two projects have had one path: each is forgotten by its number alone") func onePath() async throws {
    try await Self.watched { house in
      Self.hide(house)
      house.gitlab.with { world in
        world.projects.insert(World.Project(id: 32, groupID: 3_000, path: "cart", createdAt: world.now))
        world.environments.insert(.init(id: 1_032, projectID: 32, name: "production", tier: "production", createdAt: world.now))
      }
      #expect(try await house.setup("apply").status == 0)
      let check = try await house.command(["check", "--json"]).finding("gitlab main ungated")
      #expect(check?.text.contains("setup forget 'project 31' --because") == true, "\(check ?? .null)")
      let both = try await house.setup("forget", "project acme/payments/inner/cart", "--because", "the old one is deleted")
      #expect(both.status == 2 && both.errors.contains("say which, 'project 31' or 'project 32'"), "\(both)")
      let one = try await house.setup("forget", "project 31", "--because", "the old one is deleted")
      #expect(one.status == 0 && one.output.contains("~ protected environment production"), "\(one)")
      let left = try house.read { try $0.setupRecords(instance: "main", state: .made) }.filter { $0.kind == "protection" }
      #expect(left.count == 2, "\(left)")
      let after = try await house.command(["check", "--json"]).finding("gitlab main ungated")
      #expect(after?["status"]?.string == "ok", "\(after ?? .null)")
      #expect(try await house.setup("plan").status == 0)
    }
  }

  @Test("back again: a webhook that is not there is told, be it that it went before, or in between", arguments: [true, false])
  func webhook(wentBefore: Bool) async throws {
    try await Self.watched { house in
      func endWebhook() {
        house.gitlab.with { world in
          for hook in world.hooks.all where hook.owner == .project(31) { world.hooks.remove(hook.id) }
        }
      }
      if wentBefore {
        endWebhook()
        try await house.lookAgain()
        #expect(try house.drifts() == ["detected webhook"])
      }
      house.gitlab.with { $0.projects[31].path = "basket" }
      for _ in 1...2 { try await house.lookAgain() }
      #expect(try house.drifts().contains("unwatched webhook") == wentBefore)
      endWebhook()
      house.gitlab.with { $0.projects[31].path = "cart" }
      for _ in 1...2 { try await house.lookAgain() }
      #expect(try house.drifts().suffix(2).sorted() == ["detected webhook", "resolved membership"])
      #expect(try await house.metrics().filter { $0.hasPrefix("drift_findings") } == [#"drift_findings{check="webhook"} 1"#])
    }
  }

  @Test("a list that GitLab refuses to the account hides nothing that it shows by its number") func refusedList() async throws {
    try await Self.watched { house in
      // Without a token that looks, which may be shown another list.
      let lines = text(ofFile: house.configurationFile).split(separator: "\n", omittingEmptySubsequences: false)
      write(lines.filter { !$0.contains("admin_token") }.joined(separator: "\n"), toFile: house.configurationFile)
      try await house.lookAgain()
      let refusal = #"{"message":"403 Forbidden"}"#
      house.gitlab.with {
        $0.faults = [
          Fault(
            .answer(status: 403, headers: ["Content-Type": "application/json"], body: refusal), on: "GET", "groups/*/projects", times: 99)
        ]
      }
      for _ in 1...2 { try await house.lookAgain() }
      #expect(try house.drifts() == [])
      Self.putOut(house)
      for _ in 1...2 { try await house.lookAgain() }
      #expect(try house.drifts() == ["detected membership"])
    }
  }

  @Test("of a GitLab that is configured no more all that stands is ended by a person's word") func noMore() async throws {
    try await Self.watched { house in
      Self.hide(house)
      try await house.lookAgain()
      #expect(try house.drifts() == ["detected membership"])
      #expect(try await house.setup("undo").output.contains("taken back"))
      let before = text(ofFile: house.configurationFile)
      write(before.replacing("- name: main", with: "- name: other"), toFile: house.configurationFile)
      let forget = try await house.setup("forget", "--all", "--instance", "main", "--because", "shut down")
      #expect(forget.status == 0 && forget.output.contains("drift of acme/payments/inner/cart"), "\(forget)")
      #expect(try house.drifts().last == "unwatched membership")
      let standing = try await house.metrics().filter { !$0.hasPrefix("drift_total") }
      #expect(standing == [])
      let again = try await house.setup("forget", "--all", "--instance", "main", "--because", "shut down")
      #expect(again.status == 2 && again.errors.contains("nothing is on record"), "\(again)")
      write(before, toFile: house.configurationFile)
    }
  }
}
