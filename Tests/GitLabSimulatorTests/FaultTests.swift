import Calendar
import GitLabSimulator
import HTTPMessages
import JSON
import Testing

/// Faults on demand, and what they leave behind.
@Suite struct FaultTests {
  private let approval = "projects/*/deployments/*/approval"

  private func approve(_ world: inout World, _ id: Int64) -> Reply {
    world.respond(to: request(.post, "projects/30/deployments/\(id)/approval", body: ["status": "approved"]), at: world.now)
  }

  @Test(arguments: [Fault.Action.resetBeforeEffect, .hangBeforeEffect, .badGateway, .internalError, .tooManyRequests(retryAfter: 7)])
  func nothingIsDoneBefore(action: Fault.Action) {
    var world = demoWorld()
    let id = world.deploy().deploymentID
    world.faults = [Fault(action, on: "POST", approval)]
    _ = approve(&world, id)
    #expect(world.effects.entries.isEmpty)
    #expect(world.requests.entries.last?.fault == action)
    guard case .response(let response) = approve(&world, id) else { return #expect(Bool(false), "the fault is spent") }
    #expect(response.status == .created && world.recordedApprovals.count == 1)
  }

  @Test(arguments: [Fault.Action.resetAfterEffect, .hangAfterEffect, .truncate, .garble, .delay(.seconds(5))])
  func theEffectIsDoneAllTheSame(action: Fault.Action) {
    var world = demoWorld()
    let id = world.deploy().deploymentID
    world.faults = [Fault(action, on: "POST", approval)]
    _ = approve(&world, id)
    #expect(world.recordedApprovals.count == 1)
    #expect(world.requests.entries.last?.status == 201)
  }

  @Test func whatTheCallerSees() {
    var world = demoWorld()
    let id = world.deploy("staging").deploymentID
    func reply(_ action: Fault.Action) -> Reply {
      world.faults = [Fault(action)]
      return world.respond(to: request(.get, "projects/30/deployments/\(id)"), at: world.now)
    }
    #expect(reply(.resetBeforeEffect) == .reset && reply(.resetAfterEffect) == .reset)
    #expect(reply(.hangBeforeEffect) == .silence && reply(.hangAfterEffect) == .silence)
    guard case .delayed(let late, by: .seconds(3)) = reply(.delay(.seconds(3))) else { return #expect(Bool(false), "not delayed") }
    #expect(late.status == .ok)
    guard case .truncated(let whole) = reply(.truncate) else { return #expect(Bool(false), "not truncated") }
    #expect(throws: Never.self) { try JSONValue.parse(whole.body) }
    guard case .response(let garbled) = reply(.garble) else { return #expect(Bool(false), "no response") }
    #expect(garbled.status == .ok)
    #expect(throws: JSONError.self) { try JSONValue.parse(garbled.body) }
    guard case .response(let limited) = reply(.tooManyRequests(retryAfter: 9)) else { return #expect(Bool(false), "no response") }
    #expect(limited.status == .tooManyRequests && limited.head.headerFields[.retryAfter] == "9")
    #expect(String(decoding: limited.body, as: UTF8.self) == "Retry later\n")
    for answer in [reply(.resetAfterEffect).answer, reply(.truncate).answer, reply(.hangBeforeEffect).answer] {
      guard case .failure(let failure) = answer else { return #expect(Bool(false), "an answer") }
      #expect(failure.effect == .unknown)
    }
  }

  @Test func theNthAndTheNextRequestsAreStruck() throws {
    var world = demoWorld()
    world.faults = [Fault(.answer(status: 503), on: "GET", "version", skip: 1, times: 2)]
    let statuses = try (0..<4).map { _ in try world.get("version").status }
    #expect(statuses == [200, 503, 503, 200])
    #expect(world.faults.isEmpty)
  }

  @Test(arguments: [
    ("version", true), ("**", true), ("*", true), ("user", false), ("version/**", true), ("version/*", false),
  ])
  func patterns(path: String, strikes: Bool) throws {
    var world = demoWorld()
    world.faults = [Fault(.answer(status: 418), on: nil, path)]
    #expect(try world.get("version").status == (strikes ? 418 : 200))
  }

  @Test func methodsTellRequestsApart() throws {
    var world = demoWorld()
    world.faults = [Fault(.answer(status: 418), on: "POST")]
    #expect(try world.get("version").status == 200)
  }

  @Test func everyRequestIsRecorded() throws {
    var world = demoWorld()
    _ = try world.get("version")
    _ = try world.call(.get, "user", token: "wrong")
    let records = world.requests.entries
    #expect(records.map(\.path) == ["/api/v4/version", "/api/v4/user"])
    #expect(records.map(\.status) == [200, 401] && records.map(\.userID) == [97, nil])
  }
}
