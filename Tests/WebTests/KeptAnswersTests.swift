import Calendar
import HTTPMessages
import HTTPTypes
import Storage
import TestSupport
import Testing

@testable import Web

@Suite struct KeptAnswersTests {
  private let folder = TemporaryFolder()
  private let connection: Connection
  private let kept = KeptAnswers()
  private let start = Instant(milliseconds: 1_000_000)

  init() throws {
    connection = try Connection(path: folder.file("test.db"), access: .readWrite)
    try connection.run("CREATE TABLE thing (name TEXT NOT NULL) STRICT")
  }

  /// Whether an answer was made, and not found.
  private func isMade(_ name: String, at now: Instant, bytes: Int = 10) throws -> Bool {
    try connection.reading(at: now) { reading in
      var made = false
      let answer = try kept.answer(name, in: reading) {
        made = true
        return Response(head: .init(status: .ok), body: Array(repeating: 7, count: bytes))
      }
      #expect(answer.body.count == bytes)
      return made
    }
  }

  @Test func anAnswerIsMadeOnceForOneSnapshot() throws {
    #expect(try isMade("CHG-1", at: start))
    #expect(try !isMade("CHG-1", at: start))
    #expect(try isMade("CHG-2", at: start))
    #expect(try !isMade("CHG-1", at: start))
    _ = try connection.transaction(at: start) { try $0.connection.execute("INSERT INTO thing VALUES ('a')") }
    #expect(try isMade("CHG-1", at: start))
    #expect(try isMade("CHG-2", at: start))
    #expect(try !isMade("CHG-2", at: start))
  }

  @Test func timeEndsIt() throws {
    #expect(try isMade("CHG-1", at: start))
    #expect(try !isMade("CHG-1", at: start + .milliseconds(999)))
    #expect(try isMade("CHG-1", at: start + .seconds(1)))
    // The clock was set back.
    #expect(try isMade("CHG-1", at: start))
  }

  @Test func whatFailsIsNotKept() throws {
    struct No: Error {}
    _ = try connection.reading(at: start) { reading in
      #expect(throws: No.self) { try kept.answer("CHG-1", in: reading) { throw No() } }
    }
    #expect(try isMade("CHG-1", at: start))
  }

  @Test func whatIsKeptIsBounded() throws {
    #expect(try isMade("large", at: start, bytes: Limits.keptBytes + 1))
    #expect(try isMade("large", at: start, bytes: Limits.keptBytes + 1))
    #expect(try isMade("half", at: start, bytes: Limits.keptBytes / 2))
    #expect(try !isMade("half", at: start, bytes: Limits.keptBytes / 2))
    #expect(try isMade("more", at: start, bytes: Limits.keptBytes / 2 + 1))
    #expect(try isMade("half", at: start, bytes: Limits.keptBytes / 2))
  }

  @Test func aChangeIsShownAsItIsAfterEachCommit() throws {
    let house = try House(plan: .example)
    try house.deployment(.blocked())
    let path = "/api/v1/changes/CHG-1"
    let before = house.send(.get, path, as: "vera")
    #expect(before.json["approvals"]?.array?.isEmpty == true)
    #expect(house.send(.get, path, as: "audrey").body == before.body)
    #expect(house.send(.post, path + "/approval", as: "alice", body: #"{"status":"approved"}"#).status == .created)
    let after = house.send(.get, path, as: "vera")
    #expect(after.json["approvals"]?.array?.count == 1)
    #expect(after["ETag"] != before["ETag"])
    #expect(house.send(.get, "/api/v1/changes/CHG-2", as: "vera").status == .notFound)
  }

  /// Nothing has to be looked up for the answer; for who asks, all the same.
  @Test func whoMayNotReadIsRefusedWhatIsKept() throws {
    let house = try House(plan: .example)
    try house.deployment(.blocked())
    let path = "/api/v1/changes/CHG-1"
    #expect(house.send(.get, path, as: "vera").status == .ok)
    #expect(house.send(.get, path).status == .unauthorized)
    #expect(house.send(.get, path, fields: [.authorization: "Bearer ght_" + String(repeating: "a", count: 40)]).status == .unauthorized)
    #expect(house.send(.get, path, as: "vera").status == .ok)
  }
}
