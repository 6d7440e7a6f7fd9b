import Calendar
import ChangeControl
import Gate
import Storage
import TestSupport
import Testing

@testable import gatehouse

/// What a reload tells is bounded, however many changes wait.
@Suite struct ReloadReportTests {
  private static func plan(required: Int) -> ControlPlan {
    ControlPlan(
      publicURL: "https://gatehouse.example.com",
      instances: [.init(name: "main", reconcileEvery: .seconds(30), playsAfterApproval: true, giveUpAfter: .seconds(60))],
      services: [
        Service(
          id: "checkout", name: "Checkout", instance: "main", projects: [.id(30)], gatedTiers: ["production"], gatedEnvironments: [],
          workflow: "simple", changeType: .normal, policy: "people")
      ], groups: ["managers": .listed(["alice", "bob"])],
      policies: [
        "people": Policy(name: "people", approvalRules: [ApprovalRule(approver: .group("managers"), requiredApprovals: required)])
      ], deliveryRetention: .seconds(60))
  }

  @Test func linesAreBoundedAndTheRestIsCounted() async throws {
    let folder = TemporaryFolder()
    let path = folder.file("gate.db")
    let now = Instant(milliseconds: 1_788_426_902_000)
    let (former, current) = (Gate(plan: Self.plan(required: 2)), Gate(plan: Self.plan(required: 1)))
    let count = ReloadReport.lines + 3
    let connection = try Connection(path: path, access: .readWrite)
    try Migrator.migrate(connection)
    try connection.transaction(at: now) { transaction in
      for number in 1...Int64(count) {
        try former.apply(Self.facts(number), by: .webhook, requestID: "r", in: transaction)
        let request = DecisionRequest(
          key: "CHG-\(number)", status: .approved, comment: nil, representedAs: nil, expectedRevision: nil, requestID: "r")
        _ = try former.decide(request, by: Actor(user: "alice", role: .approver), in: transaction)
      }
    }
    let readers = try Readers(path: path, count: 1, clock: { now })
    defer { readers.close() }
    let lines = LogLines()
    let log = lines.logger
    await ReloadReport(former: former, current: current, log: log).tell(from: readers)
    let told = lines.all
    #expect(told.count { $0.hasPrefix("the new configuration turns a waiting change") } == ReloadReport.lines, "\(told)")
    #expect(told.last == "waiting changes were held against the new configuration other_verdict=0 turning=\(count) waiting=\(count)")
    #expect(told.count == ReloadReport.lines + 2, "the policy that differs, the changes, their number")

    await ReloadReport(former: current, current: current, log: log).tell(from: readers)
    #expect(lines.all.count == told.count, "nothing differs, so nothing is told")

    // Who follows another policy is told apart from what turns.
    var other = Self.plan(required: 2)
    other.policies["others"] = other.policies["people"]
    other.services[0].policy = "others"
    await ReloadReport(former: former, current: Gate(plan: other), log: log).tell(from: readers)
    let followers = lines.all.dropFirst(told.count)
    #expect(followers.count { $0.hasPrefix("a waiting change follows another policy now") } == ReloadReport.lines, "\(followers)")
    #expect(followers.last?.hasSuffix("other_policy=\(count) other_verdict=0 turning=0 waiting=\(count)") == true, "\(followers)")
  }

  private static func facts(_ deployment: Int64) -> DeploymentFacts {
    DeploymentFacts(
      identity: DeploymentIdentity(instance: "main", project: 30, deployment: deployment), iid: nil, status: .blocked,
      environment: "production", tier: "production", ref: "main", sha: "279484c0", commitTitle: nil, commitAuthors: [],
      job: Job(id: deployment, name: "deploy", status: "manual"), pipeline: nil, triggerer: Person(id: 12, username: "dana", name: "Dana"),
      pendingApprovals: 1, approvals: [], project: nil, createdAt: nil, updatedAt: nil)
  }
}
