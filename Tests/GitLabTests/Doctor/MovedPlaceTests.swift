import ChangeControl
import Testing

@testable import GitLab

/// A project that apply has protected something in and that leaves what the patterns mean by a move or a rename: its path of before matches still.
@Suite struct MovedPlaceTests {
  typealias Samples = DoctorSamples

  private static let cart = SetupPlace.project(id: 31, path: "acme/payments/cart")

  private static func diagnosis(
    _ change: (inout GateSurvey, inout GateExpectation) -> Void = { _, _ in }
  ) -> GateDiagnosis {
    var (survey, expected) = (Samples.well, Samples.expected)
    expected.madeProtections = [
      .init(place: cart, name: "production", account: 97, isWhole: true, deployRows: [239], approvalRows: [38])
    ]
    change(&survey, &expected)
    return GateDiagnosis(survey, expected: expected, at: Samples.now)
  }

  private static func troubles(
    _ standing: SetupSurvey.FormerPlace.Standing, now path: String = "acme/payments/cart",
    _ change: (inout GateSurvey, inout GateExpectation) -> Void = { _, _ in }
  ) -> [DoctorFinding] {
    diagnosis { survey, expected in
      var former = SetupSurvey.FormerPlace(.project(id: 31, path: path))
      former.standing = standing
      if standing == .shown { former.protections = .success([Samples.protection()]) }
      survey.formerPlaces = [former]
      change(&survey, &expected)
    }.findings.filter { $0.status != .ok }
  }

  @Test("what the patterns mean is known, and it is not among it: it is looked at") func isLookedAt() {
    #expect(Self.diagnosis().formerPlaces == [Self.cart])
    let other = ResolvedProjects.Problem(pattern: "acme/shop", obstacle: .impossible(reason: "404 Project Not Found"))
    let beside = Self.diagnosis { survey, expected in
      expected.services[0].projects.append(.path(Pattern("acme/shop")))
      survey.problems = [other]
    }
    #expect(beside.formerPlaces == [Self.cart])
  }

  @Test("not where it may be among it: a pattern has failed, there is no room for it, or it is named by its number") func mayBeMeant() {
    let unlisted = Self.diagnosis { survey, _ in
      survey.problems = [.init(pattern: "acme/payments/*", obstacle: .retry(reason: "502", after: nil))]
    }
    #expect(unlisted.formerPlaces == [])
    #expect(Self.diagnosis { survey, _ in survey.projectCount = 2 }.formerPlaces == [])
    let beyond = Self.diagnosis { survey, _ in
      survey.projectCount = 2
      survey.beyond = [Project(id: 31, path: "acme/payments/cart", webURL: nil)]
    }
    #expect(beyond.formerPlaces == [])
    #expect(Self.diagnosis { _, expected in expected.services[0].projects.append(.id(31)) }.formerPlaces == [])
  }

  @Test("what waits there is told, by the path of now and that of before") func waits() {
    let findings = Self.troubles(.shown, now: "other/cart")
    #expect(findings.map(\.name) == ["gitlab main ungated"], "\(findings)")
    for words in ["environment production of project other/cart (acme/payments/cart before)", "wait for ever"] {
      #expect(findings.first?.seen.contains(words) == true, "'\(words)' in \(findings)")
    }
  }

  @Test("where GitLab shows it to neither token, nobody knows that nothing waits there") func hidden() {
    let findings = Self.troubles(.hidden)
    #expect(findings.map(\.name) == ["gitlab main ungated"] && findings.map(\.status) == [.warn], "\(findings)")
    let text = "\(findings.first?.seen ?? "") \(findings.first?.remedy ?? "")"
    for words in [
      "apply has protected something in project acme/payments/cart", "neither token", "deleted, moved away", "may wait for ever",
      "`gatehouse setup plan` with an administrator's token", "`gatehouse setup forget 'project acme/payments/cart' --because",
    ] {
      #expect(text.contains(words), "'\(words)' in \(findings)")
    }
    let alone = Self.troubles(.hidden) { _, expected in expected.hasAdminToken = false }
    #expect(alone.first?.seen.contains("GitLab does not show it to the account") == true, "\(alone)")
    #expect(Self.troubles(.idle).isEmpty)
  }

  @Test("a project that has its path now is not taken for it") func another() {
    let findings = Self.troubles(.hidden) { survey, _ in
      var other = survey.projects[0]
      other.place = .project(Project(id: 50, path: "acme/payments/cart", webURL: nil))
      survey.projects.append(other)
      survey.projectCount = 2
    }
    let seen = findings.first { $0.name == "gitlab main ungated" }?.seen ?? ""
    #expect(seen.contains("project 31, which was acme/payments/cart before another project was"), "\(findings)")
  }

  @Test("one that is where it was, and is not listed for the account, is a matter of its membership") func unlisted() {
    let findings = Self.troubles(.shown)
    #expect(findings.map(\.name) == ["gitlab main membership"], "\(findings)")
    #expect(findings.first?.seen.contains("acme/payments/cart") == true, "\(findings)")
  }

  @Test("what became of a project is not said where GitLab has not told it") func untold() {
    var (survey, expected) = (DoctorSamples.well, DoctorSamples.expected)
    expected.watchedProjects = [Project(id: 77, path: "acme/payments/gone", webURL: nil)]
    func seen() -> [String] {
      GateDiagnosis(survey, expected: expected, at: DoctorSamples.now).findings.filter { $0.name == "gitlab main membership" }.map(\.seen)
    }
    #expect(seen().count == 1 && seen()[0].contains("acme/payments/gone before, and shows it to neither token"), "\(seen())")
    survey.isUnsure = true
    #expect(
      seen().count == 1 && seen()[0].contains("what became of acme/payments/gone") && seen()[0].contains("has not told now"), "\(seen())")
    (survey.isUnsure, survey.departed) = (false, [77: .moved(to: "acme/elsewhere")])
    #expect(seen().count == 1 && seen()[0].contains("acme/payments/gone is acme/elsewhere now"), "\(seen())")
    survey.departed = [77: .deleted]
    #expect(seen().allSatisfy { !$0.contains("gone") }, "\(seen())")
  }
}
