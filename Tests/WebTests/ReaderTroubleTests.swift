import FaultyDisk
import HTTPMessages
import HTTPTypes
import Storage
import Testing

/// Questions on a disk that fails below the connection that reads: an answer is the right one, or a 503 that says so; and once the disk is well there
/// are right answers again.
@Suite struct ReaderTroubleTests {
  private static let targets = [
    "/api/v1/me", "/api/v1/changes?limit=20", "/api/v1/changes/CHG-2", "/api/v1/changes/CHG-2/evaluation", "/api/v1/changes/CHG-1/comments",
    "/api/v1/changes/CHG-1/transitions", "/api/v1/changes/CHG-1/audit", "/api/v1/audit?limit=100", "/api/v1/audit/export?format=csv",
    "/api/v1/events",
  ]

  @Test(arguments: [Fault.Kind.inputOutput, .busy], [false, true])
  func anAnswerIsRightOrA503(_ kind: Fault.Kind, lasts: Bool) throws {
    let house = try House()
    for id in 1...6 { try house.deployment(.blocked(Int64(id))) }
    for number in 0..<30 {
      house.send(.post, "/api/v1/changes/CHG-1/comments", as: "bob", body: #"{"comment":"comment \#(number) of some length"}"#)
    }
    house.send(.post, "/api/v1/changes/CHG-2/approval", as: "alice", body: #"{"status":"approved"}"#)
    let right = ReaderTroubleTests.targets.map { answer($0, house) }
    #expect(right.allSatisfy { $0.status == .ok })

    let disk = FaultyDisk(path: house.path)
    for (target, whole) in zip(ReaderTroubleTests.targets, right) {
      var point = 0
      var refused = 0
      repeat {
        point += 1
        let reader = try Connection(path: house.path, access: .readOnly)
        // Kept in memory, a page would be read once.
        try reader.run("PRAGMA query_only = OFF; PRAGMA cache_size = 2; PRAGMA query_only = ON")
        house.reader = reader
        disk.arm(Fault(kind, at: point, lasts: lasts))
        let found = answer(target, house)
        if found.status == .ok {
          #expect(found.body == whole.body, "\(target), \(kind) at \(point)")
        } else {
          refused += 1
          #expect(found.status == .serviceUnavailable, "\(target), \(kind) at \(point)")
          #expect(["storage_failed", "busy"].contains(found.code ?? ""), "\(target), \(kind) at \(point)")
          #expect(found["Retry-After"] != nil)
        }
        let isStruck = disk.isStruck
        disk.heal()
        let again = answer(target, house)
        #expect(again.status == .ok && again.body == whole.body, "\(target) after \(kind) at \(point)")
        house.reader = nil
        if !isStruck { break }
      } while point < 10_000
      // With fewer the faults come past what reads. A lock that somebody holds for a moment is one that SQLite goes without.
      #expect(point > 1 && (refused > 0) == (lasts || kind == .inputOutput), "\(target): \(point) points, \(refused) refusals")
    }
  }

  private func answer(_ target: String, _ house: House) -> Response { house.send(.get, target, as: "audrey") }
}
