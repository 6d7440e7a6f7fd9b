import ChangeControl
import Testing

@testable import GitLab

/// Rules that apply has made for an account that is the gate's no more: nobody gives those approvals.
@Suite struct FormerRuleTests {
  typealias Samples = DoctorSamples

  private static let group = SetupPlace.group(id: 3, path: "acme/payments")

  /// Besides the account's own rule in the project, the group asks for 96, who was the gate's account before.
  private static func diagnosis(
    _ place: SetupPlace = group, made: Bool = true, _ standing: UserStanding? = .active
  ) -> GateDiagnosis {
    var (survey, expected) = (Samples.well, Samples.expected)
    let rule = Samples.rule(37, "user_id", 96, requires: 1)
    if place.level == .group {
      survey.groups[0].protections = .success([Samples.protection(rules: [rule])])
    } else {
      survey.projects[0].protections = .success([Samples.protection(rules: [Samples.rule(38, "user_id", 97, requires: 1), rule])])
    }
    if made {
      expected.madeProtections = [
        .init(place: place, name: "production", account: 96, isWhole: true, deployRows: [], approvalRows: [37])
      ]
    }
    if let standing { survey.standings[96] = standing }
    return GateDiagnosis(survey, expected: expected, at: Samples.now)
  }

  private static func approver(_ diagnosis: GateDiagnosis) -> [DoctorFinding] {
    diagnosis.findings.filter { $0.name == "gitlab main approver" }
  }

  @Test(
    "fail: a deployment waits for them for ever", arguments: [group, .project(id: 30, path: "old")])
  func waits(_ place: SetupPlace) {
    let text = place.level == .group ? "group acme/payments" : "acme/payments/checkout"
    for standing in [UserStanding.active, nil] {
      let findings = Self.approver(Self.diagnosis(place, standing))
      #expect(findings.map(\.status) == [.fail], "\(findings)")
      let seen =
        "acme/payments/checkout production: rule 37 of \(text) asks for user 96 (user 96), whom apply had named and who is the gate's account "
        + "no more: its deployments wait for ever"
      #expect(findings.first?.seen == seen)
      #expect(findings.first?.remedy.contains("`gatehouse setup plan` says how that ends") == true, "\(findings)")
    }
  }

  @Test("one that is gone is told as anybody who is; somebody whom apply has not named may approve") func others() {
    let gone = Self.approver(Self.diagnosis(Self.group, .gone))
    #expect(gone.count == 1 && gone[0].seen.contains("who is gone from GitLab"), "\(gone)")
    #expect(Self.approver(Self.diagnosis(made: false)).map(\.status) == [.ok])
  }

  @Test("it is drift too") func drift() {
    let trouble = Self.diagnosis().footingLook.found.first { $0.subject.check == .approver }?.trouble
    #expect(trouble?.contains("whom apply had named") == true)
  }
}
