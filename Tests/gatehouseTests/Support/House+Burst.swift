import GitLabSimulator
import JSON
import Testing

/// One deployment of a burst, and what somebody says of it.
struct BurstCase: Sendable {
  var title: String
  var decision: String
  var person: String

  /// Every third is rejected; two people share them.
  static func several(_ count: Int, named name: String = "Change") -> [BurstCase] {
    (1...count).map { number in
      BurstCase(
        title: "\(name) \(number)", decision: number % 3 == 0 ? "rejected" : "approved", person: number % 2 == 0 ? "alice" : "bob")
    }
  }
}

extension House {
  /// One deployment from its push to its end, while the server may come and go; and what must be true of it then, whatever has come between.
  func live(_ element: BurstCase, within limit: Duration = .seconds(30)) async throws {
    let pipeline = deploy(element.title)
    let key = try await insisting("\(element.title) to be known", within: limit) { try await self.opened(pipeline) }
    let code = try await insisting("\(element.person) to be heard on \(element.title)", within: limit) { () -> String in
      let got = try await self.decide(key, element.decision, as: element.person)
      // An answer may be lost with the server that gave it: then the second one says that it is decided.
      guard got.status == 201 || got.code == "not_waiting" else { throw NeverCame(description: "\(got)") }
      return got.code ?? "heard"
    }
    let isApproval = element.decision == "approved"
    let status = isApproval ? "Deployed" : "Rejected"
    let steps = isApproval ? ["approve delivered", "play delivered"] : ["reject delivered"]
    let change = try await insisting("\(element.title) to end", within: limit) {
      try await self.change(key, shows: "'\(status)', \(steps)") { $0["status"]?.string == status && $0.callbackStates == steps }
    }
    #expect(deeds(on: pipeline) == (isApproval ? ["approved", "played"] : ["rejected", "job rejected"]), "\(element.title), \(code)")
    #expect(change["out_of_band"]?.bool == false, "\(element.title)")
    #expect(try decisions(on: key) == ["\(element.person) \(element.decision)"], "\(element.title), \(code)")
    #expect(try await insisting("the audit entries of \(key)", within: limit) { try await self.turns(of: key) } == 1, "\(element.title)")
  }

  /// How often the gate of a change has turned.
  private func turns(of key: String) async throws -> Int { try await audit(key).count { $0["action"]?.string == "gate.turned" } }

  /// Asks until there is an answer: the server may be dead, or not up yet.
  private func insisting<Value>(_ what: String, within limit: Duration, _ ask: () async throws -> Value) async throws -> Value {
    try await eventually(what, within: limit) { () -> Sighting<Value> in
      do { return .found(try await ask()) } catch { return .notYet("\(error)") }
    }
  }
}
