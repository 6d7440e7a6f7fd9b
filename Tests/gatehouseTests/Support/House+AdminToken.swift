import TestSupport
import Testing

@testable import GitLabSimulator

/// What the stories of the token that only looks have in common.
extension House {
  var adminFile: String { folder.file("admin-token") }

  /// Tokens of bots that serve.
  var botTokens: [World.PersonalAccessToken] {
    gitlab.with { world in world.tokens.all.filter { !$0.isRevoked && world.users.find($0.userID)?.botOf != nil } }
  }

  var botSources: [World.Source] {
    gitlab.with { world in
      world.tokens.all.filter { !$0.isRevoked }.compactMap { world.users.find($0.userID)?.botOf }
    }
  }

  /// The account as a Developer of a project, as apply makes it.
  func accountJoins(_ project: Int64) {
    gitlab.with { world in
      guard let account = world.users.all.first(where: { $0.username == "gatehouse-acme" }) else { return }
      world.memberships.append(World.Membership(.project(project), userID: account.id, level: .developer))
    }
  }

  /// Writes the configuration anew, for other projects.
  func covers(_ patterns: String) {
    let lines = text(ofFile: configurationFile).split(separator: "\n", omittingEmptySubsequences: false).map { line in
      line.hasPrefix("services:") ? "services: [{id: checkout, projects: [\(patterns)], gate: {tiers: [production]}, policy: p}]" : line
    }
    write(lines.joined(separator: "\n"), toFile: configurationFile)
  }
}

extension House {
  /// Set up, without webhooks: one project in acme/payments, one in a group below it, and a group beside them.
  ///
  /// - Parameter patterns: of the projects that the service covers.
  static func withTwoProjects(_ patterns: String, _ story: (House) async throws -> Void) async throws {
    var bare = House.bare { world in
      world.addProject(31, "cart", inGroup: 3_000, "acme/payments/inner", below: 3)
      world.groups.insert(World.Group(id: 9, name: "others", fullPath: "others", parentID: nil))
    }
    bare.hookEvents = []
    try await House.with(bare, serving: false) { house in
      house.configureForSetup("admin_token: {file: \"\(house.adminFile)\"}")
      house.covers(patterns)
      #expect(try await house.setup("apply").status == 0)
      try await story(house)
    }
  }
}

extension World {
  /// A project with a production environment, in a group of its own.
  mutating func addProject(_ id: Int64, _ path: String, inGroup group: Int64, _ groupPath: String, below parent: Int64?) {
    groups.insert(Group(id: group, name: groupPath, fullPath: groupPath, parentID: parent))
    projects.insert(Project(id: id, groupID: group, path: path, createdAt: now))
    environments.insert(Environment(id: id + 1_000, projectID: id, name: "production", tier: "production", createdAt: now))
  }
}
