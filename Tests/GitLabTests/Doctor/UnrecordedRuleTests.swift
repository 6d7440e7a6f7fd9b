import ChangeControl
import Testing

@testable import GitLab

/// Protections that ask for the account by a rule that apply has no record of: made by hand, or recorded in a database that is gone.
@Suite struct UnrecordedRuleTests {
  typealias Samples = DoctorSamples

  private static let eu = PlaceSurvey.Environment(name: "eu", tier: "staging")

  /// With the environment `eu` of the tier staging, and nothing on record.
  private static func diagnosis(
    isGated: Bool = false, _ change: (inout GateSurvey, inout GateExpectation) -> Void = { _, _ in }
  ) -> GateDiagnosis {
    var (survey, expected) = (Samples.well, Samples.expected)
    if isGated { expected.services[0].gatedEnvironments.append(Pattern("eu")) }
    survey.projects[0].environments = .success([.init(name: "production", tier: "production"), eu])
    change(&survey, &expected)
    return GateDiagnosis(survey, expected: expected, at: Samples.now)
  }

  private static func inProject(_ survey: inout GateSurvey) {
    survey.projects[0].protections = .success([Samples.protection(), Samples.protection("eu")])
  }

  private static func inGroup(_ survey: inout GateSurvey) {
    survey.groups[1].protections = .success([Samples.protection("staging")])
  }

  private static func ungated(_ diagnosis: GateDiagnosis) -> [DoctorFinding] {
    diagnosis.findings.filter { $0.name == "gitlab main ungated" }
  }

  private static func footings(_ diagnosis: GateDiagnosis) -> [Footing] {
    diagnosis.footingLook.found.filter { $0.subject.check == .ungated }
  }

  private static let subject = Footing.Subject(project: 30, environment: "eu", check: .ungated)

  @Test("in a project") func project() {
    let diagnosis = Self.diagnosis { survey, _ in Self.inProject(&survey) }
    let findings = Self.ungated(diagnosis)
    #expect(findings.map(\.status) == [.warn], "\(findings)")
    let text = "\(findings.first?.seen ?? "") \(findings.first?.remedy ?? "")"
    for words in [
      "environment eu of project acme/payments/checkout", "by a rule that apply has no record of", "no service gates it", "wait for ever",
      "take the account out of it",
    ] {
      #expect(text.contains(words), "'\(words)' in \(findings)")
    }
    #expect(!findings.contains { $0.seen.contains("a rule that apply has made") })
    let footings = Self.footings(diagnosis)
    #expect(footings.map(\.subject) == [Self.subject] && footings.map(\.state) == [["acme/payments/checkout": 1, "gated": 0]])
    #expect(footings.first?.trouble?.contains("by a rule that apply has no record of") == true, "\(footings)")
    #expect(Self.ungated(Self.diagnosis(isGated: true) { survey, _ in Self.inProject(&survey) }).isEmpty)
  }

  @Test("by a tier of a group above, where the project has an environment of it") func group() {
    let diagnosis = Self.diagnosis { survey, _ in Self.inGroup(&survey) }
    let findings = Self.ungated(diagnosis)
    #expect(findings.map(\.status) == [.warn], "\(findings)")
    #expect(findings.first?.seen.contains("tier staging of group acme waits for the account by a rule that apply has no record of") == true)
    let footings = Self.footings(diagnosis)
    #expect(footings.map(\.subject) == [Self.subject] && footings.map(\.state) == [["group acme": 1, "gated": 0]])
    let none = Self.diagnosis { survey, _ in
      Self.inGroup(&survey)
      survey.projects[0].environments = .success([.init(name: "production", tier: "production")])
    }
    #expect(Self.ungated(none).isEmpty && Self.footings(none).isEmpty)
    let byName = Self.diagnosis(isGated: true) { survey, _ in Self.inGroup(&survey) }
    #expect(Self.ungated(byName).isEmpty && Self.footings(byName).isEmpty)
  }

  @Test("what a tier holds besides what is gated waits too") func besides() {
    let findings = Self.ungated(
      Self.diagnosis(isGated: true) { survey, _ in
        Self.inGroup(&survey)
        survey.projects[0].environments = .success([Self.eu, .init(name: "us", tier: "staging")])
      })
    #expect(findings.map(\.status) == [.warn], "\(findings)")
    let seen = "tier staging of group acme waits for the account and holds acme/payments/checkout us too"
    #expect(findings.first?.seen.contains(seen) == true, "\(findings)")
  }

  @Test("a rule of somebody else's is theirs") func theirs() {
    let diagnosis = Self.diagnosis { survey, _ in
      survey.projects[0].protections = .success([
        Samples.protection(), Samples.protection("eu", rules: [Samples.rule(1, "user_id", 21), Samples.rule(2, "access_level", 40)]),
      ])
    }
    #expect(Self.ungated(diagnosis).isEmpty && Self.footings(diagnosis).isEmpty)
  }

  @Test("in a place that nothing configured lies in any more, beside what apply has made there") func elsewhere() {
    let cart = SetupPlace.project(id: 31, path: "acme/shop/cart")
    let findings = Self.ungated(
      Self.diagnosis { survey, expected in
        expected.madeProtections = [
          .init(place: cart, name: "production", account: 97, isWhole: true, deployRows: [], approvalRows: [40])
        ]
        var former = SetupSurvey.FormerPlace(cart)
        former.standing = .shown
        former.protections = .success([Samples.protection(rules: [Samples.rule(40, "user_id", 97)]), Samples.protection("eu")])
        survey.formerPlaces = [former]
      })
    #expect(findings.map { $0.seen.contains("a rule that apply has made") } == [true, false], "\(findings)")
    #expect(findings.last?.seen.contains("environment eu of project acme/shop/cart") == true, "\(findings)")
  }

  @Test("what was told of a place stays as long as the place is not shown") func unread() {
    let known = KnownFooting(
      subject: Self.subject, place: "acme/payments/checkout eu", state: ["group acme": 1, "gated": 0], trouble: "waits for ever")
    func speaks(_ change: (inout GateSurvey) -> Void = { _ in }) -> Bool {
      Self.diagnosis { survey, _ in change(&survey) }.footingLook.speaks(of: known)
    }
    let gap = SurveyGap.forbidden("403 Forbidden")
    #expect(speaks() && speaks { $0.groups[0].protections = .failure(gap) })
    #expect(!speaks { $0.groups[1].protections = .failure(gap) } && !speaks { $0.projects[0].environments = .failure(gap) })
  }
}
