import ChangeControl
import Testing

@testable import GitLab

/// What of a gate's footing a look could not see.
@Suite struct SightTests {
  typealias Samples = DoctorSamples

  private func look(_ survey: GateSurvey) -> FootingLook { GateDiagnosis(survey, expected: Samples.expected, at: Samples.now).footingLook }

  struct Unseen: Sendable, CustomTestStringConvertible {
    var testDescription: String
    /// `protection of acme/payments/checkout production`
    var places: [String]
    var hides: @Sendable (inout GateSurvey) -> Void
  }

  static let hidden: [Unseen] = [
    Unseen(testDescription: "nothing", places: []) { _ in },
    Unseen(
      testDescription: "what only Maintainers are shown",
      places: ["protection of acme/payments/checkout production", "webhook of acme/payments/checkout"]
    ) {
      $0.projects[0].protections = .failure(.forbidden("403 Forbidden"))
      $0.projects[0].webhooks = .failure(.forbidden("403 Forbidden"))
    },
    Unseen(testDescription: "a group on which all hangs", places: ["protection of acme/payments/checkout production"]) {
      $0.projects[0].protections = .success([])
      $0.groups[1].protections = .failure(.forbidden("403 Forbidden"))
    },
    Unseen(testDescription: "a group beside the project's own protection", places: []) {
      $0.groups[1].protections = .failure(.forbidden("403 Forbidden"))
    },
    Unseen(testDescription: "a lapsed licence is seen well enough", places: []) {
      $0.projects[0].protections = .failure(.missing("404 Not Found"))
    },
    Unseen(
      testDescription: "environments, a level and a setting",
      places: ["protection of acme/payments/checkout", "membership of acme/payments/checkout", "self_approval of acme/payments/checkout"]
    ) {
      $0.projects[0].environments = .failure(.untold("502"))
      $0.projects[0].level = .failure(.untold("502"))
      $0.projects[0].allowsTriggererApproval = nil
    },
    Unseen(testDescription: "more gated environments than are watched", places: ["protection of acme/payments/checkout"]) {
      $0.projects[0].environments = .success((1...201).map { PlaceSurvey.Environment(name: "prod/\($0)", tier: "production") })
      $0.projects[0].protections = .success((1...201).map { Samples.protection("prod/\($0)") })
    },
    Unseen(
      testDescription: "more projects than are looked at", places: ["protection of acme/payments/cart", "webhook of acme/payments/cart"]
    ) {
      $0.projectCount = 2
      $0.beyond = [Project(id: 31, path: "acme/payments/cart", webURL: nil)]
    },
    Unseen(testDescription: "a setting that this version has not", places: []) {
      $0.probe.software = .success(.init(text: "15.7.0-ee"))
      $0.projects[0].allowsTriggererApproval = nil
    },
    Unseen(testDescription: "a setting that this version shows to nobody", places: ["self_approval of acme/payments/checkout"]) {
      $0.probe.software = .success(.init(text: "15.9.0-ee"))
      $0.projects[0].allowsTriggererApproval = nil
    },
    Unseen(testDescription: "a setting, in a version that nobody told", places: ["self_approval of acme/payments/checkout"]) {
      $0.probe.software = .failure(.refused(reason: "403 Forbidden"))
      $0.projects[0].allowsTriggererApproval = nil
    },
  ]

  @Test("what a look could not see is told place by place", arguments: hidden) func unseen(_ one: Unseen) throws {
    var survey = Samples.well
    one.hides(&survey)
    let unseen = try #require(look(survey).unseen)
    #expect(unseen.map { "\($0.subject.check.rawValue) of \($0.place)" } == one.places)
    #expect(unseen.allSatisfy { !$0.reason.isEmpty })
    survey.probe.account = .failure(.retry(reason: "connection refused", after: nil))
    #expect(look(survey).unseen == nil, "a GitLab that is away hides nothing that was not hidden before")
  }
}
