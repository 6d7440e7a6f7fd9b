import JSON
import TestSupport
import Testing

@testable import GitLabSimulator
@testable import gatehouse

/// What apply has protected leaves the gated tier in GitLab: it waits for an account that nobody asks, and is told as any drift is.
@Suite struct DriftUngatedTests {
  private static func watched(_ settings: String = "", _ story: (House, _ key: String) async throws -> Void) async throws {
    var bare = House.bare { $0.addProject(31, "cart", inGroup: 3_000, "acme/payments/inner", below: 3) }
    bare.hookEvents = []
    try await House.with(bare, serving: false) { house in
      house.configureForSetup("admin_token: {file: \"\(house.adminFile)\"}\nreconcile_every: 1s\n" + settings)
      #expect(try await house.setup("apply").status == 0)
      try await house.start()
      let key = try await house.opened(house.deploy())
      try await house.hasLooked()
      #expect(try house.drifts() == [])
      try await story(house, key)
    }
  }

  private static func move(to tier: String, _ house: House) {
    house.gitlab.with { world in
      for environment in world.environments.all where environment.projectID == 30 && environment.name == "production" {
        world.environments[environment.id].tier = tier
      }
    }
  }

  @Test("an audit entry, a warning, a metric and a line on the change, once, and so is the way back") func leaves() async throws {
    try await Self.watched { house, key in
      Self.move(to: "staging", house)
      for _ in 1...2 { try await house.lookAgain() }
      #expect(try house.drifts() == ["detected ungated", "detected ungated \(key)"])
      #expect(try house.driftLines() == ["warning ungated"])
      #expect(
        try await house.metrics().sorted() == [
          #"drift_findings{check="ungated"} 1"#, #"drift_total{check="ungated",turn="detected"} 1"#,
        ])
      let lines = try await house.change(key)["drift"]?.array ?? []
      #expect(lines.contains { $0["seen"]?.string?.contains("no service gates it any more") == true }, "\(lines)")
      Self.move(to: "production", house)
      for _ in 1...2 { try await house.lookAgain() }
      #expect(try house.drifts().suffix(2) == ["resolved ungated", "resolved ungated \(key)"])
      #expect(try await house.metrics().filter { $0.hasPrefix("drift_findings") } == [])
      try await house.isSound()
    }
  }

  @Test("so is what somebody has protected by hand with the account, until it is gated or asks it no more", arguments: [true, false])
  func byHand(isGatedAgain: Bool) async throws {
    try await Self.watched { house, _ in
      house.gitlab.with { world in
        world.environments.insert(.init(id: 77, projectID: 30, name: "eu", tier: "other", createdAt: world.now))
        world.protectAsProduction("eu")
      }
      for _ in 1...2 { try await house.lookAgain() }
      #expect(try house.drifts() == ["detected ungated"])
      #expect(house.log.contains("by a rule that apply has no record of"))
      if isGatedAgain {
        house.gitlab.with { $0.environments[77].tier = "production" }
      } else {
        house.gitlab.with { $0.protections[990].approvalRules = [] }
      }
      for _ in 1...2 { try await house.lookAgain() }
      #expect(try house.drifts() == ["detected ungated", "resolved ungated"])
      #expect(try await house.metrics().filter { $0.hasPrefix("drift_findings") } == [])
      try await house.isSound()
    }
  }

  @Test("it is over too once nothing waits there") func takenOut() async throws {
    try await Self.watched { house, _ in
      Self.move(to: "staging", house)
      try await house.lookAgain()
      house.takeAccountOut(of: .project(30))
      try await house.lookAgain()
      #expect(try house.drifts().filter { !$0.contains("CHG") } == ["detected ungated", "resolved ungated"])
    }
  }

  @Test("of a project that leaves `services` it is told that nobody looks any more, and not that it is mended")
  func leavesServices() async throws {
    try await Self.watched { house, key in
      Self.move(to: "staging", house)
      try await house.lookAgain()
      house.covers("\"acme/payments/inner/cart\"")
      for _ in 1...2 { try await house.lookAgain() }
      let told = try house.drifts().filter { $0.contains("ungated") }
      #expect(told == ["detected ungated", "detected ungated \(key)", "unwatched ungated", "unwatched ungated \(key)"])
      #expect(try house.driftLines().filter { $0.hasSuffix("ungated") } == ["warning ungated", "notice ungated"])
      #expect(house.log.contains("drift: it is looked at no more, and was not seen mended"))
      let change = try await house.change(key)
      let line = try #require(change["drift"]?.array?.first { $0["check"]?.string == "ungated" })
      #expect(line["unwatched"]?.bool == true)
      let end = ", and looked at no more from \(line["until"]?.string ?? "") on)"
      #expect(describeDrift(change).contains { $0.hasSuffix(end) }, "\(change.text)")
      #expect(
        try await house.metrics().filter { $0.contains("ungated") }.sorted() == [
          #"drift_total{check="ungated",turn="detected"} 1"#, #"drift_total{check="ungated",turn="unwatched"} 1"#,
        ])
      #expect(try house.drifts().allSatisfy { !$0.hasPrefix("resolved") })
      try await house.isSound()
    }
  }

  @Test("a new environment that is not protected and comes into the gated tier is told by `protection`, with all that") func comes()
    async throws
  {
    try await Self.watched { house, _ in
      house.gitlab.with { world in
        world.environments.insert(.init(id: 77, projectID: 30, name: "production-eu", tier: "production", createdAt: world.now))
      }
      for _ in 1...2 { try await house.lookAgain() }
      #expect(try house.drifts() == ["detected protection"])
      #expect(try house.driftLines() == ["warning protection"])
      #expect(try await house.metrics().contains(#"drift_findings{check="protection"} 1"#))
      #expect(try await house.setup("apply").status == 0)
      for _ in 1...2 { try await house.lookAgain() }
      #expect(try house.drifts() == ["detected protection", "resolved protection"])
    }
  }

  @Test("a project that somebody makes below a group's tier and no service covers is held by it: told until it is covered, or held no more")
  func below() async throws {
    var bare = House.bare()
    bare.hookEvents = []
    try await House.with(bare, serving: false) { house in
      house.configureForSetup("admin_token: {file: \"\(house.adminFile)\"}\nsetup: {protect: group, group: acme/payments, hook: none}")
      house.covers("\"acme/payments/checkout\"")
      #expect(try await house.setup("apply").status == 0)
      try await house.start()
      try await house.hasLooked()
      #expect(try house.drifts() == [])
      house.gitlab.with { $0.addProject(31, "cart", inGroup: 3_000, "acme/payments/inner", below: 3) }
      for _ in 1...2 { try await house.lookAgain() }
      #expect(try house.drifts() == ["detected ungated"])
      #expect(house.log.contains("acme/payments/inner/cart production waits for the account by tier production of group acme/payments"))
      // GitLab does not tell of it: what is known stays.
      house.gitlab.with { $0.faults = [Fault(.answer(status: 500, headers: [:], body: ""), on: "GET", "groups/*/projects", times: 9)] }
      try await house.lookAgain()
      house.gitlab.with { $0.faults = [] }
      #expect(try house.drifts() == ["detected ungated"])
      house.gitlab.with { $0.environments[1_031].tier = "staging" }
      try await house.lookAgain()
      #expect(try house.drifts() == ["detected ungated", "resolved ungated"])
      house.gitlab.with { $0.environments[1_031].tier = "production" }
      try await house.lookAgain()
      house.covers("\"acme/payments/checkout\", \"acme/payments/inner/cart\"")
      for _ in 1...2 { try await house.lookAgain() }
      #expect(
        try house.drifts().filter { $0.contains("ungated") } == [
          "detected ungated", "resolved ungated", "detected ungated", "resolved ungated",
        ])
      // Out of `services` again it is held as before, and whoever has taken it out hears that.
      house.covers("\"acme/payments/checkout\"")
      for _ in 1...2 { try await house.lookAgain() }
      #expect(try house.drifts().filter { $0.contains("ungated") }.count == 5)
      house.gitlab.with { $0.projects.remove(31) }
      for _ in 1...2 { try await house.lookAgain() }
      #expect(try house.drifts().filter { $0.contains("ungated") }.suffix(2) == ["detected ungated", "resolved ungated"])
      #expect(try await house.metrics().filter { $0.hasPrefix("drift_findings") } == [])
      try await house.isSound()
    }
  }
}
