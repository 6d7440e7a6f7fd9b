import Calendar
import GitLabSimulator
import Glibc
import JSON
import Storage
import Testing

/// What ends a change's waiting besides people's yes and no: time, a newer deployment, an emergency.
@Suite struct EndingStoryTests {
  private func freeze(from start: Duration, lasting duration: Duration) -> String {
    let begin = systemTime() + start
    return "freeze_windows: [{name: release, from: \"\(begin.iso8601)\", until: \"\((begin + duration).iso8601)\"}]"
  }

  @Test("approved inside a freeze: it is held, says until when, and goes by itself when the window ends")
  func freezeEnds() async throws {
    try await House.with(HouseSettings(policy: freeze(from: .seconds(-60), lasting: .seconds(86_400)))) { house in
      let pipeline = house.deploy()
      let key = try await house.opened(pipeline)
      let held = try await house.decide(key, "approved", as: "alice")
      #expect(held.json?["gate"]?.string == "awaiting", "\(held)")
      #expect(held.json?.strings("waiting_for").first?.hasPrefix("freeze window release to end at ") == true, "\(held)")
      let why = try await house.command(["change", "explain", key], as: "alice")
      #expect(why.output.contains("freeze window release"), "\(why)")
      #expect(house.deeds(on: pipeline) == [])

      // Somebody brings its end forward.
      let end = (systemTime() + .seconds(3)).iso8601
      house.configure(HouseSettings(policy: "freeze_windows: [{name: release, from: 2020-01-01, until: \"\(end)\"}]"))
      house.signal(SIGHUP)
      let deployed = try await house.change(key, reaches: "Deployed")
      #expect((deployed["decided_at"]?.string ?? "") >= end)
      #expect(house.deeds(on: pipeline) == ["approved", "played"])
      #expect(try await house.audit(key).count { $0["action"]?.string == "gate.turned" } == 1)
    }
  }

  @Test("what a freeze holds goes as soon as a new configuration has taken the freeze away")
  func unfrozen() async throws {
    let settings = HouseSettings(requiredApprovals: 1)
    try await House.with(settings) { house in
      let pipeline = house.deploy()
      let key = try await house.opened(pipeline)
      try await house.rests()
      house.gitlab.with { $0.faults = [Fault(.answer(status: 503, headers: ["Retry-After": "1"]), times: .max)] }
      #expect(try await house.decide(key, "approved", as: "alice").status == 201)
      _ = try await house.callback("approve", of: key, becomes: "retrying")
      // Shorter than what the sweep brings forward by itself.
      var frozen = settings
      frozen.policy = freeze(from: .seconds(-60), lasting: .seconds(1_860))
      house.configure(frozen)
      house.signal(SIGHUP)
      house.gitlab.with { $0.faults = [] }
      try await house.change(key, shows: "that the freeze holds it") { change in
        change.callback("approve")?["last_error"]?.string?.hasPrefix("held: waiting for freeze window release") == true
      }
      #expect(house.deeds(on: pipeline) == [])
      house.configure(settings)
      house.signal(SIGHUP)
      try await house.change(key, reaches: "Deployed")
      #expect(house.deeds(on: pipeline) == ["approved", "played"])
    }
  }

  @Test("two people together let it through a freeze, one does not")
  func override() async throws {
    let policy = freeze(from: .seconds(-60), lasting: .seconds(86_400)) + "\n    freeze_override: {group: release-managers}"
    try await House.with(HouseSettings(policy: policy)) { house in
      let pipeline = house.deploy()
      let key = try await house.opened(pipeline)
      try await house.command(["change", "approve", key], as: "alice").expectDone()
      try await house.command(["change", "override-freeze", key, "--reason", "carts are lost"], as: "dana")
        .expectRefusal(1, saying: "group release-managers")
      for _ in 0..<2 {
        try await house.command(["change", "override-freeze", key, "--reason", "carts are lost"], as: "bob").expectDone()
        #expect(try await house.change(key)["gate"]?.string == "awaiting")
      }
      let asked = try await house.command(["change", "override-freeze", key, "--reason", "again"], as: "bob")
      for words in ["override     bob: carts are lost", "or one more of group release-managers to override it (alice, carol)"] {
        #expect(asked.output.contains(words), "\(asked)")
      }
      let waiting = try await house.command(["change", "explain", key], as: "alice")
      #expect(waiting.output.contains("; bob (carts are lost) asks to override it\n"), "\(waiting)")
      let overridden = try await house.command(["change", "override-freeze", key, "--reason", "they are"], as: "carol")
      overridden.expectDone()
      #expect(overridden.output.contains("override     carol: they are"), "\(overridden)")
      let why = try await house.command(["change", "explain", key], as: "alice")
      #expect(why.output.contains("; overridden by bob (carts are lost) and carol (they are)\n"), "\(why)")
      try await house.change(key, reaches: "Deployed")
      #expect(house.deeds(on: pipeline) == ["approved", "played"])
    }
  }

  @Test("the glass is broken: it goes at once, is flagged, and owes a review by somebody else")
  func brokenGlass() async throws {
    let policy = freeze(from: .seconds(-60), lasting: .seconds(86_400)) + "\n    break_glass: {group: on-call, review_within: 2h}"
    try await House.with(HouseSettings(requiredApprovals: 2, policy: policy, groups: "on-call: [olga]")) { house in
      let pipeline = house.deploy()
      let key = try await house.opened(pipeline)
      try await house.command(["change", "break-glass", key, "--reason", "down"], as: "alice").expectRefusal(1, saying: "operator or admin")
      try await house.command(["change", "break-glass", key, "--reason", "checkout is down"], as: "olga").expectDone()
      let deployed = try await house.change(key, reaches: "Deployed")
      #expect(house.deeds(on: pipeline) == ["approved", "played"])
      #expect(deployed["review"]?["due_at"]?.string != nil)
      #expect(deployed.strings("waiting_for").first?.hasPrefix("a review by somebody else than olga") == true, "\(deployed.text)")
      try await house.command(["change", "review", key, "--comment", "it was right"], as: "olga").expectRefusal(1, saying: "somebody else")
      try await house.command(["change", "review", key, "--comment", "it was right"], as: "alice").expectDone()
      let reviewed = try await house.change(key)
      #expect(reviewed["review"]?["by"]?.string == "alice" && reviewed.strings("waiting_for") == [])
    }
  }

  @Test("itsm in an emergency: its reviews are skipped by those who may, the start is somebody's to take, and a review is owed")
  func emergencyOverride() async throws {
    let policy = "break_glass: {group: on-call}"
    try await House.with(HouseSettings(policy: policy, groups: "on-call: [olga, alice]", workflow: "itsm")) { house in
      let pipeline = house.deploy()
      let key = try await house.opened(pipeline)
      let override = ["change", "transition", key, "Emergency override", "--comment", "checkout is down"]
      try await house.command(override, as: "olga").expectRefusal(1, saying: "only one of type emergency")
      try await house.command(["change", "edit", key, "--type", "emergency"], as: "olga").expectDone()
      try await house.command(override, as: "alice").expectRefusal(1, saying: "operator or admin")
      try await house.command(override, as: "olga").expectDone()
      #expect(try await house.change(key).strings("waiting_for").first?.hasPrefix("somebody to move it on: Start implementation") == true)
      try await house.command(["change", "transition", key, "Start implementation"], as: "olga").expectDone()
      let resolved = try await house.change(key, reaches: "Resolved")
      #expect(house.deeds(on: pipeline) == ["approved", "played"])
      #expect(resolved.strings("waiting_for").first?.hasPrefix("a review by somebody else than olga") == true, "\(resolved.text)")
    }
  }

  @Test("superseded: the newer goes, the older is closed, and its job is canceled, not failed")
  func superseded() async throws {
    let policy = "supersede_older: true\n    without_rejection: {superseded: cancel_job}"
    try await House.with(HouseSettings(policy: policy)) { house in
      let older = house.deploy()
      let first = try await house.opened(older)
      let newer = house.deploy("Raise it further")
      let second = try await house.opened(newer)
      try await house.command(["change", "approve", second], as: "alice").expectDone()
      try await house.change(second, reaches: "Deployed")
      try await house.callback("cancel", of: first, becomes: "delivered")
      #expect(house.deeds(on: older) == ["job canceled"])
      #expect(house.jobStatus(older) == .canceled)
      let closed = try await house.change(first)
      #expect(closed["gate"]?.string == "prevented" && closed["status"]?.string == "Canceled")
      let shown = try await house.command(["change", "show", first], as: "alice")
      #expect(closed["ended"]?.string?.hasSuffix(": \(second) was let through") == true, "\(closed.text)")
      #expect(shown.output.contains("  ended        \(closed["ended"]?.string ?? "-")\n"), "\(shown)")
      try await house.command(["change", "approve", first], as: "alice").expectRefusal(1, saying: "Canceled")
    }
  }

  @Test("a yes from a time on: it waits until then, and goes by itself")
  func effectiveLater() async throws {
    try await House.with { house in
      let pipeline = house.deploy()
      let key = try await house.opened(pipeline)
      let then = (systemTime() + .seconds(3)).iso8601
      let arguments = ["change", "approve", key, "--effective-at", then, "--represented-as", "release-managers"]
      let approved = try await house.command(arguments, as: "alice")
      approved.expectDone()
      #expect(approved.output.contains("alice as release-managers, from \(then) on"), "\(approved.output)")
      #expect(approved.output.contains("alice's approval to count from \(then) on"), "\(approved.output)")
      let deployed = try await house.change(key, reaches: "Deployed")
      #expect(deployed["approvals"]?.array?.first?["effective_at"]?.string == then, "\(deployed.text)")
      #expect((deployed["decided_at"]?.string ?? "") >= then)
      #expect(house.deeds(on: pipeline) == ["approved", "played"])
    }
  }

  @Test("nobody decides in time: the job is canceled in GitLab, and the change closes")
  func expires() async throws {
    // The shortest time that a policy may give.
    let policy = "expires_after: 1m\n    without_rejection: {expired: cancel_job}"
    try await House.with(HouseSettings(requiredApprovals: 2, policy: policy)) { house in
      let pipeline = house.deploy()
      let key = try await house.opened(pipeline)
      #expect(try await house.change(key)["expires_at"]?.string != nil)
      try await house.command(["change", "approve", key], as: "alice").expectDone()
      // Had it been opened a while ago: a policy gives a minute at least.
      house.crash()
      let past = Int64(58_000)
      try Connection(path: house.database, access: .readWrite).execute(
        "UPDATE change_request SET created_at = created_at - ?, look_at = look_at - ?", past, past)
      try await house.start()
      try await house.change(key, reaches: "Expired")
      try await house.callback("cancel", of: key, becomes: "delivered")
      #expect(house.deeds(on: pipeline) == ["job canceled"])
      #expect(house.jobStatus(pipeline) == .canceled)
      try await house.isSound()
    }
  }
}
