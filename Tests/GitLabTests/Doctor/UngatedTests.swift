import ChangeControl
import HTTPMessages
import JSON
import Testing

@testable import GitLab

/// What apply has protected once and no service gates any more, as `check` tells it.
@Suite struct UngatedTests {
  typealias Samples = DoctorSamples

  private static let checkout = SetupPlace.project(id: 30, path: "acme/payments/checkout")
  private static let cart = SetupPlace.project(id: 31, path: "acme/shop/cart")

  private static func made(_ place: SetupPlace, _ name: String, rows: Set<Int64> = [38]) -> SetupMemory.MadeProtection {
    .init(place: place, name: name, account: 97, isWhole: true, deployRows: [239], approvalRows: rows)
  }

  private static func findings(
    _ made: [SetupMemory.MadeProtection], _ change: (inout GateSurvey) -> Void
  ) -> [DoctorFinding] {
    var (survey, expected) = (Samples.well, Samples.expected)
    expected.madeProtections = made
    change(&survey)
    return GateDiagnosis(survey, expected: expected, at: Samples.now).findings.filter { $0.name == "gitlab main ungated" }
  }

  private static func former(
    _ standing: SetupSurvey.FormerPlace.Standing, _ protections: Result<[ProtectedEnvironment], SetupFault>? = nil
  ) -> SetupSurvey.FormerPlace {
    var former = SetupSurvey.FormerPlace(cart)
    (former.standing, former.protections) = (standing, protections)
    return former
  }

  @Test("an environment, or a tier, that no service gates any more and that waits for the account by a rule of apply's") func waits() {
    let environment = Self.findings([Self.made(Self.checkout, "staging")]) { survey in
      survey.projects[0].environments = .success([.init(name: "production", tier: "production"), .init(name: "staging", tier: "staging")])
      survey.projects[0].protections = .success([Samples.protection(), Samples.protection("staging")])
    }
    let tier = Self.findings([Self.made(.group(id: 3, path: "acme/payments"), "staging")]) { survey in
      survey.groups[0].protections = .success([Samples.protection("staging")])
    }
    for (findings, what) in [(environment, "environment staging of project"), (tier, "tier staging of group acme/payments")] {
      #expect(findings.count == 1 && findings[0].status == .warn, "\(findings)")
      for words in [what, "no service gates it any more", "for ever", "take the account out", "`gatehouse setup plan`"] {
        #expect((findings.first?.seen ?? "").contains(words) || (findings.first?.remedy ?? "").contains(words), "'\(words)' in \(findings)")
      }
    }
  }

  @Test("a tier that holds what is gated by name is no tier to take the account out of") func holdsByName() {
    var (survey, expected) = (Samples.well, Samples.expected)
    expected.madeProtections = [Self.made(.group(id: 3, path: "acme/payments"), "staging")]
    for index in expected.services.indices { expected.services[index].gatedEnvironments.append(Pattern("eu")) }
    survey.groups[0].protections = .success([Samples.protection("staging")])
    survey.projects[0].environments = .success([.init(name: "production", tier: "production"), .init(name: "eu", tier: "staging")])
    let findings = GateDiagnosis(survey, expected: expected, at: Samples.now).findings.filter { $0.name == "gitlab main ungated" }
    #expect(findings.count == 1 && findings[0].seen.contains("acme/payments/checkout eu"), "\(findings)")
    #expect(findings.first?.remedy.contains("leave the account in it") == true, "\(findings)")
  }

  @Test("nothing waits: it is gated, the rule is gone, or another's, or the environment is gone") func well() {
    for (rows, protections) in [
      ([38], [Samples.protection()]), ([38], [Samples.protection(), Samples.protection("staging", rules: [])]),
      ([38], [Samples.protection(), Samples.protection("staging", rules: [Samples.rule(38, "user_id", 21)])]),
      ([38], [Samples.protection(), Samples.protection("gone")]),
    ] as [(Set<Int64>, [ProtectedEnvironment])] {
      let made = ["production", "staging", "gone"].map { Self.made(Self.checkout, $0, rows: rows) }
      let findings = Self.findings(made) { survey in
        survey.projects[0].environments = .success([.init(name: "production", tier: "production"), .init(name: "staging", tier: "staging")])
        survey.projects[0].protections = .success(protections)
      }
      #expect(findings.map(\.status) == [.ok], "\(findings)")
    }
    #expect(Self.findings([]) { _ in }.isEmpty)
  }

  @Test("that nothing waits is said as far as was looked") func asFarAsWasLooked() {
    let cart = Self.made(Self.cart, "production")
    let untold = Self.former(.shown, .failure(SetupFault(.unavailable(mayHaveTakenEffect: false), "502 Bad Gateway")))
    for (former, words) in [
      ([Self.former(.unasked)], "not at project acme/shop/cart, of which GitLab did not tell"),
      ([untold], "not at project acme/shop/cart, of which GitLab did not tell"), ([], "not at 1 more places of which the record"),
    ] as [([SetupSurvey.FormerPlace], String)] {
      let findings = Self.findings([cart]) { $0.formerPlaces = former }
      #expect(findings.map(\.status) == [.ok] && findings[0].seen.contains("as far as was looked: \(words)"), "\(findings)")
    }
    let idle = Self.findings([cart]) { $0.formerPlaces = [Self.former(.idle)] }
    #expect(idle.map(\.seen) == ["nothing waits for the account that no service gates"], "\(idle)")
  }

  /// The environment `eu` of the tier staging, which no service gates.
  private static func footings(
    _ place: SetupPlace, _ name: String, isGated: Bool = false, _ change: (inout GateSurvey) -> Void
  ) -> (found: [Footing], speaks: Bool) {
    var (survey, expected) = (Samples.well, Samples.expected)
    expected.madeProtections = [made(place, name)]
    if isGated { for index in expected.services.indices { expected.services[index].gatedEnvironments.append(Pattern("eu")) } }
    survey.projects[0].environments = .success([.init(name: "production", tier: "production"), .init(name: "eu", tier: "staging")])
    change(&survey)
    let look = GateDiagnosis(survey, expected: expected, at: Samples.now).footingLook
    return (
      look.found.filter { $0.subject.check == .ungated }, look.speaks(of: .init(project: 30, environment: "eu", check: .ungated))
    )
  }

  @Test("as a footing it is what apply has made and the environment it holds, by name or by tier; what was not read is a gap")
  func drift() {
    let group = SetupPlace.group(id: 3, path: "acme/payments")
    let byTier: (inout GateSurvey) -> Void = { $0.groups[0].protections = .success([Samples.protection("staging")]) }
    let tier = Self.footings(group, "staging", byTier)
    #expect(tier.found.map(\.subject.environment) == ["eu"] && tier.found.map(\.state) == [["group acme/payments": 1, "gated": 0]])
    #expect(tier.found[0].trouble?.contains("acme/payments/checkout eu waits for the account") == true, "\(tier)")
    let gated = Self.footings(group, "staging", isGated: true, byTier)
    #expect(gated.found.map(\.state) == [["group acme/payments": 1, "gated": 1]] && gated.found[0].trouble == nil)
    let name = Self.footings(Self.checkout, "eu") { $0.projects[0].protections = .success([Samples.protection("eu")]) }
    #expect(name.found.map(\.state) == [["acme/payments/checkout": 1, "gated": 0]] && name.found[0].trouble != nil)
    let over = Self.footings(Self.checkout, "eu") { $0.projects[0].protections = .success([]) }
    #expect(over.found.map(\.state) == [["gated": 0]] && over.found[0].trouble == nil)
    let unread = Self.footings(group, "staging") { $0.groups[0].protections = .failure(.forbidden("403 Forbidden")) }
    #expect(unread.found.isEmpty && !unread.speaks)
    let unlisted = Self.footings(Self.checkout, "eu") { $0.projects[0].environments = .failure(.forbidden("403 Forbidden")) }
    #expect(unlisted.found.isEmpty && !unlisted.speaks)
    let elsewhere = Self.footings(Self.cart, "eu") { _ in }
    #expect(elsewhere.found.isEmpty && elsewhere.speaks)
  }

  @Test("in a place that nothing configured lies in any more, as far as it is shown and not about to go") func elsewhere() {
    let made = [Self.made(Self.cart, "production")]
    var expected = Samples.expected
    expected.madeProtections = made
    #expect(GateDiagnosis(Samples.well, expected: expected, at: Samples.now).formerPlaces == [Self.cart])
    let waiting = Self.findings(made) { $0.formerPlaces = [Self.former(.shown, .success([Samples.protection()]))] }
    #expect(waiting.map(\.status) == [.warn] && waiting[0].seen.contains("environment production of project acme/shop/cart"), "\(waiting)")
    let hidden = Self.findings(made) {
      $0.formerPlaces = [Self.former(.shown, .failure(SetupFault(.forbidden, "403 Forbidden")))]
    }
    #expect(hidden.map(\.status) == [.warn] && hidden[0].remedy.contains("`gatehouse setup forget`"), "\(hidden)")
    for standing in [SetupSurvey.FormerPlace.Standing.idle, .unasked] {
      let findings = Self.findings(made) { $0.formerPlaces = [Self.former(standing)] }
      #expect(findings.map(\.status) == [.ok], "\(standing): \(findings)")
    }
  }

  @Test("of such a place it is asked whether it is there, then what is protected: of the token that may look, and of the account")
  func conversation() throws {
    let maintainer = GitLabAPI(
      instance: "main", address: try GitLabAddress("https://gitlab.example.com"), token: "glpat-looks", requestID: "request-7")
    let rehearsal = Rehearsal(
      FormerPlaceConversation(api: try .sample(), maintainer: maintainer, place: Self.cart),
      [.json(200, ["id": 31, "path_with_namespace": "acme/shop/cart"]), .message(404, "404 Not found"), .json(200, [])])
    #expect(rehearsal.sent == ["GET /projects/31"] + Array(repeating: "GET /projects/31/protected_environments?per_page=100", count: 2))
    #expect(rehearsal.requests.map { $0.head.headerFields[.privateToken] } == [GitLabAPI.secret, "glpat-looks", GitLabAPI.secret])
    let former = try #require(rehearsal.outcome)
    #expect(former.standing == .shown && former.protections == .success([]))
    let missing = Answer.message(404, "404 Project Not Found")
    let gone = Rehearsal(FormerPlaceConversation(api: try .sample(), maintainer: maintainer, place: Self.cart), [missing, missing])
    #expect(gone.sent == ["GET /projects/31", "GET /projects/31"] && gone.outcome?.standing == .hidden)
    let alone = Rehearsal(FormerPlaceConversation(api: try .sample(), maintainer: nil, place: Self.cart), [missing])
    #expect(alone.sent.count == 1 && alone.outcome?.standing == .hidden)
    let putOut = Rehearsal(
      FormerPlaceConversation(api: try .sample(), maintainer: maintainer, place: Self.cart),
      [missing, .json(200, ["id": 31, "path_with_namespace": "acme/new/cart"]), .json(200, [])])
    #expect(putOut.requests.map { $0.head.headerFields[.privateToken] } == [GitLabAPI.secret, "glpat-looks", "glpat-looks"])
    #expect(putOut.outcome?.standing == .shown && putOut.outcome?.place.path == "acme/new/cart")
  }
}
