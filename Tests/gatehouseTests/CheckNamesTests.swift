import ChangeControl
import JSON
import Storage
import Testing

/// `gatehouse check`: who is listed twice.
@Suite struct CheckNamesTests {
  @Test("two names of one person in a list are told, where GitLab has shown that they are one")
  func oneUnderTwoNames() async throws {
    try await House.with(HouseSettings(hookEvents: []), serving: false) { house in
      #expect(try await house.command(["database", "migrate"]).status == 0)
      for manager in house.settings.managers { _ = try await house.token(of: manager) }
      #expect(try await house.command(["check"]).output.contains("are one person") == false)
      try Connection(path: house.database, access: .readWrite).transaction(at: systemTime()) { transaction in
        for (name, id) in [("alice", 21), ("bob", 22), ("carol", 21)] as [(String, Int64)] {
          let person = KnownPerson(username: name, id: id, name: nil, emails: [])
          try transaction.store(person, username: name, instance: "main", beganAt: transaction.now)
        }
      }
      let checks = try await house.command(["check", "--json"]).json?["checks"]?.array
      let told = checks?.filter { $0["seen"]?.string?.contains("one person") == true }
      #expect(told?.map { $0["seen"]?.string } == ["approval_rules: alice and carol are one person in gitlab main"])
      #expect(told?.first?["status"]?.string == "warn")
    }
  }
}
