import TestSupport
import Testing

@testable import GitLabSimulator

/// The account's own approval rule asks for more than one approval, which one account cannot give, or for none, for which nothing waits: `check` fails, and
/// setup sees it too.
@Suite struct SetupRaisedCountTests {
  private func recount(_ house: House, as count: Int64 = 2) {
    house.gitlab.with { world in
      for row in world.protections.all {
        for index in row.approvalRules.indices where row.approvalRules[index].holder != .level(.maintainer) {
          world.protections[row.id].approvalRules[index].requiredApprovals = count
        }
      }
    }
  }

  private func counts(_ house: House) -> [Int64] {
    house.gitlab.with { $0.protections.all.flatMap(\.approvalRules).map { Int64($0.requiredApprovals) } }
  }

  @Test(
    "apply sets the rule that it made back to one approval, and undo takes it away all the same",
    arguments: [("", 2), ("setup: {protect: group, group: acme/payments}", 2), ("setup: {protect: group, group: acme/payments}", 0)])
  func own(_ settings: String, _ count: Int64) async throws {
    try await House.with(House.bare(), serving: false) { house in
      house.configureForSetup(settings)
      let before = house.picture
      #expect(try await house.setup("apply").status == 0)
      let made = house.picture
      recount(house, as: count)
      // What is protected in a project is not shown to a Developer, as the account is there.
      if !settings.isEmpty { #expect(try await house.command(["check"]).output.contains("asks for \(count) approvals")) }
      let plan = try await house.setup("plan")
      #expect(plan.status == 1, "\(plan)")
      for words in ["~ protected ", "~ approval_rules: the service account, \(count) → 1 approval"] {
        #expect(plan.output.contains(words), "'\(words)' in \(plan)")
      }
      let apply = try await house.setup("apply")
      #expect(apply.status == 0 && apply.errors == "", "\(apply)")
      #expect(house.picture == made)
      try await house.hasSettled(before)
    }
  }

  @Test("a rule that others have made stays, and plan and apply say what to do") func others() async throws {
    try await House.with(House.bare(), serving: false) { house in
      house.configureForSetup()
      #expect(try await house.setup("apply").status == 0)
      recount(house)
      // Somebody has unprotected and protected it anew: the row is not apply's any more.
      house.gitlab.with { world in
        for row in world.protections.all {
          world.protections[row.id].approvalRules = row.approvalRules.map {
            World.AccessRule(id: 4_711, $0.holder, requiredApprovals: $0.requiredApprovals)
          }
        }
      }
      for verb in ["plan", "apply"] {
        let run = try await house.setup(verb)
        #expect(run.status == 1, "\(run)")
        for words in [
          "! protected environment production of project acme/payments/checkout", "rule 4711", "asks for 2 approvals",
          "one account gives one", "set its required approvals to 1",
        ] {
          #expect(run.output.contains(words), "'\(words)' in \(run)")
        }
      }
      #expect(counts(house) == [2])
    }
  }

  @Test("killed while it is set back: the next run ends with one approval", arguments: [Fault.Action.hangBeforeEffect, .hangAfterEffect])
  func killed(_ action: Fault.Action) async throws {
    try await House.with(House.bare(), serving: false) { house in
      house.configureForSetup()
      let before = house.picture
      #expect(try await house.setup("apply").status == 0)
      recount(house)
      try await house.setupDies("apply", at: Fault(action, on: "PUT", "projects/*/protected_environments/*"))
      #expect(try await house.setup("apply").status == 0)
      #expect(counts(house) == [1])
      #expect(try await house.setup("plan").status == 0)
      #expect(try await house.setup("undo").status == 0)
      #expect(house.picture == before)
    }
  }
}
