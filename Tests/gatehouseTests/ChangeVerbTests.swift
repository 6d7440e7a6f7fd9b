import GitLabSimulator
import JSON
import Testing

/// `gatehouse change`: what an approver types.
@Suite struct ChangeVerbTests {
  @Test("list, show, explain, comment, approve: a whole decision from the command line, in text and in JSON")
  func decide() async throws {
    try await House.with { house in
      let none = try await house.command(["change", "list"], as: "alice")
      none.expectDone()
      #expect(none.lines.count == 1)
      let pipeline = house.deploy("Raise checkout timeout")
      let key = try await house.opened(pipeline)

      let list = try await house.command(["change", "list", "--gate", "awaiting"], as: "alice")
      list.expectDone()
      #expect(list.lines.count == 2)
      for word in [key, "awaiting", "Awaiting approval", "acme/payments/checkout", "production", "dana", "Raise checkout timeout"] {
        #expect(list.output.contains(word), "\(list.output)")
      }
      let json = try await house.command(["change", "list", "--json"], as: "alice")
      json.expectDone()
      #expect(json.printed?["changes"]?.array?.map { $0["key"]?.string } == [key])

      let show = try await house.command(["change", "show", key], as: "alice")
      show.expectDone()
      for word in [key, "Awaiting approval", "dana", "1 more approval from group release-managers (alice, bob, carol)"] {
        #expect(show.output.contains(word), "\(show.output)")
      }
      let shown = try await house.command(["change", "show", key, "--json"], as: "alice")
      #expect(shown.printed == (try await house.change(key)))
      let explain = try await house.command(["change", "explain", key], as: "alice")
      explain.expectDone()
      #expect(explain.output.hasPrefix("\(key): gate awaiting, verdict "))
      #expect(explain.output.contains("would help: 1 more approval from group release-managers (alice, bob, carol)"), "\(explain.output)")
      let explained = try await house.command(["change", "explain", key, "--json"], as: "alice")
      #expect(explained.printed?["evaluation"]?.object != nil)

      let comment = try await house.command(["change", "comment", key, "waiting for the \"load\" test"], as: "alice")
      comment.expectDone()
      #expect(comment.output == "commented on \(key)\n")
      #expect(try await house.get("/api/v1/changes/\(key)/comments").text.contains(#"waiting for the \"load\" test"#))

      let commented = try await house.command(["change", "show", key], as: "bob")
      #expect(commented.output.contains(#"alice: waiting for the "load" test"#), "\(commented.output)")
      #expect(!commented.output.contains("out of band"), "\(commented.output)")

      let approve = try await house.command(["change", "approve", key, "--comment", "tested on staging"], as: "alice")
      approve.expectDone()
      #expect(approve.output.contains("approved     alice: tested on staging"), "\(approve.output)")
      try await house.change(key, reaches: "Deployed")
      #expect(house.deeds(on: pipeline) == ["approved", "played"])
      let after = try await house.command(["change", "show", key], as: "alice")
      for word in ["Deployed", "gate: allowed", "approve delivered", "play delivered"] {
        #expect(after.output.contains(word), "\(after.output)")
      }
      try await house.command(["change", "approve", key], as: "bob").expectRefusal(1, saying: key)
    }
  }

  @Test("a list is narrowed by everything that the API narrows it by, and says how to go on where it ends")
  func filters() async throws {
    try await House.with { house in
      let older = try await house.opened(house.deploy("Raise checkout timeout"))
      let newer = try await house.opened(house.deploy("Drop the orders table", by: "bob"))
      let filters: [([String], [String])] = [
        (["--status", "Awaiting approval", "--tier", "production"], [newer, older]), (["--status", "Deployed"], []),
        (["--tier", "staging"], []), (["--requested-by", "dana"], [older]), (["--since", "2026-01-01"], [newer, older]),
        (["--until", "2026-01-01T00:00:00Z"], []), (["--query", "orders"], [newer]), (["--service", "checkout"], [newer, older]),
        (["--project", "acme/other"], []), (["--environment", "production", "--gate", "allowed"], []),
      ]
      for (options, keys) in filters {
        let run = try await house.command(["change", "list"] + options, as: "alice")
        run.expectDone()
        #expect(run.lines.dropFirst().compactMap { $0.split(separator: " ").first.map(String.init) } == keys, "\(options): \(run.output)")
      }
      let first = try await house.command(["change", "list", "--limit", "1"], as: "alice")
      #expect(first.lines.count == 2 && first.output.contains(newer), "\(first)")
      let cursor = try #require(first.errors.firstMatch(of: /add --cursor (\d+)/)).output.1
      let second = try await house.command(["change", "list", "--limit", "1", "--cursor", String(cursor)], as: "alice")
      second.expectDone()
      #expect(second.lines.count == 2 && second.output.contains(older), "\(second)")
      try await house.command(["change", "list", "--since", "noon"], as: "alice").expectRefusal(2, saying: "'noon' is no ISO 8601 time")
    }
  }

  @Test("an approval can be taken back while it counts; a rejection stops the deployment")
  func withdrawAndReject() async throws {
    try await House.with(HouseSettings(requiredApprovals: 2)) { house in
      let pipeline = house.deploy()
      let key = try await house.opened(pipeline)
      try await house.command(["change", "withdraw", key], as: "alice").expectRefusal(1, saying: "withdraw")
      try await house.command(["change", "approve", key], as: "alice").expectDone()
      let withdrawn = try await house.command(["change", "withdraw", key], as: "alice")
      withdrawn.expectDone()
      #expect(withdrawn.output.contains("2 more approvals from group release-managers"), "\(withdrawn.output)")
      #expect(try await house.change(key)["approvals"]?.array == [])

      // The policy wants to know why.
      try await house.command(["change", "reject", key], as: "bob").expectRefusal(1, saying: "comment")
      let reject = try await house.command(["change", "reject", key, "--comment", "not before the release"], as: "bob")
      reject.expectDone()
      #expect(reject.output.contains("bob: not before the release"), "\(reject.output)")
      try await house.callback("reject", of: key, becomes: "delivered")
      #expect(house.deeds(on: pipeline) == ["rejected", "job rejected"])
    }
  }

  @Test("what the server refuses is told in words that serve the command line too, and the exit status is 1")
  func refused() async throws {
    try await House.with { house in
      let key = try await house.opened(house.deploy())
      try await house.command(["change", "approve", key], as: "dana").expectRefusal(1, saying: "managers-agree")
      try await house.command(["change", "approve", key], as: "vera").expectRefusal(1, saying: "viewer")
      try await house.command(["change", "approve", key, "--represented-as", "nobody"], as: "alice").expectRefusal(1, saying: "nobody")
      let lines =
        ["show", "explain", "approve", "reject", "withdraw"].map { [$0, "CHG-999"] } + [["reject", key], ["comment", key, " "]]
      for line in lines {
        let run = try await house.command(["change"] + line, as: "alice")
        run.expectRefusal(1, saying: line[1] == key ? "comment" : "CHG-999")
        #expect(!run.errors.contains("/api/") && !run.errors.contains("{"), "\(run)")
      }
      try await house.command(["change", "list", "--gate", "open"], as: "alice").expectRefusal(1, saying: "gate", "awaiting")
      try await house.command(["change", "list", "--limit", "101"], as: "alice").expectRefusal(1, saying: "limit", "100")
      // A caller's mistake is nobody's at two in the morning.
      #expect(!house.log.contains(#""level":"error""#), "\(house.log)")
      let change = try await house.change(key)
      #expect(change["gate"]?.string == "awaiting")
      #expect(change["approvals"]?.array == [])
    }
  }

  @Test("a token that is none, and an address that is another server's, are told as what they are")
  func wrongDoor() async throws {
    try await House.with { house in
      let wrong = try await Program.run(
        ["change", "list"], environment: ["GATEHOUSE_URL": house.url, "GATEHOUSE_TOKEN": "glpat-of-somebody"], in: house.folder)
      wrong.expectRefusal(1, saying: "Gatehouse token")
      #expect(!wrong.errors.contains("glpat-of-somebody"))
      let elsewhere = try await Program.run(
        ["change", "list"], environment: ["GATEHOUSE_URL": house.gitLabURL + "/nothing", "GATEHOUSE_TOKEN": "t"], in: house.folder)
      elsewhere.expectRefusal(1, saying: "GATEHOUSE_URL")
    }
  }

  @Test("what others wrote does not steer the terminal")
  func terminal() async throws {
    try await House.with { house in
      let key = try await house.opened(house.deploy("Clear \u{1B}[2J the screen \u{9B}31m and \r hide"))
      let steering = try await house.decide(key, "approved", as: "alice", comment: "fine\u{7}\u{1B}]0;owned\u{7}")
      #expect(steering.status == 422, "\(steering)")
      #expect(try await house.decide(key, "approved", as: "alice", comment: "fine \u{202E} and\nmore").status == 201)
      try await house.change(key, reaches: "Deployed")
      for verb in [["list"], ["show", key], ["explain", key]] {
        let run = try await house.command(["change"] + verb, as: "bob")
        run.expectDone()
        let controls = run.output.unicodeScalars.filter { ($0.value < 0x20 && $0 != "\n") || (0x7F...0x9F).contains($0.value) }
        #expect(controls.isEmpty, "\(verb): \(run.output)")
      }
    }
  }
}
