import GitLabSimulator
import HTTPTypes
import JSON
import Testing

/// What somebody wrote does not pass for what the program says.
@Suite struct HostileTextTests {
  @Test("a comment cannot turn the direction of what a terminal shows, nor steer it")
  func terminal() async throws {
    try await House.with { house in
      let key = try await house.opened(house.deploy())
      let comment = "fine \u{202E}ton si\u{2066} it\u{061C}"
      #expect(try await house.decide(key, "approved", as: "alice", comment: comment).status == 201)
      for arguments in [["change", "show", key], ["change", "explain", key], ["change", "list"]] {
        let run = try await house.command(arguments, as: "alice")
        #expect(run.ending == .exit(0))
        let steering = run.output.unicodeScalars.filter { "\u{202E}\u{2066}\u{061C}\u{1B}\u{9B}".unicodeScalars.contains($0) }
        #expect(steering.isEmpty, "\(arguments): \(run.output.debugDescription)")
      }
      #expect(try await house.command(["change", "show", key], as: "alice").output.contains("fine"))
    }
  }

  @Test("requests that are wrong are no errors of the server: nobody fills its log with them")
  func wrongRequests() async throws {
    try await House.with(HouseSettings(hookEvents: [])) { house in
      let anonymous = try await house.send(.get, "/api/v1/me")
      #expect(anonymous.status == 401)
      #expect(try await house.send(.get, "/api/v1/changes?nothing=1", as: "alice").status == 400)
      #expect(try await house.send(.get, "/api/v1/changes/CHG-7", as: "alice").status == 404)
      let errors = house.log.split(separator: "\n").filter { $0.contains(#""level":"error""#) }
      #expect(errors == [])
    }
  }
}
