import ChangeControl
import Glibc
import HTTPTypes
import JSON
import Storage
import Testing

@Suite struct HealthTests {
  let house: House

  init() throws { house = try House() }

  @Test func aliveTellsItsVersion() {
    let response = house.send(.get, "/healthz")
    #expect(response.status == .ok)
    #expect(response.json == ["status": "ok", "version": "1.2.3"])
  }

  @Test func readyTellsEachGitLabsLastContactAndNeverFailsForIt() throws {
    let never = house.send(.get, "/readyz")
    #expect(never.status == .ok)
    #expect(never.json["gitlab"]?.array?.first?["name"] == "main")
    #expect(never.json["gitlab"]?.array?.first?["last_contact_at"] == .null)
    try house.write {
      try $0.noteContact(instance: "main")
      try $0.noteFailure(instance: "main", reason: "connection to 10.1.2.3 refused")
    }
    let response = house.send(.get, "/readyz")
    #expect(response.status == .ok)
    #expect(response.json["status"] == "ok")
    #expect(response.json["gitlab"]?.array?.first?["last_contact_at"] == .string(House.start.iso8601))
    #expect(response.json["gitlab"]?.array?.first?["failing"] == true)
    #expect(!response.text.contains("10.1.2.3"))
  }

  @Test func readyWritesForReal() throws {
    func size() -> Int {
      var status = stat()
      return stat(house.path + "-wal", &status) == 0 ? Int(status.st_size) : 0
    }
    house.send(.get, "/readyz")
    let before = size()
    house.send(.get, "/readyz")
    #expect(size() > before)
  }

  @Test(arguments: [Connection.FaultPoint.begin, .step, .commit]) func notReadyWhileTheDiskIsFull(_ point: Connection.FaultPoint) {
    house.connection.fault = { here throws(StorageError) in if here == point { throw .full } }
    let response = house.send(.get, "/readyz")
    #expect(response.status == .serviceUnavailable)
    #expect(response.code == "storage_full")
    #expect(response["Retry-After"] == "5")
    #expect(house.send(.get, "/healthz").status == .ok)
    house.connection.fault = nil
    #expect(house.send(.get, "/readyz").status == .ok)
  }

  @Test func notReadyWithAMigrationMissingOrUnknown() throws {
    try house.connection.execute("DELETE FROM schema_migration")
    let behind = house.send(.get, "/readyz")
    #expect(behind.status == .serviceUnavailable)
    #expect(behind.json["database"]?["pending_migrations"]?.array?.isEmpty == false)
    try house.connection.execute("INSERT INTO schema_migration (version, name, checksum) VALUES (99, 'x', 'y')")
    let ahead = house.send(.get, "/readyz")
    #expect(ahead.status == .serviceUnavailable)
    #expect(ahead.code == "storage_failed")
  }

  @Test(arguments: [
    (StorageError.full, "storage_full"), (.busy("locked by pid 7"), "busy"), (.closed, "shutting_down"),
    (.overran, "too_slow"),
    (.failed("SQLite error 10: disk I/O error"), "storage_failed"),
  ])
  func whatTheDatabaseCannotDoIsSaidWithoutTheInside(_ error: StorageError, code: String) {
    let response = house.application.response(to: error, requestID: "id")
    #expect(response.status == .serviceUnavailable)
    #expect(response.code == code)
    #expect(response["Retry-After"] == "5")
    #expect(!response.text.contains("SQLite"))
    #expect(!response.text.contains("pid"))
  }

  @Test func aDecisionThatCannotBeStoredIsNoDecision() throws {
    try house.deployment(.blocked())
    let before = try house.rowCounts()
    house.connection.fault = { here throws(StorageError) in if here == .commit { throw .full } }
    let response = house.send(.post, "/api/v1/changes/CHG-1/approval", as: "alice", body: #"{"status":"approved"}"#)
    #expect(response.status == .serviceUnavailable)
    house.connection.fault = nil
    #expect(try house.rowCounts() == before)
  }
}
