import GitLabSimulator
import Glibc
import HTTPTypes
import JSON
import Testing

/// The disk is full under a running server. A limit on the size of its files stands for the disk: the kernel takes no byte beyond it.
@Suite struct FullDiskTests {
  /// How many bytes of the next write still fit: none, or the beginning of one that is torn in the middle.
  @Test(
    "nothing is promised that is not on disk, what is there can be read, and when there is room it goes on by itself",
    arguments: [0, 2_000])
  func full(room: UInt64) async throws {
    try await House.with(HouseSettings(reconcileEvery: "1s")) { house in
      let first = house.deploy("Before")
      let key = try await house.opened(first)
      try await house.hasReconciled()
      try await house.diskIsFull()

      let decision = try await house.decide(key, "approved", as: "alice")
      #expect(decision.status == 503 && decision.code == "storage_full", "\(decision)")
      #expect(decision.header("Retry-After") == "5")
      let second = house.deploy("While it is full")
      let hook = try await eventually("GitLab's hook to be answered") { () -> Sighting<Got> in
        guard let sent = house.sentHooks.last, case .success(let response) = sent.answer, house.sentHooks.count > 1 else {
          return .notYet("\(house.sentHooks)")
        }
        return .found(Got(response: response))
      }
      #expect(hook.status == 503 && hook.code == "storage_full", "\(hook)")
      #expect(hook.header("Retry-After") == "5")
      // The last answer is good for a second.
      try await eventually("the server to be not ready") { try await house.send(.get, "/readyz").status == 503 }
      #expect(try await house.send(.get, "/healthz").status == 200)
      #expect(try await house.change(key)["gate"]?.string == "awaiting")
      #expect(house.deeds(on: first) == [])

      try await house.diskHasRoom()
      try await eventually("the server to be ready again") { try await house.send(.get, "/readyz").status == 200 }
      let other = try await house.opened(second)
      for (key, pipeline) in [(key, first), (other, second)] {
        #expect(try await house.decide(key, "approved", as: "alice").status == 201)
        try await house.change(key, reaches: "Deployed")
        #expect(house.deeds(on: pipeline) == ["approved", "played"])
      }
      #expect(try house.decisions(on: key) == ["alice approved"])
      #expect(try house.deliveriesLost() == [])
      try await house.isSound()
    }
  }

  @Test(
    "what was done in GitLab while the disk was full is settled as soon as there is room, or after a restart, and is not done again",
    arguments: [false, true])
  func owed(isKilled: Bool) async throws {
    try await House.with { house in
      let pipeline = house.deploy()
      let key = try await house.opened(pipeline)
      try await house.rests()
      house.gitlab.with { $0.faults = [Fault(.delay(.milliseconds(400)), on: "POST", "projects/*/deployments/*/approval")] }
      #expect(try await house.decide(key, "approved", as: "alice").status == 201)
      try await eventually("the approval to be on its way") { house.requestsToGitLab.contains { $0.fault != nil } }
      try await house.diskIsFull()
      try await eventually("the outcome to find no room") { house.log.contains("what came of a callback could not be recorded") }
      #expect(house.deeds(on: pipeline) == ["approved"])
      if isKilled {
        house.crash()
        try await house.start()
      } else {
        try await house.diskHasRoom()
      }
      let change = try await house.change(key, reaches: "Deployed")
      #expect(change.callback("approve")?["attempts"]?.integer == (isKilled ? 2 : 1))
      #expect(house.deeds(on: pipeline) == ["approved", "played"])
      try await house.isSound()
    }
  }
}

extension House {
  /// Not where SQLite's log ends but well before: whatever is being written at this moment, no room is left by it. The server's own log is smaller.
  private static let limit = 64 * 1_024

  fileprivate func diskIsFull() async throws {
    var status = stat()
    let isBeyond = stat(database + "-wal", &status) == 0 && status.st_size > House.limit
    #expect(isBeyond, "the log has \(status.st_size) bytes: the next write would find room")
    try await limitFiles(to: "\(House.limit)")
  }

  fileprivate func diskHasRoom() async throws { try await limitFiles(to: "unlimited") }

  /// Lets no file of the running server grow beyond so many bytes.
  private func limitFiles(to bytes: String) async throws { try await limit("fsize=\(bytes)") }
}
