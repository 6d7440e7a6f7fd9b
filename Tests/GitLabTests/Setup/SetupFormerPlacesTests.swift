import ChangeControl
import HTTPMessages
import JSON
import Testing

@testable import GitLab

/// Places that apply has protected something in, and that nothing configured lies in any more: what is asked of them, and what a plan says.
@Suite struct SetupFormerPlacesTests {
  typealias Samples = SetupSamples

  private static let cart = SetupPlace.project(id: 31, path: "acme/shop/cart")
  private static let shop = SetupPlace.group(id: 8, path: "acme/shop")

  private static func held(_ name: String = "production") -> ProtectedEnvironment {
    Samples.protection(name, approvers: [["user_id": 97]], deployers: [["user_id": 97]])
  }

  private static func made(_ place: SetupPlace, _ name: String = "production", rows: Set<Int64> = [200]) -> SetupMemory.MadeProtection {
    .init(place: place, name: name, account: 97, isWhole: true, deployRows: [100], approvalRows: rows)
  }

  private static func former(
    _ place: SetupPlace, _ standing: SetupSurvey.FormerPlace.Standing = .shown,
    _ protections: Result<[ProtectedEnvironment], SetupFault>? = nil
  ) -> SetupSurvey.FormerPlace {
    var former = SetupSurvey.FormerPlace(place)
    former.standing = standing
    former.protections = protections
    return former
  }

  private static func plan(
    _ former: [SetupSurvey.FormerPlace], _ made: [SetupMemory.MadeProtection], _ change: (inout SetupSurvey) -> Void = { _ in }
  ) -> (said: String, isEmpty: Bool) {
    var target = Samples.target()
    (target.token, target.webhookToken) = (.present, .present)
    var survey = Samples.whole()
    survey.formerPlaces = former
    change(&survey)
    var memory = SetupMemory()
    memory.sentSecrets[7] = true
    memory.protections = made
    let plan = SetupPlan(target, survey, memory)
    return (plan.steps.flatMap { ["\($0.mark.rawValue) \($0.subject)"] + $0.lines + $0.notes }.joined(separator: "\n"), plan.isEmpty)
  }

  @Test("what waits for the account is a line: of a project, and of a group", arguments: [cart, shop]) func held(_ place: SetupPlace) {
    let (said, isEmpty) = Self.plan([Self.former(place, .shown, .success([Self.held(), Self.held("staging")]))], [Self.made(place)])
    let kind = place.level == .group ? "tier" : "environment"
    #expect(!isEmpty && said.contains("! protected \(kind) production of \(place.text)"), "\(said)")
    #expect(!said.contains("staging"), "a rule of somebody else's for the account is theirs: \(said)")
  }

  @Test("what nobody waits for is none: the rule is gone, or another's, or a service covers it, or it ends with its place")
  func nothing() {
    let elsewhere = SetupPlace.project(id: 31, path: "acme/payments/cart")
    for (former, made) in [
      (Self.former(Self.cart, .shown, .success([])), Self.made(Self.cart)),
      (Self.former(Self.cart, .shown, .success([Self.held()])), Self.made(Self.cart, rows: [4_711])),
      (Self.former(elsewhere, .shown, .success([Self.held()])), Self.made(elsewhere)),
      (Self.former(Self.cart, .idle), Self.made(Self.cart)),
    ] {
      let (said, isEmpty) = Self.plan([former], [made])
      #expect(isEmpty && !said.contains("cart"), "\(said)")
    }
  }

  @Test("what is not shown, or was not asked, is told and nothing to do") func unseen() {
    let refused = SetupFault(.forbidden, "403 Forbidden")
    for (former, words) in [
      (Self.former(Self.cart, .hidden), "does not show alice whether it stands"),
      // Once of what a pattern means, and moved away.
      (Self.former(.project(id: 31, path: "acme/payments/cart"), .hidden), "does not show alice whether it stands"),
      (Self.former(Self.cart, .shown, .failure(refused)), "does not show alice whether it stands"),
      (Self.former(Self.cart, .unasked), "it was not looked at"),
    ] {
      let (said, isEmpty) = Self.plan([former], [Self.made(former.place)]) { $0.accountPlaces = [] }
      #expect(isEmpty && said.contains("= what apply has protected in \(former.place.text)") && said.contains(words), "\(said)")
    }
  }

  @Test(
    "what is hidden from an administrator is not there; to an Owner of its top-level group it may have moved", arguments: [true, false])
  func gone(isAdministrator: Bool) {
    let (said, isEmpty) = Self.plan([Self.former(Self.cart, .hidden)], [Self.made(Self.cart)]) {
      $0.administration = isAdministrator ? .inForce : .inName
    }
    #expect(isEmpty && said.contains("does not show alice whether it stands") != isAdministrator, "\(said)")
  }

  // MARK: Asking

  private static func survey(_ protectedIn: [SetupPlace], _ answers: [String: Answer]) throws -> (SetupSurvey, sent: [String]) {
    var target = Samples.target()
    target.services = [Samples.service([.id(30)])]
    let made = SetupMade(protectedIn.map { SetupTrace(SetupChange(.protection, in: $0, name: "production"), account: 97) })
    let conversation = SetupSurveyConversation(api: try .sample(), accountAPI: nil, target: target, made: made, isForPlan: true)
    let basic: [String: Answer] = [
      "/metadata": .json(200, ["version": "19.3.0-ee"]), "/user": .json(200, ["id": 21, "username": "alice"]),
      "/projects/30": .json(200, ["id": 30, "path_with_namespace": "acme/payments/checkout"]),
    ]
    let rehearsal = Rehearsal(conversation) { request, _ in
      let path = String((request.head.path ?? "").replacing("/api/v4", with: "").split(separator: "?")[0])
      return answers[path] ?? basic[path] ?? .json(200, [])
    }
    return (try #require(rehearsal.outcome).get(), rehearsal.sent)
  }

  @Test("each place is asked for once, by its number; those that are configured are not asked for again") func asked() throws {
    let protections: JSONValue = [["name": "production", "deploy_access_levels": [], "approval_rules": []]]
    let (survey, sent) = try Self.survey(
      [Self.cart, Self.cart, .project(id: 30, path: "acme/old"), .project(id: 32, path: "a/b"), .project(id: 33, path: "a/c")],
      [
        "/projects/31": .json(200, ["id": 31, "path_with_namespace": "acme/new/cart"]),
        "/projects/31/protected_environments": .json(200, protections),
        "/projects/32": .json(200, ["id": 32, "path_with_namespace": "a/b", "archived": true]),
        "/projects/33": .message(429, "Retry later"),
      ])
    #expect(sent.count { $0.hasPrefix("GET /projects/31") } == 2 && sent.count { $0 == "GET /projects/32" } == 1, "\(sent)")
    #expect(survey.formerPlaces.map(\.standing) == [.shown, .idle, .unasked])
    #expect(survey.formerPlaces.first?.place.path == "acme/new/cart")
    #expect((try? survey.formerPlaces.first?.protections?.get())?.count == 1)
  }

  @Test("what GitLab does not show of one is in nobody's way", arguments: [401, 403, 429, 500, 502]) func notShown(_ status: Int) throws {
    let places = [31, 32].map { SetupPlace.project(id: $0, path: "a/\($0)") }
    let (survey, _) = try Self.survey(
      places,
      [
        "/projects/31": .message(status, "no"), "/projects/32": .json(200, ["id": 32, "path_with_namespace": "a/32"]),
        "/projects/32/protected_environments": .message(status, "no"),
      ])
    #expect(survey.formerPlaces.count == 2 && survey.formerPlaces.allSatisfy { (try? $0.protections?.get()) == nil })
  }

  @Test("no more than a hundred are") func bounded() throws {
    let places = (1_000..<1_103).map { SetupPlace.project(id: $0, path: "a/\($0)") }
    let (survey, sent) = try Self.survey(
      places, Dictionary(uniqueKeysWithValues: places.map { ($0.endpoint, Answer.message(404, "404 Project Not Found")) }))
    #expect(sent.count { $0.hasPrefix("GET /projects/1") } == 100)
    #expect(survey.formerPlaces.count { $0.standing == .hidden } == 100 && survey.formerPlaces.count { $0.standing == .unasked } == 3)
  }
}
