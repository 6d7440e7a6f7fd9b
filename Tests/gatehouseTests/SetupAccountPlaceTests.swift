import Glibc
import TestSupport
import Testing

@testable import GitLabSimulator

/// Projects come into `services` that would have had the account made elsewhere, and its token is lost or ends: it is found where apply has made it.
@Suite struct SetupAccountPlaceTests {
  private static let both = #""acme/payments/checkout", "other/api""#

  /// A second top-level group of paula's, with a project of a lower number.
  private static func bare(_ version: World.Version? = nil, _ more: @escaping @Sendable (inout World) -> Void = { _ in }) -> HouseSettings {
    House.bare(release: version == nil ? .v19 : .v18) { world in
      if let version { world.instance.version = version }
      world.addProject(29, "api", inGroup: 5_000, "other", below: nil)
      world.memberships.append(.init(.group(5_000), userID: House.paula, level: .owner))
      more(&world)
    }
  }

  private func loses(_ house: House, _ how: String) {
    if how == "lost" { unlink(house.tokenFile) }
    house.gitlab.with { world in
      for token in world.tokens.all where how == "ended" && token.userID == world.user(named: "gatehouse-acme").id {
        world.tokens[token.id].isRevoked = true
      }
    }
  }

  private func accounts(_ house: House) -> [String] { house.picture.filter { $0.hasPrefix("user gatehouse") } }

  @Test("a second top-level group", arguments: ["lost", "ended"]) func secondGroup(_ how: String) async throws {
    try await House.with(Self.bare(), serving: false) { house in
      house.configureForSetup()
      #expect(try await house.setup("apply").status == 0)
      house.covers(Self.both)
      #expect(try await house.setup("apply").status == 0)
      let plan = try await house.setup("plan")
      #expect(plan.status == 0 && plan.output.contains("= service account gatehouse-acme of group acme\n"), "\(plan)")
      loses(house, how)
      let apply = try await house.setup("apply")
      #expect(apply.status == 0 && apply.output.contains("= service account gatehouse-acme of group acme\n"), "\(apply)")
      #expect(accounts(house) == ["user gatehouse-acme"])
      #expect(house.accountTokens == [text(ofFile: house.tokenFile).filter { !$0.isNewline }])
      #expect(try await house.setup("plan").status == 0)
    }
  }

  @Test("a new token is made by `rotate-token` too") func rotation() async throws {
    try await House.with(Self.bare(), serving: false) { house in
      house.configureForSetup()
      #expect(try await house.setup("apply").status == 0)
      house.covers(Self.both)
      #expect(try await house.setup("apply").status == 0)
      loses(house, "ended")
      let rotate = try await house.setup("rotate-token")
      #expect(rotate.status == 0 && house.accountTokens.count == 1, "\(rotate)")
    }
  }

  @Test("only another top-level group") func otherGroup() async throws {
    try await House.with(Self.bare(), serving: false) { house in
      house.configureForSetup()
      #expect(try await house.setup("apply").status == 0)
      house.covers(#""other/api""#)
      loses(house, "lost")
      let apply = try await house.setup("apply")
      #expect(apply.output.contains("= service account gatehouse-acme of group acme\n"), "\(apply)")
      #expect(accounts(house) == ["user gatehouse-acme"])
    }
  }

  @Test("an account of a project, before which another comes") func ofProject() async throws {
    let settings = Self.bare { $0.addProject(28, "first", inGroup: 2_800, "acme/early", below: 2) }
    try await House.with(settings, serving: false) { house in
      house.configureForSetup("setup: {account: {level: project}}")
      #expect(try await house.setup("apply").status == 0)
      house.covers(#""acme/payments/checkout", "acme/early/first""#)
      loses(house, "lost")
      let apply = try await house.setup("apply")
      #expect(apply.status == 0, "\(apply)")
      #expect(apply.output.contains("= service account gatehouse-acme of project acme/payments/checkout\n"), "\(apply)")
      #expect(house.accountTokens == [text(ofFile: house.tokenFile).filter { !$0.isNewline }])
    }
  }

  @Test("where GitLab lists no service accounts, by the name that it was given", arguments: OlderGitLabTests.versions)
  func unlisted(_ version: World.Version) async throws {
    try await House.with(Self.bare(version), serving: false) { house in
      house.configureForSetup()
      #expect(try await house.setup("apply").status == 0)
      house.covers(Self.both)
      loses(house, "ended")
      let apply = try await house.setup("apply")
      #expect(apply.status == 0 && apply.output.contains("= service account gatehouse-acme of group acme\n"), "\(apply)")
      #expect(accounts(house) == ["user gatehouse-acme"] && house.accountTokens.count == 1)
    }
  }

  @Test("for another name that is configured another is made, where the configuration has it") func otherName() async throws {
    try await House.with(Self.bare(), serving: false) { house in
      house.configureForSetup()
      #expect(try await house.setup("apply").status == 0)
      house.configureForSetup("setup: {account: {username: the-gate}}")
      loses(house, "lost")
      let plan = try await house.setup("plan")
      #expect(plan.output.contains("+ service account the-gate of group acme\n"), "\(plan)")
    }
  }

  @Test("gone, it is made in no place of before, and the plan says who can make one") func gone() async throws {
    try await House.with(Self.bare(), serving: false) { house in
      house.configureForSetup()
      #expect(try await house.setup("apply").status == 0)
      house.covers(Self.both)
      house.gitlab.with { $0.finishDeleting($0.user(named: "gatehouse-acme").id) }
      let plan = try await house.setup("plan")
      #expect(plan.output.contains("! service account gatehouse-") && plan.output.contains("several top-level groups"), "\(plan)")
    }
  }
}
