import GitLabSimulator
import HTTPTypes
import JSON
import Testing

/// Facts E, "silent drop": whom a protection may name, and what becomes of who leaves.
@Suite struct ProtectionDropTests {
  struct Entry: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var path: String
    var body: JSONValue
    var isKept: Bool
    var arrange: @Sendable (inout World) -> Void = { _ in }
  }

  private static let project = "projects/30/protected_environments"
  private static let group = "groups/3/protected_environments"
  private static let dana: JSONValue = ["user_id": 12]
  private static let quality: JSONValue = ["group_id": 134]

  static let entries: [Entry] = [
    Entry(testDescription: "a developer of the project", path: project, body: dana, isKept: true),
    Entry(testDescription: "a reporter", path: project, body: dana, isKept: false) { $0.add("dana", to: .project(30), level: .reporter) },
    Entry(testDescription: "no member", path: project, body: dana, isKept: false) { $0.remove("dana", from: .project(30)) },
    Entry(testDescription: "nobody of that number", path: project, body: ["user_id": 4711], isKept: false),
    Entry(testDescription: "a member of the group above", path: project, body: ["user_id": 21], isKept: true),
    Entry(testDescription: "a member through an invited group", path: project, body: dana, isKept: true) { world in
      world.remove("dana", from: .project(30))
      world.add("dana", to: .group(134))
      world.share(.project(30), with: 134)
    },
    Entry(testDescription: "a group invited as reporters brings no developers", path: project, body: dana, isKept: false) { world in
      world.remove("dana", from: .project(30))
      world.add("dana", to: .group(134))
      world.share(.project(30), with: 134, level: .reporter)
    },
    Entry(testDescription: "a group that is not invited", path: project, body: quality, isKept: false),
    Entry(testDescription: "a group that is invited", path: project, body: quality, isKept: true) { $0.share(.project(30), with: 134) },
    Entry(testDescription: "a group that was invited once", path: project, body: quality, isKept: false) { world in
      world.share(.project(30), with: 134)
      world.unshare(.project(30), with: 134)
    },
    Entry(testDescription: "the project's own group", path: project, body: ["group_id": 3], isKept: false),
    Entry(testDescription: "in a group: a maintainer of it", path: group, body: ["user_id": 21], isKept: true),
    Entry(testDescription: "in a group: a developer", path: group, body: dana, isKept: false) { $0.add("dana", to: .group(3)) },
    Entry(testDescription: "in a group: a maintainer of a project in it", path: group, body: ["user_id": 5], isKept: false),
    Entry(testDescription: "in a group: an owner of the group above", path: group, body: ["user_id": 5], isKept: true) {
      $0.add("olu", to: .group(2), level: .owner)
    },
    Entry(testDescription: "in a group: the group itself", path: group, body: ["group_id": 3], isKept: true),
    Entry(testDescription: "in a group: one below it", path: "groups/2/protected_environments", body: quality, isKept: true),
    Entry(testDescription: "in a group: one beside it", path: group, body: quality, isKept: false),
    Entry(testDescription: "in a group: one that is invited", path: group, body: quality, isKept: true) { $0.share(.group(3), with: 134) },
  ]

  /// Both lists, made and changed, drop the same, and say nothing.
  @Test(arguments: entries) func dropped(_ entry: Entry) throws {
    var world = demoWorld()
    let root = world.token(for: "root")
    entry.arrange(&world)
    let deployers: JSONValue = [["access_level": 40], entry.body]
    let made = try world.call(
      .post, entry.path, body: ["name": "testing", "deploy_access_levels": deployers, "approval_rules": [entry.body]], token: root)
    #expect(made.status == 201)
    #expect(made.json?["deploy_access_levels"]?.array?.count == (entry.isKept ? 2 : 1))
    #expect(made.json?["approval_rules"]?.array?.count == (entry.isKept ? 1 : 0))
    let changed = try world.call(
      .put, entry.path + "/testing", body: ["deploy_access_levels": [entry.body], "approval_rules": [entry.body]], token: root)
    #expect(changed.status == 200)
    #expect(changed.json?["deploy_access_levels"]?.array?.count == (entry.isKept ? 3 : 1))
    #expect(changed.json?["approval_rules"]?.array?.count == (entry.isKept ? 2 : 0))
  }

  @Test func aProtectionThatNamesOnlyStrangersIsRefused() throws {
    var world = demoWorld()
    let root = world.token(for: "root")
    let got = try world.call(.post, Self.project, body: ["name": "testing", "deploy_access_levels": [Self.quality]], token: root)
    #expect(got.status == 422 && got.json == ["message": ["Deploy access levels is too short (minimum is 1 character)"]])
  }

  @Test func whoIsNamedForRemovalNeedNotBeAMember() throws {
    var world = demoWorld()
    world.memberships.removeAll { $0.userID == Demo.accountID }
    let root = world.token(for: "root")
    let body: JSONValue = ["deploy_access_levels": [["id": 239, "user_id": 97, "_destroy": true]]]
    let got = try world.call(.put, Self.project + "/production", body: body, token: root)
    #expect(got.json?["deploy_access_levels"]?.array?.map { $0["id"] } == [238])
  }

  @Test(arguments: [World.Release.v18, .v19]) func whoLeavesTheProjectLosesTheirPlace(_ release: World.Release) throws {
    var world = demoWorld(release: release)
    world.addApprovalRule(.level(.maintainer), environment: "staging")
    let waiting = world.deploy()
    world.remove("change-gateway", from: .project(30))
    #expect(world.protections.all.map { $0.deployAccess.map(\.id) } == [[238], [240]])
    #expect(world.protections.find(40)?.approvalRules.map(\.holder) == [.level(.maintainer)])
    // An only approver's rule stays in newer releases, and can be filled by an administrator alone; in older ones the gate is open.
    #expect(world.protections.find(38)?.approvalRules.count == (release == .v19 ? 1 : 0))
    #expect(world.pendingApprovalCount(of: world.deployments[waiting.deploymentID]) == (release == .v19 ? 1 : 0))
  }

  @Test func anInvitedGroupThatGoesLosesItsPlace() throws {
    var world = demoWorld()
    world.share(.project(30), with: 134)
    world.addApprovalRule(.group(134), environment: "production")
    world.unshare(.project(30), with: 134)
    #expect(world.protections.find(38)?.approvalRules.map(\.id) == [38])
  }
}
