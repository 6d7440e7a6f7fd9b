import Storage
import TestSupport
import Testing

@testable import GitLabSimulator

/// Somebody makes by hand what a run was about to make: it is theirs, and stays when apply's work is taken back.
@Suite struct SetupByHandTests {
  static let lost: [(isTier: Bool, isKilled: Bool)] = [(false, false), (false, true), (true, false), (true, true)]

  private static func protect(_ house: House, _ source: World.Source = .project(30)) {
    house.gitlab.with { world in
      world.protections.insert(
        .init(
          id: 4_740, source, name: "production", deployAccess: [World.AccessRule(id: 4_741, .level(.maintainer))], approvalRules: []))
    }
  }

  private static func begun(_ house: House) throws -> [String] {
    try house.read { try $0.setupRecords(instance: "main", state: .intended) }.map(\.kind)
  }

  /// Apply makes the rest, and undo takes that back.
  private static func expectKept(_ house: House, _ before: [String]) async throws {
    let apply = try await house.setup("apply")
    #expect(apply.status == 0, "\(apply)")
    #expect(try begun(house).isEmpty)
    #expect(try await house.setup("plan").status == 0)
    let undo = try await house.setup("undo")
    #expect(undo.status == 0, "\(undo)")
    #expect(house.picture == before, "\(undo)")
  }

  @Test("protected by hand after apply was cut off at it", arguments: lost.indices) func protection(_ index: Int) async throws {
    let (isTier, isKilled) = Self.lost[index]
    try await House.with(House.bare(), serving: false) { house in
      house.configureForSetup(isTier ? "setup: {protect: group, members: group, group: acme/payments}" : "")
      let bare = house.picture
      let path = "\(isTier ? "groups" : "projects")/*/protected_environments"
      if isKilled {
        try await house.setupDies("apply", at: Fault(.hangBeforeEffect, on: "POST", path))
      } else {
        house.gitlab.with { $0.faults = [Fault(.badGateway, on: "POST", path)] }
        #expect(try await house.setup("apply").status == 1)
      }
      #expect(try Self.begun(house) == ["protection"])
      Self.protect(house, isTier ? .group(3) : .project(30))
      let theirs = house.picture.filter { $0.contains(" production: ") }
      try await Self.expectKept(house, (bare + theirs).sorted())
    }
  }

  @Test("protected by hand between apply's look and its deed") func conflict() async throws {
    try await House.with(House.bare(), serving: false) { house in
      house.configureForSetup()
      Self.protect(house)
      let before = house.picture
      let json = ["Content-Type": "application/json"]
      house.gitlab.with { world in
        world.faults = [
          Fault(.answer(status: 200, headers: json, body: "[]"), on: "GET", "projects/30/protected_environments"),
          Fault(
            .answer(status: 404, headers: json, body: #"{"message":"404 Not found"}"#), on: "GET", "projects/30/protected_environments/*"),
        ]
      }
      let apply = try await house.setup("apply")
      #expect(apply.status == 1 && apply.output.contains("somebody else has just made it; apply again"), "\(apply)")
      #expect(house.gitlab.with { $0.faults.isEmpty })
      #expect(try Self.begun(house).isEmpty)
      try await Self.expectKept(house, before)
    }
  }
}
