import GitLabSimulator
import JSON
import Testing

/// A reload comes in the middle of something: once it is logged as done, nothing is decided or sent by the rules of before.
@Suite struct ReloadInBetweenTests {
  private static let approval = #"{"status":"approved"}"#

  @Test("a yes whose body comes after the reload is judged by the new rules, though its head came before")
  func slowBody() async throws {
    var settings = HouseSettings(requiredApprovals: 1)
    try await House.with(settings) { house in
      let pipeline = house.deploy()
      let key = try await house.opened(pipeline)
      let connection = try await house.beginDecision(on: key, as: "alice", length: Self.approval.utf8.count)
      settings.requiredApprovals = 2
      try await house.reload(settings)
      try connection.send(Self.approval)
      #expect(try connection.status() == 201)
      let change = try await house.change(key)
      #expect(change["gate"]?.string == "awaiting")
      #expect(change.strings("waiting_for") == ["1 more approval from group release-managers"])
      #expect(try await house.decide(key, "approved", as: "bob").status == 201)
      try await house.change(key, reaches: "Deployed")
      #expect(house.deeds(on: pipeline) == ["approved", "played"])
    }
  }

  @Test("a no whose body comes after the reload is nobody's who may not decide any more")
  func slowNo() async throws {
    var settings = HouseSettings(requiredApprovals: 1)
    try await House.with(settings) { house in
      let pipeline = house.deploy()
      let key = try await house.opened(pipeline)
      let rejection = #"{"status":"rejected","comment":"no"}"#
      let connection = try await house.beginDecision(on: key, as: "alice", length: rejection.utf8.count)
      settings.managers = ["bob", "carol"]
      try await house.reload(settings)
      try connection.send(rejection)
      #expect(try connection.status() == 403)
      #expect(try await house.change(key)["gate"]?.string == "awaiting")
      #expect(house.deeds(on: pipeline) == [])
    }
  }

  @Test("an approval that is under way, and has sent nothing yet, is held by the new rules")
  func underWay() async throws {
    var settings = HouseSettings(requiredApprovals: 1)
    try await House.with(settings) { house in
      let pipeline = house.deploy()
      let key = try await house.opened(pipeline)
      try await house.rests()
      house.gitlab.with { $0.faults = [Fault(.hangBeforeEffect, on: "GET", "projects/*/deployments/*")] }
      #expect(try await house.decide(key, "approved", as: "alice").status == 201)
      try await eventually("the conversation to begin") { house.gitlab.with { $0.faults.isEmpty } }
      settings.requiredApprovals = 2
      try await house.reload(settings)
      #expect(house.deeds(on: pipeline) == [])
      let held = try await house.change(key, shows: "why it is held") { change in
        change.callback("approve")?["last_error"]?.string?.hasPrefix("held: ") == true
      }
      let wish = held.strings("waiting_for").first ?? ""
      #expect(wish.contains("1 more approval from group release-managers"), "\(held.text)")
      #expect(wish.contains("takes no new approvals: put back the people or the rules that it stood on, or deploy it anew"), "\(held.text)")
      #expect(try await house.decide(key, "approved", as: "bob").status == 409)
      settings.requiredApprovals = 1
      try await house.reload(settings)
      try await house.change(key, reaches: "Deployed")
      #expect(house.deeds(on: pipeline) == ["approved", "played"])
    }
  }
}

extension House {
  /// Sends the head of a decision, and returns once the server has taken it and waits for the body.
  fileprivate func beginDecision(on key: String, as user: String, length: Int) async throws -> RawConnection {
    let connection = try RawConnection(to: url)
    try connection.send(
      "POST /api/v1/changes/\(key)/approval HTTP/1.1\r\nHost: gate\r\nAuthorization: Bearer \(try await token(of: user))\r\n"
        + "Content-Type: application/json\r\nContent-Length: \(length)\r\nExpect: 100-continue\r\n\r\n")
    #expect(try connection.receive(upTo: "\r\n\r\n").hasPrefix("HTTP/1.1 100 "))
    return connection
  }
}
