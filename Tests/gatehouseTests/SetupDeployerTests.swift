import TestSupport
import Testing

@testable import GitLabSimulator

/// Who may deploy to what apply has protected, as the configuration changes and GitLab drops.
@Suite struct SetupDeployerTests {
  @Test("whom GitLab left out is a line of the plan until they are in it") func leftOut() async throws {
    try await House.with(House.bare(), serving: false) { house in
      house.configureForSetup("setup: {deployers: [{gitlab_group: acme/qa-group}]}")
      let before = house.picture
      let first = try await house.setup("plan")
      #expect(
        first.output.contains("group acme/qa-group of `setup.deployers` is not invited to project acme/payments/checkout"), "\(first)")
      #expect(try await house.setup("apply").status == 1)
      let plan = try await house.setup("plan")
      #expect(plan.status == 1 && plan.output.contains("+ deploy_access_levels: group acme/qa-group"), "\(plan)")
      // What GitLab leaves out again keeps nothing else.
      let again = try await house.setup("apply")
      #expect(again.status == 1 && house.gitlab.with { $0.hooks.all.count } == 1, "\(again)")
      house.gitlab.with { $0.share(.project(30), with: 134) }
      #expect(try await !house.setup("plan").output.contains("not invited"))
      let apply = try await house.setup("apply")
      #expect(apply.status == 0, "\(apply)")
      let rows = house.gitlab.with { world in world.protections.all.flatMap(\.deployAccess).map(\.holder) }
      #expect(rows.contains(.group(134)), "\(rows)")
      try await house.hasSettled(before)
    }
  }

  @Test("a change of who may deploy is a line each, and is done") func changed() async throws {
    try await House.with(House.bare(), serving: false) { house in
      house.configureForSetup()
      let before = house.picture
      #expect(try await house.setup("apply").status == 0)
      house.configureForSetup("setup: {deployers: [{access_level: 30}]}")
      let plan = try await house.setup("plan")
      #expect(plan.output.contains("+ deploy_access_levels: Developers + Maintainers"), "\(plan)")
      #expect(plan.output.contains("- deploy_access_levels: Maintainers, whom `setup.deployers` names no more"), "\(plan)")
      let apply = try await house.setup("apply")
      #expect(apply.status == 0, "\(apply)")
      let rows = house.gitlab.with { world in world.protections.all.flatMap(\.deployAccess).map(\.holder) }
      #expect(rows.contains(.level(.developer)) && !rows.contains(.level(.maintainer)), "\(rows)")
      #expect(try await house.setup("plan").status == 0)
      // What apply itself has taken out comes back.
      house.configureForSetup()
      let back = try await house.setup("apply")
      #expect(back.status == 0 && back.output.contains("+ deploy_access_levels: Maintainers"), "\(back)")
      let last = house.gitlab.with { world in world.protections.all.flatMap(\.deployAccess).map(\.holder) }
      #expect(!last.contains(.level(.developer)) && last.contains(.level(.maintainer)), "\(last)")
      try await house.hasSettled(before)
    }
  }

  @Test("what others have put there or taken out stays so") func othersStay() async throws {
    try await House.with(House.bare(), serving: false) { house in
      house.configureForSetup("setup: {deployers: [{access_level: 40}, {access_level: 60}]}")
      #expect(try await house.setup("apply").status == 0)
      house.gitlab.with { world in
        for protection in world.protections.all {
          world.protections[protection.id].deployAccess.removeAll { $0.holder == .level(.maintainer) }
          world.protections[protection.id].deployAccess.append(World.AccessRule(id: 999 + protection.id, .level(.developer)))
        }
      }
      let plan = try await house.setup("plan")
      #expect(plan.status == 0 && !plan.output.contains("deploy_access_levels"), "\(plan)")
      house.configureForSetup("setup: {deployers: [{user: nobody-here}]}")
      let unknown = try await house.setup("plan")
      #expect(unknown.status == 0 && unknown.output.contains("`setup.deployers`: nobody-here"), "\(unknown)")
    }
  }

  @Test("nobody is taken out before who takes their place is in, and GitLab's no is told") func refused() async throws {
    try await House.with(House.bare(), serving: false) { house in
      house.configureForSetup()
      #expect(try await house.setup("apply").status == 0)
      house.configureForSetup("setup: {deployers: [{access_level: 30}]}")
      house.gitlab.with { world in
        let forbidden = Fault.Action.answer(status: 403, body: #"{"message":"403 Forbidden"}"#)
        world.faults = [Fault(forbidden, on: "PUT", "projects/30/protected_environments/*")]
      }
      let apply = try await house.setup("apply")
      #expect(apply.status == 1 && apply.output.contains("403 Forbidden") && !apply.output.contains("left out"), "\(apply)")
      let rows = house.gitlab.with { world in world.protections.all.flatMap(\.deployAccess).map(\.holder) }
      #expect(rows.contains(.level(.maintainer)) && !rows.contains(.level(.developer)), "\(rows)")
      // Nor where GitLab leaves them out.
      house.configureForSetup("setup: {deployers: [{gitlab_group: acme/qa-group}]}")
      let dropped = try await house.setup("apply")
      #expect(dropped.status == 1 && dropped.output.contains("GitLab left out group 134"), "\(dropped)")
      #expect(house.gitlab.with { world in world.protections.all.flatMap(\.deployAccess).map(\.holder) }.contains(.level(.maintainer)))
    }
  }

  @Test("a group that the project is in can never be invited to it: another way is named") func above() async throws {
    try await House.with(House.bare(), serving: false) { house in
      house.configureForSetup("setup: {deployers: [{access_level: 40}, {gitlab_group: acme/payments}]}")
      let plan = try await house.setup("plan")
      #expect(plan.output.contains("group acme/payments of `setup.deployers` is above project acme/payments/checkout"), "\(plan)")
      #expect(plan.output.contains("Name a role, people or another group") && !plan.output.contains("invite it there"), "\(plan)")
    }
  }
}
