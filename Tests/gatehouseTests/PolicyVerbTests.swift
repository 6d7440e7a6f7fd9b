import JSON
import TestSupport
import Testing

/// `gatehouse policy`: what policies would do, and that trying it changes nothing.
@Suite struct PolicyVerbTests {
  private static func test(_ cases: String) async throws -> Program.Run {
    let folder = TemporaryFolder()
    write(cases, toFile: folder.file("cases.yaml"))
    let configuration = Clone.root + "/config/gatehouse.yaml"
    return try await Program.run(["policy", "test", folder.file("cases.yaml"), "--config", configuration], in: folder)
  }

  @Test("the example of golden cases passes, without a database and without secrets")
  func example() async throws {
    let line = "$GATEHOUSE policy test '\(Clone.root)/config/policy-tests.yaml' --config '\(Clone.root)/config/gatehouse.yaml'"
    let run = try await Program.shell(line, in: TemporaryFolder())
    run.expectDone()
    #expect(run.lines.count == 11 && run.lines.last == "10 cases pass", "\(run)")
  }

  @Test("a case that fails says what was expected, what was found, and why")
  func failing() async throws {
    let run = try await Self.test(
      """
      cases:
        - {name: nobody asked, change: {policy: release-and-security, glass_broken_by: alice}, expect: {gate: allowed}}
        - {name: as it is, change: {policy: release-and-security}, expect: {waiting_for: user grace}}
      """)
    #expect(run.status == 1)
    for words in [
      "FAIL  nobody asked (", "cases.yaml:2)", "gate: expected allowed", "gate: found    awaiting", "wait policy release-and-security",
      "note: `glass_broken_by`: policy release-and-security lets nobody",
      "would help: 1 more approval from user grace", "ok    as it is",
    ] {
      #expect(run.output.contains(words), "\(run.output)")
    }
    #expect(run.errors.contains("1 of 2 cases fail"))
  }

  @Test("a wrong file is refused with line, column and the nearest word")
  func wrong() async throws {
    let run = try await Self.test("cases:\n  - {name: a, chang: {}, expect: {gate: allowed}}\n")
    #expect(run.status == 2)
    #expect(run.errors.contains("cases.yaml:2:15: unknown key `chang`; did you mean `change`?"), "\(run.errors)")
    let missing = try await Program.run(["policy", "test", "no-such-file", "--config", Clone.root + "/config/gatehouse.yaml"])
    #expect(missing.status == 2 && missing.errors.contains("no such file"), "\(missing)")
  }

  @Test("a waiting change is simulated while the server runs, and nothing is written")
  func simulate() async throws {
    try await House.with(
      HouseSettings(requiredApprovals: 2, policy: "freeze_windows: [{name: summer, from: 2031-06-01, until: 2031-09-01}]")
    ) { house in
      let key = try await house.opened(house.deploy())
      #expect(try await house.decide(key, "approved", as: "alice").status == 201)
      try await house.rests()
      let before = try await house.command(["audit", "verify"]).output
      let change = try await house.change(key)

      let without = try await house.command(["policy", "simulate", key])
      #expect(without.status == 1 && without.errors == "", "\(without)")
      #expect(without.output.contains("waiting for  1 more approval from group release-managers"), "\(without.output)")
      let with = try await house.command(["policy", "simulate", key, "--with-approval", "bob"])
      with.expectDone()
      #expect(with.output.hasPrefix("\(key) at ") && with.output.contains("gate allowed, Approved"), "\(with.output)")
      let refused = try await house.command(
        ["policy", "simulate", key, "--with-approval", "dana", "--with-approval", "mallory", "--json", "--at", "2031-01-01T10:00"])
      #expect(refused.status == 1)
      #expect(refused.printed?["at"]?.string == "2031-01-01T10:00:00.000Z")
      #expect(refused.printed?["refused"]?.array?.compactMap { $0["code"]?.string } == ["own_deployment", "not_eligible"], "\(refused)")
      let rejected = try await house.command(["policy", "simulate", key, "--with-approval", "bob", "--with-rejection", "carol"])
      #expect(rejected.output.contains("carol (not_waiting)"), "\(rejected)")
      try await house.command(["policy", "simulate", "CHG-99"]).expectRefusal(1, saying: "there is no change request CHG-99")
      try await house.command(["policy", "simulate", key, "--at", "tonight"]).expectRefusal(2, saying: "'tonight'")
      try await house.command(["policy", "simulate", key, "--at", "2031-01-01T10:00", "--timezone", "Europe/Berlni"])
        .expectRefusal(2, saying: "Europe/Berlin")

      let local = try await house.command(["policy", "simulate", key, "--at", "2031-07-01T10:00", "--timezone", "Asia/Kolkata"])
      #expect(local.output.hasPrefix("\(key) at 2031-07-01T10:00:00.000+05:30: gate awaiting"), "\(local)")
      // In a rule's sentence too.
      #expect(local.output.contains("freeze window summer to end at 2031-09-01T05:30:00.000+05:30"), "\(local)")
      #expect(!local.output.contains(/\d{3}Z/), "\(local)")

      #expect(try await house.command(["audit", "verify"]).output == before)
      #expect(try await house.change(key) == change)
    }
  }

  @Test("decisions are replayed by another configuration's policies, and those that would differ are listed")
  func replay() async throws {
    try await House.with(HouseSettings(requiredApprovals: 1)) { house in
      let allowed = try await house.opened(house.deploy())
      #expect(try await house.decide(allowed, "approved", as: "alice").status == 201)
      try await house.change(allowed, reaches: "Deployed")
      let rejected = try await house.opened(house.deploy("Another"))
      #expect(try await house.decide(rejected, "rejected", as: "bob").status == 201)

      let same = try await house.command(["policy", "replay", "--policy", house.configurationFile])
      same.expectDone()
      #expect(same.output == "0 of 2 decisions would differ\n")
      let file = house.folder.file("stricter.yaml")
      write(
        "groups: {release-managers: [alice, carol]}\npolicies: {managers-agree: {approval_rules: [{group: release-managers, required_approvals: 2}]}}",
        toFile: file)
      let run = try await house.command(["policy", "replay", "--policy", file, "--since", "1h"])
      #expect(run.status == 1 && run.errors == "")
      #expect(
        run.output
          == """
          \(allowed)  was allowed, would be awaiting: group release-managers: 1 of 2
          \(rejected)  was prevented, would be awaiting: group release-managers: 0 of 2
          2 of 2 decisions would differ

          """)
      let json = try await house.command(["policy", "replay", "--policy", file, "--json"])
      let lines = json.lines.map { try? JSONValue.parse(String($0)) }
      #expect(lines.first??["would_be"]?.string == "awaiting" && lines.last??["differing"]?.integer == 2, "\(json)")
      write("policies: {managers-agreed: {approval_rules: [{user: alice}]}}", toFile: file)
      let misspelt = try await house.command(["policy", "replay", "--policy", file])
      #expect(misspelt.status == 1 && misspelt.errors.contains("name its policies"), "\(misspelt)")
      #expect(misspelt.output == "nothing was replayed; 2 could not be replayed: the file lacks their policy or workflow\n")
      try await house.command(["policy", "replay", "--policy", file, "--since", "ever"]).expectRefusal(2, saying: "--since ever")
      try await house.command(["policy", "replay", "--policy", "no-such-file"]).expectRefusal(2, saying: "no-such-file")
    }
  }
}
