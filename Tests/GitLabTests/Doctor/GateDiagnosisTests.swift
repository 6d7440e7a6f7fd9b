import Calendar
import ChangeControl
import HTTPMessages
import JSON
import Testing

@testable import GitLab

/// Readings of a GitLab, and what the doctor makes of them.
@Suite struct GateDiagnosisTests {
  /// One thing that is broken.
  struct Case: Sendable, CustomTestStringConvertible {
    var testDescription: String
    /// `fail approver`: the only finding that is not ok, but for those in `besides`.
    var finding: String
    var says: [String]
    var besides: [String] = []
    var breaks: @Sendable (inout GateSurvey, inout GateExpectation) -> Void

    init(
      _ description: String, _ finding: String, _ says: [String], besides: [String] = [],
      _ breaks: @escaping @Sendable (inout GateSurvey, inout GateExpectation) -> Void
    ) {
      testDescription = description
      self.finding = finding
      self.says = says
      self.besides = besides
      self.breaks = breaks
    }
  }

  typealias Samples = DoctorSamples

  @Test func aGateThatNothingIsWrongWith() {
    let findings = GateDiagnosis(Samples.well, expected: Samples.expected, at: Samples.now).findings
    #expect(findings.allSatisfy { $0.status == .ok && $0.remedy.isEmpty && !$0.seen.isEmpty }, "\(findings)")
    #expect(
      findings.map { $0.name.replacing("gitlab main ", with: "") } == [
        "reachable", "tls", "version", "clock", "account", "token scope", "token expiry", "projects", "membership", "environments",
        "admin token", "protection", "approver", "other approvers", "approval count", "deployer", "self-approval", "webhook",
        "webhook events",
        "webhook tls", "webhook secret", "webhook state", "webhook deliveries",
      ])
  }

  @Test func aRuleOfOthersIsNamedThoughNothingIsWrongWithIt() {
    var survey = Samples.well
    survey.projects[0].protections = .success([
      Samples.protection(rules: [Samples.rule(38, "user_id", 97), Samples.rule(39, "user_id", 21)])
    ])
    let findings = GateDiagnosis(survey, expected: Samples.expected, at: Samples.now).findings.filter {
      $0.name == "gitlab main other approvers"
    }
    #expect(findings.map(\.status) == [.ok], "\(findings)")
    #expect(findings[0].seen.contains("waits in GitLab for others' approval too: user 21"), "\(findings)")
  }

  @Test func aTokenWithoutAnEndIsSaidToHaveNone() {
    var survey = Samples.well
    survey.probe.token = .success(.init(name: nil, scopes: ["api"], expiresAt: nil, isActive: true))
    let findings = GateDiagnosis(survey, expected: Samples.expected, at: Samples.now).findings.filter {
      $0.name == "gitlab main token expiry"
    }
    #expect(findings == [.ok("gitlab main token expiry", "GitLab names no end of it")])
  }

  @Test("one thing broken is one finding, with its remedy", arguments: software + places + protections + webhooks)
  func findings(_ broken: Case) throws {
    var survey = Samples.well
    var expected = Samples.expected
    broken.breaks(&survey, &expected)
    let findings = GateDiagnosis(survey, expected: expected, at: Samples.now).findings
    let troubles = findings.filter { $0.status != .ok }
    #expect(
      troubles.map { "\($0.status.rawValue) \($0.name.replacing("gitlab main ", with: ""))" }.sorted()
        == ([broken.finding] + broken.besides).sorted(),
      "\(findings)")
    #expect(troubles.allSatisfy { !$0.remedy.isEmpty })
    let found = troubles.first { "\($0.status.rawValue) \($0.name.replacing("gitlab main ", with: ""))" == broken.finding }
    let text = "\(found?.seen ?? "") \(found?.remedy ?? "")"
    for word in broken.says { #expect(text.contains(word), "'\(word)' in \(troubles)") }
  }

  @Test(
    "a GitLab that is not reached: its TLS is told by OpenSSL's words, and nothing is said of the rest",
    arguments: [
      ("SSL certificate problem: unable to get local issuer certificate", TLSTrouble.unknownAuthority, "ca_file"),
      ("SSL certificate problem: self-signed certificate in certificate chain", .unknownAuthority, "ca_file"),
      ("SSL: no alternative certificate subject name matches target host name 'x'", .wrongName, "set url"),
      ("SSL certificate problem: certificate has expired", .expired, "renew"),
      ("SSL certificate problem: certificate is not yet valid", .notYetValid, "NTP"),
      ("SSL certificate problem: EE certificate key too weak", .unfit, "another certificate"),
      ("no TLS with gitlab:80: wrong version number; does it speak https on that port?", .noTLS, "http://"),
    ])
  func notTrusted(_ reason: String, _ trouble: TLSTrouble, _ remedy: String) {
    #expect(TLSTrouble(reason) == trouble)
    let gap = Obstacle.retry(reason: "GitLab main did not answer reading its version (\(reason))", after: nil)
    let survey = GateSurvey(probe: ProbeReport(software: .failure(gap), account: .failure(gap), token: .failure(gap)))
    let findings = GateDiagnosis(survey, expected: Samples.expected, at: Samples.now).findings
    #expect(findings.map(\.name) == ["gitlab main reachable", "gitlab main tls"])
    #expect(findings.allSatisfy { $0.status == .fail })
    #expect(findings.allSatisfy { $0.remedy.contains(remedy) }, "\(findings)")
    #expect(TLSTrouble("connection refused") == nil)
  }

  @Test("what GitLab does not show is not said to be well") func outOfSight() throws {
    func seen(_ check: String, _ survey: GateSurvey) -> String? {
      GateDiagnosis(survey, expected: Samples.expected, at: Samples.now).findings.first { $0.name == "gitlab main \(check)" }?.seen
    }
    var survey = Samples.well
    survey.problems = [.init(pattern: "acme/payments/cart", obstacle: .refused(reason: "404 Project Not Found"))]
    #expect(seen("admin token", survey)?.contains("webhooks of acme/payments/checkout are shown") == true)
    survey.projects = []
    #expect(seen("membership", survey) == nil && seen("admin token", survey) == nil)
    #expect(seen("projects", survey) != nil)
    survey = Samples.well
    survey.projectCount = 2
    #expect(seen("admin token", survey)?.contains("webhooks of acme/payments/checkout are shown") == true)
    survey = Samples.well
    survey.projects[0].environments = .success((1...201).map { PlaceSurvey.Environment(name: "prod/\($0)", tier: "production") })
    survey.projects[0].protections = .success((1...201).map { Samples.protection("prod/\($0)") })
    #expect(seen("admin token", survey)?.contains("but beyond the first 200 gated environments of acme/payments/checkout") == true)
  }

  @Test("a delivery that failed before one that arrived is history: it is well, and told") func failedBefore() throws {
    var survey = Samples.well
    survey.sendings = [
      .init(place: Samples.checkout, id: 7): .success([
        Samples.sending("200"), Samples.sending("internal error", at: "2026-09-19T10:00:00Z"), Samples.sending("401"),
      ])
    ]
    let findings = GateDiagnosis(survey, expected: Samples.expected, at: Samples.now).findings
    let finding = try #require(findings.first { $0.name == "gitlab main webhook deliveries" })
    #expect(findings.worst == .ok && finding.remedy.isEmpty, "\(findings)")
    for words in ["the last has arrived", "2 of the last 3 failed before", "2026-09-19T10:00:00.000Z", "'internal error'"] {
      #expect(finding.seen.contains(words), "'\(words)' in \(finding)")
    }
  }

  @Test func whoeverDoesNotPlayNeedNotDeploy() {
    var (survey, expected) = (Samples.well, Samples.expected)
    survey.projects[0].protections = .success([Samples.protection(deployers: [])])
    expected.playsAfterApproval = false
    #expect(GateDiagnosis(survey, expected: expected, at: Samples.now).findings.worst == .ok)
  }

  @Test func aTierOfAGroupProtectsToo() {
    var survey = Samples.well
    survey.projects[0].protections = .success([])
    survey.groups[0].protections = .success([Samples.protection()])
    survey.groups[0].level = .success(40)
    #expect(GateDiagnosis(survey, expected: Samples.expected, at: Samples.now).findings.worst == .ok)
  }

  @Test("of more troubles of a kind than anybody reads, a part is told, and how many more there are")
  func bounded() {
    var survey = Samples.well
    survey.projects[0].environments = .success((1...200).map { .init(name: "prod/\($0)", tier: nil) })
    let findings = GateDiagnosis(survey, expected: Samples.expected, at: Samples.now).findings.filter {
      $0.name == "gitlab main protection"
    }
    #expect(findings.count == 21)
    #expect(findings.last?.seen == "180 more of this kind")
  }

  @Test func whatMayBeSecretInAnAddressIsNotTold() {
    var survey = Samples.well
    survey.projects[0].webhooks = .success([Samples.webhook(url: "https://user:hunter2@old.example.com/webhooks/gitlab?token=hunter2")])
    let text = GateDiagnosis(survey, expected: Samples.expected, at: Samples.now).findings.map { $0.seen + $0.remedy }.joined()
    #expect(!text.contains("hunter2"))
  }
}
