import Glibc
import TestSupport
import Testing

@testable import GitLabSimulator

/// What one refusal keeps from being made, and what not.
@Suite struct SetupGoesOnTests {
  private static func answer(_ status: Int, _ body: String, _ headers: [String: String] = [:]) -> Fault.Action {
    .answer(status: status, headers: ["Content-Type": "application/json"].merging(headers) { first, _ in first }, body: body)
  }

  /// With protections alone deployments would be held, and a server would not start without the file of its admin_token.
  @Test("a webhook that GitLab refuses keeps nothing else: deployments are found without it") func refusedWebhook() async throws {
    try await House.with(House.bare(), serving: false) { house in
      house.configureForSetup("admin_token: {file: \"\(house.adminFile)\"}")
      let no = Self.answer(422, #"{"error":"Invalid url given"}"#)
      house.gitlab.with { $0.faults = [Fault(no, on: "POST", "projects/*/hooks", times: 9)] }
      let apply = try await house.setup("apply")
      #expect(apply.status == 1 && apply.output.contains("! webhook of project"), "\(apply)")
      #expect(access(house.adminFile, F_OK) == 0 && !apply.output.contains("not tried"), "\(apply)")
      house.gitlab.with { $0.faults = [] }
      #expect(try await house.setup(["apply"], isLater: false).status == 0)
      #expect(try await house.setup("plan").status == 0)
    }
  }

  @Test("whom GitLab asks to come later, nothing was done for: the next run waits for nothing") func tooMany() async throws {
    try await House.with(House.bare(), serving: false) { house in
      house.configureForSetup()
      let quiet = Self.answer(429, #"{"message":"Retry later"}"#, ["Retry-After": "1"])
      for path in ["projects/*/protected_environments", "projects/*/hooks"] {
        house.gitlab.with { $0.faults = [Fault(quiet, on: "POST", path)] }
        let apply = try await house.setup(["apply"], isLater: false)
        #expect(apply.status == 1 && apply.output.contains("429"), "\(path): \(apply)")
      }
      let apply = try await house.setup(["apply"], isLater: false)
      #expect(apply.status == 0, "\(apply)")
    }
  }

  @Test("the admin token of a project that was made anew under its path is made anew once its file is gone, as is said")
  func projectMadeAnew()
    async throws
  {
    try await House.with(House.bare(), serving: false) { house in
      house.configureForSetup("admin_token: {file: \"\(house.adminFile)\"}")
      #expect(try await house.setup("apply").status == 0)
      house.gitlab.with { world in
        world.projects.remove(30)
        world.projects.insert(.init(id: 40, groupID: 3, path: "checkout", createdAt: world.now))
        world.environments.insert(.init(id: 1_040, projectID: 40, name: "production", tier: "production", createdAt: world.now))
        for token in world.tokens.all where token.userID != House.paula && token.scopes == ["read_api"] {
          world.tokens[token.id].isRevoked = true
        }
      }
      let first = try await house.setup("apply")
      #expect(first.status == 1 && first.output.contains("remove its file (\(house.adminFile))"), "\(first)")
      unlink(house.adminFile)
      let apply = try await house.setup("apply")
      #expect(apply.output.contains("+ access_level: 40 (Maintainer)") && !apply.output.contains("! admin token"), "\(apply)")
      let plan = try await house.setup("plan")
      #expect(!plan.output.contains("admin token: "), "\(plan)")
    }
  }

  @Test("webhooks that are to give way to one that GitLab refuses go on sending", arguments: [true, false])
  func refusedSuccessor(_ isToGroup: Bool) async throws {
    try await House.with(House.bare(), serving: false) { house in
      let group = "setup: {hook: group, group: acme/payments}"
      house.configureForSetup(isToGroup ? "" : group)
      #expect(try await house.setup("apply").status == 0)
      let sending = house.gitlab.with { $0.hooks.all.map(\.id) }
      house.configureForSetup(isToGroup ? group : "")
      let no = Self.answer(422, #"{"error":"Invalid url given"}"#)
      house.gitlab.with { $0.faults = [Fault(no, on: "POST", isToGroup ? "groups/*/hooks" : "projects/*/hooks", times: 9)] }
      let apply = try await house.setup("apply")
      #expect(apply.status == 1 && house.gitlab.with { $0.hooks.all.map(\.id) } == sending, "\(apply)")
      house.gitlab.with { $0.faults = [] }
      #expect(try await house.setup("apply").status == 0)
      #expect(house.gitlab.with { $0.hooks.all.count } == 1)
    }
  }
}
