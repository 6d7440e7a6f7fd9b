import JSON
import TestSupport
import Testing

@testable import GitLabSimulator

/// A project leaves what a pattern means by a move or a rename, and what apply has protected there goes on waiting for the account.
@Suite struct CheckMovedTests {
  private static let patterns = "\"acme/payments/checkout\", \"acme/payments/inner/ca*\""

  private static func applied(_ patterns: String = patterns, _ story: (House) async throws -> Void) async throws {
    try await House.withTwoProjects(patterns) { house in
      let check = try await house.command(["check", "--json"])
      #expect(check.finding("gitlab main ungated")?["status"]?.string == "ok", "\(check)")
      try await story(house)
    }
  }

  private static func expect(_ words: [String], _ house: House) async throws {
    let check = try await house.command(["check", "--json"])
    let finding = check.finding("gitlab main ungated")
    #expect(finding?["status"]?.string == "warn", "\(check)")
    for words in words { #expect(finding?.text.contains(words) == true, "'\(words)' in \(finding ?? .null)") }
  }

  private static func putOut(_ house: House) {
    house.gitlab.with { world in
      let account = world.user(named: "gatehouse-acme").id
      world.memberships.removeAll { $0.source == .project(31) && $0.userID == account }
    }
  }

  @Test("renamed to what no pattern matches: it is named by its path of now", arguments: [true, false]) func renamed(isMember: Bool)
    async throws
  {
    try await Self.applied { house in
      house.gitlab.with { $0.projects[31].path = "basket" }
      if !isMember { Self.putOut(house) }
      try await Self.expect(
        [
          "environment production of project acme/payments/inner/basket (acme/payments/inner/cart before)",
          "nothing there is under change control here",
          "deployments wait for ever", "put it back under `projects`",
        ], house)
      house.gitlab.with { $0.projects[31].markedForDeletionOn = "2026-11-29" }
      let check = try await house.command(["check", "--json"])
      #expect(check.finding("gitlab main ungated")?["status"]?.string == "ok", "\(check)")
    }
  }

  @Test("moved to where the token that looks sees nothing, and another project takes its path") func moved() async throws {
    try await Self.applied { house in
      house.gitlab.with { world in
        world.projects[31].groupID = 9
        world.projects.insert(World.Project(id: 32, groupID: 3_000, path: "cart", createdAt: world.now))
      }
      house.accountJoins(32)
      try await Self.expect(["apply has protected something in project others/cart", "wait for ever", "`gatehouse setup plan`"], house)
      Self.putOut(house)
      try await Self.expect(
        ["in project 31, which was acme/payments/inner/cart before another project was", "neither token", "may wait for ever"], house)
    }
  }

  @Test("deleted: nobody but an administrator knows, who strikes it from the record") func deleted() async throws {
    try await Self.applied("\"acme/payments/**\"") { house in
      house.gitlab.with { world in
        world.projects.remove(31)
        for row in world.protections.all where row.source == .project(31) { world.protections.remove(row.id) }
      }
      try await Self.expect(
        [
          "apply has protected something in project acme/payments/inner/cart", "to neither token", "may wait for ever",
          "setup forget 'project acme/payments/inner/cart' --because",
        ], house)
      let forget = try await house.setup("forget", "project acme/payments/inner/cart", "--because", "deleted")
      #expect(forget.status == 0, "\(forget)")
      let check = try await house.command(["check", "--json"])
      #expect(check.finding("gitlab main ungated")?["status"]?.string == "ok", "\(check)")
      #expect(house.gitlab.with { $0.protections.all.contains { $0.source == .project(30) } })
    }
  }

  @Test("where it was, and the account is put out: that is said, and nothing besides") func putOut() async throws {
    try await Self.applied("\"acme/payments/**\"") { house in
      Self.putOut(house)
      let check = try await house.command(["check", "--json"])
      #expect(check.finding("gitlab main ungated")?["status"]?.string == "ok", "\(check)")
      let membership = check.finding("gitlab main membership")
      #expect(membership?["status"]?.string == "warn", "\(check)")
      #expect(membership?.text.contains("acme/payments/inner/cart") == true, "\(check)")
    }
  }
}
