import GitLabSimulator
import JSON
import TestSupport
import Testing

/// What a change request's workflow is to who works with it: from the configuration file to GitLab.
@Suite struct WorkflowVerbTests {
  @Test("itsm: reviewed, planned, started by an operator, resolved by the deployment")
  func itsm() async throws {
    try await House.with(HouseSettings(workflow: "itsm")) { house in
      let pipeline = house.deploy()
      let key = try await house.opened(pipeline)
      let list = try await house.command(["change", "transition", key, "--list"], as: "olga")
      list.expectDone()
      for words in ["FROM Peer review / change manager approval", "Approve", "is nobody's to click", "Cancel", "open to you"] {
        #expect(list.output.contains(words), "\(list.output)")
      }
      #expect(list.output.split(separator: "\n")[1].hasPrefix("Cancel "), "what is open stands first: \(list.output)")
      try await house.command(["change", "transition", key, "Approve"], as: "olga").expectRefusal(1, saying: "nobody's to click", "approve")
      let review = "in Peer review / change manager approval"
      let passed = try await house.command(["change", "approve", key, "--comment", "fine"], as: "alice")
      passed.expectDone()
      #expect(passed.output.contains("approved     alice \(review): fine"), "\(passed)")
      // All rules are met, and it waits all the same: each place that says why it waits says for whom.
      for verb in [["change", "explain", key], ["policy", "simulate", key]] {
        let why = try await house.command(verb, as: "alice")
        #expect(why.output.contains("  waiting for  somebody to move it on: Ready for CAB approval, or Ready for impl"), "\(why.output)")
      }
      try await house.command(["change", "transition", key, "Start implementation"], as: "olga")
        .expectRefusal(1, saying: "Awaiting implementation", "Planning")
      try await house.command(["change", "transition", key, "Ready for implementation"], as: "alice")
        .expectRefusal(1, saying: "operator or admin")
      #expect(house.deeds(on: pipeline) == [])

      try await house.command(["change", "transition", key, "Ready for implementation"], as: "olga").expectDone()
      let started = try await house.command(
        ["change", "transition", key, "Start implementation", "--comment", "the window is open"], as: "olga")
      started.expectDone()
      #expect(started.output.contains("Implementing  (gate: allowed)"), "\(started.output)")
      try await house.change(key, reaches: "Resolved")
      #expect(house.deeds(on: pipeline) == ["approved", "played"])
      let shown = try await house.command(["change", "show", key], as: "alice")
      #expect(shown.output.contains("olga: the window is open"), "\(shown.output)")
      let closed = try await house.command(["change", "transition", key, "Close", "--json"], as: "olga")
      #expect(closed.printed?["status"]?.string == "Closed")
      let end = try await house.command(["change", "transition", key, "--list"], as: "olga")
      #expect(end.output == "nothing leads on from Closed\n")
    }
  }

  @Test("a workflow of the file's own: a cancellation stops the deployment in GitLab, and says there who did it and why")
  func ownWorkflow() async throws {
    try await House.with(HouseSettings(workflow: "short", workflows: ContractExample.short)) { house in
      let pipeline = house.deploy()
      let key = try await house.opened(pipeline)
      #expect(try await house.change(key)["status"]?.string == "Waiting")
      let canceled = try await house.command(["change", "transition", key, "Cancel", "--comment", "the release is off"], as: "olga")
      canceled.expectDone()
      #expect(canceled.output.contains("Stopped  (gate: prevented)"), "\(canceled.output)")
      try await house.callback("reject", of: key, becomes: "delivered")
      #expect(house.deeds(on: pipeline) == ["rejected", "job rejected"])
      let told = house.effects(on: pipeline).map { "\($0)" }.joined()
      #expect(told.contains("\(key) rejected by olga: the release is off"), "\(told)")
      try await house.command(["change", "approve", key], as: "alice").expectRefusal(1, saying: "Stopped")

      let other = house.deploy("Drop the orders table", by: "bob")
      let second = try await house.opened(other)
      try await house.command(["change", "approve", second], as: "alice").expectDone()
      try await house.change(second, reaches: "Done")
      #expect(house.deeds(on: other) == ["approved", "played"])
    }
  }

  @Test("an operator tells of a change what people want to know before they decide, and takes it back")
  func edit() async throws {
    try await House.with { house in
      let key = try await house.opened(house.deploy())
      let fields = [
        "--type", "emergency", "--risk", "high", "--impact", "low", "--reason", "carts are lost", "--implementation-plan", "deploy",
        "--rollback-plan", "deploy the last one", "--planned-start", "2026-11-24T20:00:00+01:00", "--planned-end", "2026-11-25",
      ]
      try await house.command(["change", "edit", key] + fields, as: "alice").expectRefusal(1, saying: "operator or admin")
      let edited = try await house.command(["change", "edit", key] + fields, as: "olga")
      edited.expectDone()
      for words in [
        "type         emergency", "risk         high", "impact       low", "reason       carts are lost", "to do        deploy",
        "to undo      deploy the last one", "begins       2026-11-24T19:00:00.000Z", "ends         2026-11-25T00:00:00.000Z",
      ] {
        #expect(edited.output.contains(words), "\(edited.output)")
      }
      let emptied = try await house.command(["change", "edit", key, "--risk", "", "--planned-start", ""], as: "olga")
      emptied.expectDone()
      #expect(!emptied.output.contains("risk") && !emptied.output.contains("begins"), "\(emptied.output)")
      try await house.command(["change", "edit", key, "--risk", "enormous"], as: "olga").expectRefusal(1, saying: "risk", "medium")
      try await house.command(["change", "edit", key, "--planned-start", "2026-12-01"], as: "olga").expectRefusal(1, saying: "planned end")
      let change = try await house.change(key)
      #expect(change["risk"] == .null && change["impact"]?.string == "low")
    }
  }
}
