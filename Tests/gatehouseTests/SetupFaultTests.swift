import TestSupport
import Testing

@testable import GitLabSimulator

/// Setup when something goes wrong between two exchanges: the next run ends where an undisturbed one does, with one of everything.
@Suite struct SetupFaultTests {
  /// The requests of an apply that change something, in their order.
  static let deeds = ["account", "membership", "token", "protection", "webhook"]
  static let actions: [(name: String, action: Fault.Action)] = [
    ("500", .internalError), ("reset before", .resetBeforeEffect), ("reset after", .resetAfterEffect), ("cut", .truncate),
    ("garbled", .garble),
  ]

  private func undisturbed() async throws -> [String] {
    let house = try House(House.bare())
    house.configureForSetup()
    _ = try await house.setup("apply")
    let picture = house.picture
    await house.close()
    return picture
  }

  private func expectWhole(_ house: House, _ whole: [String], _ what: String) async throws {
    let apply = try await house.setup("apply")
    #expect(apply.status == 0, "\(what): \(apply)")
    #expect(house.picture == whole, "\(what)")
    #expect(house.accountTokens == [text(ofFile: house.tokenFile).filter { !$0.isNewline }], "\(what)")
    #expect(try await house.setup("plan").status == 0, "\(what)")
    try await house.isSound()
  }

  @Test("a fault at a request that changes something", arguments: Array(deeds.enumerated()).map(\.offset))
  func faults(_ index: Int) async throws {
    try await Places.forServers.withPlace {
      let whole = try await undisturbed()
      for (name, action) in Self.actions {
        let house = try House(House.bare())
        house.configureForSetup()
        let before = house.picture
        house.gitlab.with { $0.faults = [Fault(action, on: "POST", skip: index)] }
        let first = try await house.setup("apply")
        let what = "\(Self.deeds[index]), \(name)"
        #expect(house.gitlab.with { $0.faults.isEmpty }, "\(what): the fault was not met")
        if first.status != 0 { #expect(first.output.contains("apply again goes on from here"), "\(what): \(first)") }
        try await expectWhole(house, whole, what)
        #expect(try await house.setup("undo").status == 0, "\(what)")
        #expect(house.picture == before, "\(what)")
        await house.close()
      }
    }
  }

  @Test("killed at a request that changes something, before and after its effect", arguments: Array(deeds.enumerated()).map(\.offset))
  func kills(_ index: Int) async throws {
    try await Places.forServers.withPlace {
      let whole = try await undisturbed()
      for (name, action) in [("before", Fault.Action.hangBeforeEffect), ("after", .hangAfterEffect)] {
        let house = try House(House.bare())
        house.configureForSetup()
        let before = house.picture
        try await house.setupDies("apply", at: Fault(action, on: "POST", skip: index))
        #expect(house.changesAsked.count == index + 1)
        try await expectWhole(house, whole, "\(Self.deeds[index]), killed \(name) its effect")
        #expect(try await house.setup("undo").status == 0)
        #expect(house.picture == before)
        await house.close()
      }
    }
  }

  @Test("a fault at a request that only reads changes nothing, and says so") func unreadable() async throws {
    try await House.with(House.bare(), serving: false) { house in
      house.configureForSetup()
      #expect(try await house.setup("apply").status == 0)
      house.forgetRequests()
      #expect(try await house.setup("plan").status == 0)
      let count = house.requestsToGitLab.count
      #expect(count > 15)
      for skip in 0..<count {
        for action in [Fault.Action.internalError, .truncate] {
          house.gitlab.with { $0.faults = [Fault(action, skip: skip)] }
          house.forgetRequests()
          let run = try await house.setup("apply")
          #expect(house.gitlab.with { $0.faults.isEmpty } && house.changesAsked.isEmpty, "\(skip)")
          run.expectWords(["GitLab main"])
          #expect(run.status == 1 && run.output.isEmpty, "\(skip): \(run)")
        }
      }
      #expect(try await house.setup("plan").status == 0)
    }
  }

  @Test("a second one at the same time is refused") func twoAtOnce() async throws {
    try await House.with(House.bare(), serving: false) { house in
      house.configureForSetup()
      house.gitlab.with { $0.faults = [Fault(.hangBeforeEffect, on: "GET", "user")] }
      let first = try Program.start(
        ["setup", "apply", "--config", house.configurationFile], environment: ["GATEHOUSE_SETUP_TOKEN": House.setupToken], in: house.folder,
        named: "first")
      try await eventually("the first to ask") { house.gitlab.with { $0.faults.isEmpty } }
      let second = try await house.setup("apply")
      second.expectRefusal(1, saying: "another `gatehouse setup` is at work")
      first.end()
      #expect(try await house.setup("apply").status == 0)
    }
  }

  @Test("killed while it takes things back, it goes on") func killedUndo() async throws {
    try await Places.forServers.withPlace {
      for (index, action) in [(0, Fault.Action.hangAfterEffect), (1, .hangBeforeEffect), (2, .hangAfterEffect), (4, .hangAfterEffect)] {
        let house = try House(House.bare())
        house.configureForSetup()
        let before = house.picture
        #expect(try await house.setup("apply").status == 0)
        try await house.setupDies("undo", at: Fault(action, on: "DELETE", skip: index))
        let undo = try await house.setup("undo")
        #expect(undo.status == 0, "\(index): \(undo)")
        #expect(house.picture == before, "\(index)")
        #expect(!names(inFolder: house.folder.path).contains("account-token"), "\(index)")
        await house.close()
      }
    }
  }
}
