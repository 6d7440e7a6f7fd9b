import GitLab
import Testing

@testable import gatehouse

/// What the doctor makes of readings of the machine.
@Suite struct DoctorFindingTests {
  private static let gibibyte: Int64 = 1 << 30

  @Test(
    "disk space: less than 1 GiB or a twentieth is a warning, less than 100 MiB a failure",
    arguments: [
      (50 * gibibyte, 100 * gibibyte, DoctorFinding.Status.ok), (5 * gibibyte, 100 * gibibyte, .ok),
      (5 * gibibyte - 1, 100 * gibibyte, .warn),
      (gibibyte - 1, 2 * gibibyte, .warn), (100 << 20, 200 << 20, .warn), ((100 << 20) - 1, 200 << 20, .fail), (0, .max, .fail),
    ])
  func space(_ free: Int64, _ total: Int64, _ status: DoctorFinding.Status) {
    let finding = DiskSpace(free: free, total: total).finding(folder: "/var/lib/gatehouse/")
    #expect(finding.status == status)
    #expect((finding.remedy.isEmpty) == (status == .ok))
    #expect(finding.seen.contains("/var/lib/gatehouse/"))
  }

  @Test("this machine has room, as far as it says")
  func machine() throws {
    let space = try #require(DiskSpace(folder: "/"))
    #expect(space.free >= 0 && space.total >= space.free)
    #expect(DiskSpace(folder: "/no/such/folder/") == nil)
  }

  @Test(
    "reconcile: late is a warning, very late a failure, and nothing is said where no server runs",
    arguments: [
      (Int64(120), true, DoctorFinding.Status.ok), (121, true, .warn), (900, true, .warn), (901, true, .fail), (90_000, false, .ok),
    ])
  func reconcile(_ seconds: Int64, _ isServing: Bool, _ status: DoctorFinding.Status) {
    let age = ReconcileAge(every: .seconds(30), last: .seconds(seconds), lastError: "connection refused")
    let finding = age.finding(instance: "main", isServing: isServing)
    #expect(finding.status == status, "\(finding)")
    #expect(finding.name == "gitlab main reconcile")
    #expect(finding.seen.contains("connection refused") == (status != .ok))
  }

  @Test func reconcileThatHasNeverEnded() {
    #expect(ReconcileAge(every: .seconds(30), last: nil).finding(instance: "main", isServing: true).status == .warn)
  }

  @Test("for people, what belongs together stands together, with names in a column")
  func text() {
    let findings: [DoctorFinding] = [
      .ok("configuration", "a"), .ok("gitlab main reachable", "b"), .fail("gitlab main clock", "c", "mend it"), .ok("database", "d"),
    ]
    #expect(
      findings.text == """
        ok    configuration: a
        ok    database:      d

        ok    gitlab main reachable: b
        fail  gitlab main clock:     c
              → mend it
        """)
  }

  @Test("what takes longer than it may is cancelled, and says so")
  func patience() async {
    let slow = Task<String, Never> {
      try? await Task<Never, Never>.sleep(for: .seconds(3_600))
      return "cut off"
    }
    #expect(await slow.value(within: .zero) == ("cut off", false))
    #expect(await Task<String, Never> { "done" }.value(within: .seconds(3_600)) == ("done", true))
  }
}
