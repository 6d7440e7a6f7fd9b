import Calendar
import ChangeControl
import Gate
import HTTPTypes
import JSON
import Storage
import Testing
import Web

/// A 304 says that what somebody has read is what they would read now. What is shown may move without a word being written: by the clock, by an attempt
/// under way, by another configuration.
@Suite struct StaleTextTests {
  private let path = "/api/v1/changes/CHG-1"

  @Test func aPlannedEndThatHasPassedIsShownAtOnce() throws {
    let house = try House(plan: .example)
    try house.deployment(.blocked())
    let end = house.now + .seconds(60)
    #expect(house.send(.patch, path, as: "oscar", body: #"{"planned_end":"\#(end.iso8601)"}"#).status == .ok)
    let before = house.send(.get, path, as: "vera")
    let tag = before["ETag"] ?? ""
    house.now = end - .milliseconds(1)
    #expect(house.send(.get, path, as: "vera", fields: [.ifNoneMatch: tag]).status == .notModified)
    // Nobody has looked at what time has moved yet.
    house.now = end
    let passed = house.send(.get, path, as: "vera", fields: [.ifNoneMatch: tag])
    #expect(passed.status == .ok)
    #expect(passed.json["waiting_for"] != before.json["waiting_for"])
    try house.write { _ = try house.gate.lookAgain(in: $0) }
    let looked = house.send(.get, path, as: "vera", fields: [.ifNoneMatch: tag])
    #expect(looked.status == .ok && looked["ETag"] != tag)
    #expect(house.send(.get, path, as: "vera", fields: [.ifNoneMatch: looked["ETag"] ?? ""]).status == .notModified)
  }

  @Test func anAttemptThatIsUnderWayIsShown() throws {
    let house = try House(plan: .example)
    try house.deployment(.blocked())
    let decided = house.send(.post, path + "/approval", as: "alice", body: #"{"status":"rejected","comment":"no"}"#)
    #expect(decided.status == .created)
    try house.write { _ = try house.gate.claim(instance: "main", limit: 10, in: $0) }
    let after = house.send(.get, path, as: "vera", fields: [.ifNoneMatch: decided["ETag"] ?? ""])
    #expect(after.status == .ok)
    #expect(after.json["callbacks"]?.array?.first?["attempts"] == 1)
  }
}
