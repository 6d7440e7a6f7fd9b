import Calendar
import Testing

@testable import ChangeControl

/// One look held against the one before: what is told, and what is kept.
@Suite struct DriftTests {
  private static let since = Instant(milliseconds: 1_788_426_902_000)

  private static func found(
    _ check: Footing.Check = .approver, _ state: [String: Int64] = ["user 97": 1], _ trouble: String? = nil, isCertain: Bool = true
  ) -> Footing {
    Footing(
      .init(project: 30, environment: "production", check: check), place: "acme production", state: state, trouble: trouble,
      isCertain: isCertain)
  }

  /// What the looks of a row tell, one after another; a drift that stands is kept as the gate would.
  private static func told(_ looks: [Footing]) -> [String] {
    var known: KnownFooting?
    return looks.map { look in
      let comparison = KnownFooting.compare(known, with: look)
      let since = known?.standing?.since
      known = comparison.known
      guard let drift = comparison.drift else { return "-" }
      known?.standing = drift.stands ? .init(id: 1, since: Self.since) : nil
      #expect(drift.after == look.state)
      #expect(drift.since == (drift.turn == .resolved ? since : nil))
      return "\(drift.turn.rawValue)\(drift.stands ? " and stands" : ""): \(drift.seen)"
    }
  }

  struct Row: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var looks: [Footing]
    var told: [String]
  }

  static let rows: [Row] = [
    Row(testDescription: "all is well for ever", looks: [found(), found(), found()], told: ["-", "-", "-"]),
    Row(
      testDescription: "it is wrong, stays wrong, and is mended",
      looks: [found(), found(.approver, [:], "gone"), found(.approver, [:], "gone"), found(), found()],
      told: ["-", "detected and stands: gone", "-", "resolved: acme production is right again; what was wrong: gone", "-"]),
    Row(
      testDescription: "wrong from the first look on, for a new environment may be without protection",
      looks: [found(.approver, [:], "gone"), found(.approver, [:], "gone"), found()],
      told: ["detected and stands: gone", "-", "resolved: acme production is right again; what was wrong: gone"]),
    Row(
      testDescription: "wrong in one way, then in another",
      looks: [found(), found(.approver, ["user 97": 2], "two"), found(.approver, [:], "gone"), found()],
      told: [
        "-", "detected and stands: two", "detected and stands: gone", "resolved: acme production is right again; what was wrong: gone",
      ]),
    Row(
      testDescription: "a webhook that never was is nobody's loss",
      looks: [0, 0, 1, 1, 0, 1].map { found(.webhook, ["here": $0], $0 == 0 ? "none" : nil) },
      told: ["-", "-", "-", "-", "detected and stands: none", "resolved: acme production is right again; what was wrong: none"]),
    Row(
      testDescription: "what is not certain is told only where something is gone",
      looks: [
        found(.approver, ["group 134": 1], "not known", isCertain: false), found(.approver, ["group 134": 1]),
        found(.approver, ["group 134": 1], "not known", isCertain: false),
        found(.approver, ["group 134": 1, "Maintainers": 1], "not known", isCertain: false),
        found(.approver, ["Maintainers": 1], "not known", isCertain: false), found(.approver, ["group 134": 1]),
      ],
      told: ["-", "-", "-", "-", "detected and stands: not known", "resolved: acme production is right again; what was wrong: not known"]),
    Row(
      testDescription: "what was not certain at first is told once it is",
      looks: [
        found(.protection, [:], "may be", isCertain: false), found(.protection, [:], "is", isCertain: true),
        found(.protection, [:], "is", isCertain: true), found(.protection, ["project": 1]),
      ],
      told: ["-", "detected and stands: is", "-", "resolved: acme production is right again; what was wrong: is"]),
    Row(
      testDescription: "another right state is told of rules alone",
      looks: [found(.deployer, ["user 97": 1]), found(.deployer, ["Maintainers": 1])], told: ["-", "-"]),
    Row(
      testDescription: "a count that is lowered, and raised again",
      looks: [found(.approvalRules, ["group 134": 2]), found(.approvalRules, ["group 134": 1]), found(.approvalRules, ["group 134": 2])],
      told: [
        "-", "detected: acme production: required approvals of group 134 went from 2 to 1",
        "resolved: acme production is as it was before: required approvals of group 134 went from 1 to 2",
      ]),
    Row(
      testDescription: "another approver, who stays, and one that goes",
      looks: [
        found(.approvalRules, ["group 134": 2]), found(.approvalRules, ["group 134": 2, "user 22": 1]),
        found(.approvalRules, ["group 134": 2, "user 22": 1]), found(.approvalRules, ["user 22": 1]),
      ],
      told: [
        "-", "detected: acme production: user 22 approves there too, 1 required", "-",
        "detected: acme production: group 134 approves there no longer, 2 had been required",
      ]),
    Row(
      testDescription: "the triggerer may approve, and may not again",
      looks: [0, 1, 0].map { found(.selfApproval, ["allowed": $0]) },
      told: [
        "-", "detected: acme production: whoever triggers a pipeline may now approve its deployment",
        "resolved: acme production is as it was before: whoever triggers a pipeline may no longer approve its deployment",
      ]),
    Row(
      testDescription: "a level that is lowered", looks: [40, 30].map { found(.membership, ["level": $0]) },
      told: ["-", "detected: acme production: our account's level went from 40 to 30"]),
  ]

  @Test("what is found twice is told once, and so is each way back", arguments: rows)
  func looks(_ row: Row) { #expect(DriftTests.told(row.looks) == row.told) }

  @Test func ofVeryManyDifferencesSomeAreNamed() {
    let many = Dictionary((1...9).map { ("user \($0)", Int64(1)) }) { first, _ in first }
    let told = DriftTests.told([DriftTests.found(.approvalRules, [:]), DriftTests.found(.approvalRules, many)])
    #expect(told.last?.hasSuffix("user 5 approves there too, 1 required; and 4 more") == true, "\(told)")
  }

  @Test func whatIsNotThereAnyMoreEndsWhatWasWrongWithIt() {
    let known = KnownFooting(
      subject: .init(project: 30, check: .membership), place: "acme", state: ["level": 10], trouble: "too low",
      standing: .init(id: 7, since: DriftTests.since))
    let ended = known.ended(.gone)
    #expect(ended.known == nil)
    #expect(ended.drift?.turn == .resolved && ended.drift?.since == DriftTests.since && ended.drift?.after == nil)
    #expect(ended.drift?.seen == "acme is not there any more, or stopped; what was wrong: too low")
    var right = known
    (right.trouble, right.standing) = (nil, nil)
    for ending in FootingLook.Ending.allCases { #expect(right.ended(ending) == FootingComparison()) }
  }

  @Test func whatIsLookedAtNoMoreIsNotSeenMended() {
    let known = KnownFooting(
      subject: .init(project: 30, environment: "production", check: .ungated), place: "acme production", state: ["gated": 0],
      trouble: "waits for ever", standing: .init(id: 7, since: DriftTests.since))
    let ended = known.ended(.unwatched)
    #expect(ended.known == nil)
    #expect(ended.drift?.turn == .unwatched && ended.drift?.since == DriftTests.since && ended.drift?.after == nil)
    #expect(ended.drift?.stands == false)
    #expect(ended.drift?.seen == "acme production is looked at no more, and was not seen mended; what was wrong: waits for ever")
    #expect(known.ended(.released).drift?.turn == .resolved)
  }

  @Test func aLookKnowsWhatIsGoneByTheEnvironmentsThatItRead() {
    var look = FootingLook(instance: "main")
    look.projects = [30: [], 31: []]
    look.environments = [30: ["staging"]]
    func ending(_ project: Int64?, _ environment: String?, _ check: Footing.Check = .protection) -> FootingLook.Ending {
      look.ending(of: .init(project: project, environment: environment, check: check))
    }
    #expect(ending(30, "production") == .gone && ending(30, "staging") == .unwatched)
    #expect(ending(30, nil) == .unwatched && ending(31, "production") == .unwatched && ending(nil, nil) == .unwatched)
    // Of what apply has made a look has whatever holds an environment, gated or not.
    #expect(ending(30, "staging", .ungated) == .released && ending(31, "staging", .ungated) == .unwatched)
    look.projects[30] = [.init(environment: "staging", check: .ungated)]
    #expect(ending(30, "staging", .ungated) == .unwatched)
  }

  @Test func aLookSpeaksOfWhatItHasRead() {
    var look = FootingLook(instance: "main")
    look.projects = [30: [.init(check: .webhook), .init(environment: "eu", check: .approver)]]
    func speaks(_ project: Int64?, _ environment: String?, _ check: Footing.Check) -> Bool {
      look.speaks(of: .init(project: project, environment: environment, check: check))
    }
    #expect(speaks(30, nil, .membership) && speaks(30, "production", .approver) && speaks(30, "eu", .deployer))
    #expect(!speaks(30, nil, .webhook) && !speaks(30, "eu", .approver) && !speaks(31, nil, .membership) && !speaks(nil, nil, .account))
  }
}
