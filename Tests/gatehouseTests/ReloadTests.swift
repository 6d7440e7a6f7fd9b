import GitLabSimulator
import Glibc
import JSON
import Testing

/// SIGHUP: a new configuration takes effect in the running server, a wrong one does not.
@Suite struct ReloadTests {
  @Test("who may approve, and how many it takes, change while changes wait")
  func rules() async throws {
    var settings = HouseSettings(requiredApprovals: 2)
    settings.managers = ["alice", "bob"]
    try await House.with(settings) { house in
      let pipeline = house.deploy()
      let key = try await house.opened(pipeline)
      let url = house.url
      #expect(try await house.decide(key, "approved", as: "alice").status == 201)
      let stranger = try await house.decide(key, "approved", as: "carol")
      #expect(stranger.status == 403 && stranger.code == "not_eligible", "\(stranger)")

      settings.managers = ["alice", "carol"]
      try await house.reload(settings)
      let former = try await house.decide(key, "approved", as: "bob")
      #expect(former.status == 403 && former.code == "not_eligible", "\(former)")
      #expect(try await house.change(key)["gate"]?.string == "awaiting")

      // What is enough by the new rule turns without another word.
      settings.requiredApprovals = 1
      try await house.reload(settings)
      try await house.change(key, reaches: "Deployed")
      #expect(house.deeds(on: pipeline) == ["approved", "played"])
      #expect(house.url == url)
      #expect(try await house.send(.get, "/healthz").status == 200)
      try await house.isSound()
    }
  }

  @Test("what waits is shown by the new rules to who has read it by the old ones")
  func shown() async throws {
    var settings = HouseSettings(requiredApprovals: 1)
    try await House.with(settings) { house in
      let path = "/api/v1/changes/\(try await house.opened(house.deploy()))"
      let tag = try await house.send(.get, path, as: "alice").header("ETag") ?? ""
      #expect(try await house.send(.get, path, as: "alice", headers: ["If-None-Match": tag]).status == 304)
      settings.requiredApprovals = 2
      try await house.reload(settings)
      let after = try await house.send(.get, path, as: "alice", headers: ["If-None-Match": tag])
      #expect(after.status == 200)
      #expect(after.json?.strings("waiting_for") == ["2 more approvals from group release-managers"])
    }
  }

  @Test("the log tells which policies differ, and which waiting changes turn by it")
  func told() async throws {
    var settings = HouseSettings(requiredApprovals: 2)
    try await House.with(settings) { house in
      let key = try await house.opened(house.deploy())
      #expect(try await house.decide(key, "approved", as: "alice").status == 201)
      let other = try await house.opened(house.deploy("Another"))
      try await house.reload(settings)
      #expect(!house.log.contains("held against the new configuration"), "nothing differs")

      settings.requiredApprovals = 1
      try await house.reload(settings)
      let turned = house.lines(with: "the new configuration turns a waiting change")
      #expect(turned.count == 1, "\(turned)")
      let line = try JSONValue.parse(String(turned.first ?? ""))
      #expect(line["change"]?.string == key && line["from"]?.string == "awaiting" && line["to"]?.string == "allowed", "\(turned)")
      #expect(line["because"]?.string == "all that policy managers-agree asks for is met", "\(turned)")
      let policy = try JSONValue.parse(String(house.lines(with: "a policy differs from the one before").first ?? ""))
      #expect(policy["policy"]?.string == "managers-agree" && policy["digest"] != policy["digest_before"], "\(policy.text)")
      try await house.change(key, reaches: "Deployed")
      let entries = try await house.audit(key)
      #expect(entries.contains { $0["detail"]?["policy_digest"] == policy["digest"] }, "\(entries)")
      let turn = try await house.turn(of: key)
      #expect(turn["because"]?.string == "the policy in force" && turn["level"]?.string == "notice", "\(turn.text)")
      #expect(turn["gate"]?.string == "allowed" && turn["policy_digest"] == policy["digest"], "\(turn.text)")
      // What the reload has brought about has the id of its look, from here to GitLab.
      let deliveries = try house.lines(with: #""message":"delivered""#).map { try JSONValue.parse(String($0)) }
      let delivered = deliveries.filter { $0["change"]?.string == key }
      #expect(delivered.count == 2 && delivered.allSatisfy { $0["request_id"] == turn["request_id"] }, "\(delivered) \(turn.text)")
      #expect(turn["request_id"]?.string?.contains(" ") == false)
      #expect(try await house.change(other)["gate"]?.string == "awaiting")
      #expect(house.lines(with: "held against the new configuration").last?.contains(#""waiting":"2""#) == true)
    }
  }

  @Test("an approval that the rules no longer allow, when it comes to go out, is held and says why")
  func stricter() async throws {
    var settings = HouseSettings(requiredApprovals: 1)
    settings.managers = ["alice", "bob"]
    try await House.with(settings) { house in
      let pipeline = house.deploy()
      let key = try await house.opened(pipeline)
      try await house.rests()
      house.gitlab.with { $0.faults = [Fault(.answer(status: 503, headers: ["Retry-After": "1"]), times: .max)] }
      #expect(try await house.decide(key, "approved", as: "alice").status == 201)
      _ = try await house.callback("approve", of: key, becomes: "retrying")
      settings.managers = ["bob"]
      try await house.reload(settings)
      house.gitlab.with { $0.faults = [] }
      let held = try await house.change(key, shows: "why it is held") { change in
        change.callback("approve")?["last_error"]?.string?.hasPrefix("held: ") == true
      }
      #expect(held.callback("approve")?["state"]?.string == "retrying", "\(held.text)")
      #expect(house.deeds(on: pipeline) == [])
    }
  }

  @Test("a file that cannot be read, or makes no sense, is named in the log, and the old configuration stays in force")
  func broken() async throws {
    let settings = HouseSettings(requiredApprovals: 1)
    try await House.with(settings) { house in
      _ = try await house.token(of: "alice")
      let whole = text(ofFile: house.configurationFile)
      let breakages: [(name: String, text: String, says: String)] = [
        ("not YAML", whole + "\npolicies: [", "gatehouse.yaml:"),
        ("an unknown key", whole.replacing("required_approvals:", with: "required_approvalz:"), "required_approvalz"),
        ("an unknown policy", whole.replacing("policy: managers-agree", with: "policy: nobody-agrees"), "nobody-agrees"),
        ("an empty file", "", "gatehouse.yaml"),
        ("a secret that is gone", whole.replacing("/gitlab-token", with: "/no-such-token"), "no-such-token"),
        ("a URL that is none", whole.replacing(house.gitLabURL, with: "ftp://gitlab"), "`url`"),
      ]
      for (number, breakage) in breakages.enumerated() {
        write(breakage.text, toFile: house.configurationFile)
        house.signal(SIGHUP)
        try await eventually("the refusal of \(breakage.name)") { house.refusals.count == number + 1 }
        #expect(house.refusals.last?.contains(breakage.says) == true, "\(breakage.name): \(house.refusals.last ?? "")")
      }
      #expect(!house.log.contains("configuration read anew"))
      let pipeline = house.deploy()
      let key = try await house.opened(pipeline)
      #expect(try await house.decide(key, "approved", as: "alice").status == 201)
      try await house.change(key, reaches: "Deployed")
      #expect(house.deeds(on: pipeline) == ["approved", "played"])

      write(whole, toFile: house.configurationFile)
      try await house.reload(settings)
    }
  }

  @Test("a change whose policy is no longer there is explained by what puts that right")
  func policyGone() async throws {
    try await House.with(HouseSettings(requiredApprovals: 1)) { house in
      let key = try await house.opened(house.deploy())
      // Nor does any service gate it, and name another.
      let other = text(ofFile: house.configurationFile).replacing("managers-agree", with: "others-agree")
      write(other.replacing("tiers: [production]", with: "tiers: [development]"), toFile: house.configurationFile)
      house.signal(SIGHUP)
      try await eventually("the configuration to be read anew") { house.reloads > 0 }
      let explained = try await house.command(["change", "explain", key], as: "alice")
      let wish = "  waiting for  policy managers-agree to be put back into the configuration by an administrator"
      #expect(explained.output == "\(key): gate awaiting, verdict none\n\(wish)\n")
    }
  }

  @Test("the service names another policy: what waits follows it, and log and audit tell")
  func anotherPolicy() async throws {
    try await House.with(HouseSettings(requiredApprovals: 2)) { house in
      let pipeline = house.deploy()
      let key = try await house.opened(pipeline)
      #expect(try await house.decide(key, "approved", as: "alice").status == 201)
      let lone = "\npolicies:\n  alice-alone: {approval_rules: [{user: alice}]}\n"
      let before = text(ofFile: house.configurationFile)
      let after = before.replacing("policy: managers-agree", with: "policy: alice-alone").replacing("\npolicies:\n", with: lone)
      write(after, toFile: house.configurationFile)
      house.signal(SIGHUP)
      try await house.change(key, reaches: "Deployed")
      #expect(house.deeds(on: pipeline) == ["approved", "played"])
      #expect(try await house.change(key)["policy"]?.string == "alice-alone")
      let line = try JSONValue.parse(String(house.lines(with: "a waiting change follows another policy now").first ?? ""))
      #expect(line["policy_before"]?.string == "managers-agree" && line["policy"]?.string == "alice-alone", "\(line.text)")
      let entries = try await house.audit(key)
      let followed = entries.first { $0["action"]?.string == "change.policy" }?["detail"]
      #expect(followed?["policy_digest"] == line["digest"] && followed?["before"]?["policy_digest"] == line["digest_before"], "\(entries)")
      let turn = try await house.turn(of: key)
      #expect(turn["policy_digest"] == line["digest"], "\(turn.text)")
    }
  }

  @Test("the service names another workflow: what waits keeps its own and its policy, and everything says so")
  func anotherWorkflow() async throws {
    try await House.with(HouseSettings(requiredApprovals: 2)) { house in
      let key = try await house.opened(house.deploy())
      write(
        text(ofFile: house.configurationFile).replacing("workflow: simple", with: "workflow: itsm"), toFile: house.configurationFile)
      house.signal(SIGHUP)
      try await eventually("the configuration to be read anew") { house.reloads > 0 }
      let words = "names workflow itsm and policy managers-agree now; a change that waits keeps the workflow it is in, simple"
      let explained = try await house.command(["change", "explain", key], as: "alice")
      #expect(explained.output.contains("policy in force: service checkout \(words)"), "\(explained)")
      let shown = try await house.command(["change", "show", key], as: "alice")
      #expect(shown.output.contains("  policy       managers-agree is kept: service checkout \(words)"), "\(shown)")
      #expect(try await house.change(key)["policy_kept"]?.string?.contains(words) == true)
      let warning = house.lines(with: "a waiting change keeps the policy it had").first ?? ""
      #expect(warning.contains(words) && warning.contains(#""level":"warning""#), "\(warning)")
      let state = try await house.command(["check", "--json"]).finding("state")
      #expect(state?["status"]?.string == "warn" && state?["seen"]?.string?.contains(words) == true, "\(state ?? .null)")
      try await eventually("the entry") { () async throws -> Sighting<Void> in
        let actions = try await house.audit(key).compactMap { $0["action"]?.string }
        return actions.contains("change.policy_kept") ? .found(()) : .notYet("\(actions)")
      }
    }
  }

  @Test("secret files are read anew: a rotated token of GitLab, and of its webhooks")
  func secrets() async throws {
    try await House.with(HouseSettings(proof: .signature)) { house in
      let pipeline = house.deploy()
      let key = try await house.opened(pipeline)
      let token = "glpat-rotated-5b1d77"
      let signing = "whsec_" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVoyMzQ1Njc="
      house.gitlab.with { world in
        for known in world.tokens.all where known.secret == HouseSettings.gitLabToken { world.tokens[known.id].secret = token }
        for hook in world.hooks.all { world.hooks[hook.id].signingToken = signing }
      }
      #expect(try await house.decide(key, "approved", as: "alice").status == 201)
      let refused = try await house.callback("approve", of: key, becomes: "retrying")
      #expect(refused["last_error"]?.string?.contains("does not know our token") == true, "\(refused.text)")

      write(token + "\n", toFile: house.folder.file("gitlab-token"))
      write(signing + "\n", toFile: house.folder.file("signing-token"))
      try await house.reload(house.settings)
      try await house.change(key, reaches: "Deployed")
      let next = house.deploy("Sent with the new signature")
      _ = try await house.opened(next)
      #expect(house.deeds(on: pipeline) == ["approved", "played"])
      for secret in [token, signing, HouseSettings.gitLabToken] { #expect(!house.log.contains(secret)) }
    }
  }

  @Test("read anew many times in the middle of a burst: nothing is lost, nothing done twice")
  func often() async throws {
    try await House.with { house in
      _ = try await house.token(of: "alice")
      try await withThrowingTaskGroup { group in
        for number in 1...6 {
          group.addTask {
            let pipeline = house.deploy("Change \(number)")
            let key = try await house.opened(pipeline)
            #expect(try await house.decide(key, "approved", as: "alice").status == 201)
            let change = try await house.change(key, reaches: "Deployed")
            #expect(change["out_of_band"]?.bool == false)
            #expect(house.deeds(on: pipeline) == ["approved", "played"])
          }
        }
        group.addTask { for _ in 0..<6 { try await house.reload(house.settings) } }
        try await group.waitForAll()
      }
      try await house.isSound()
    }
  }
}

extension House {
  /// What was logged of configurations that were refused.
  fileprivate var refusals: [Substring] { lines(with: "the new configuration is refused, the old one stays in force") }

  /// Waits for the line that tells of the turn of a gate.
  fileprivate func turn(of key: String) async throws -> JSONValue {
    try await eventually("the line about \(key)") { () -> Sighting<JSONValue> in
      let turns = try self.lines(with: "the gate turned").map { try JSONValue.parse(String($0)) }
      return turns.first { $0["change"]?.string == key }.map(Sighting.found) ?? .notYet("\(turns)")
    }
  }
}
