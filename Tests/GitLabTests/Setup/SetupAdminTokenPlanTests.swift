import Calendar
import ChangeControl
import Testing

@testable import GitLab

/// What a plan says of the token that only looks: whether it reaches what is configured, and what becomes of those before it.
@Suite struct SetupAdminTokenPlanTests {
  typealias Samples = SetupSamples

  static let project = SetupPlace.project(id: 30, path: "acme/payments/checkout")
  static let payments = SetupPlace.group(id: 3, path: "acme/payments")
  static let acme = SetupPlace.group(id: 2, path: "acme")

  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    /// Where the configured one was made; nil: it is somebody's.
    var made: SetupPlace?
    var projects: [SetupSurvey.ProjectReading] = [Samples.project()]
    var target: @Sendable (inout SetupTarget) -> Void = { _ in }
    var survey: @Sendable (inout SetupSurvey) -> Void = { _ in }
    var memory: @Sendable (inout SetupMemory) -> Void = { _ in }
    /// Where another is made; nil: nowhere.
    var makes: SetupPlace?
    /// Ids of the tokens that are ended.
    var ends: [Int64] = []
    var says: [String] = []

    var testDescription: String { name }
  }

  static let cart = Samples.project(31, "acme/shop/cart")
  static let refunds = Samples.project(33, "Acme/Payments/refunds")
  static let site = Samples.project(32, "beta/site")

  static func token(_ id: Int64, _ place: SetupPlace, isInPlace: Bool = false, isKept: Bool = false) -> SetupMemory.MadeToken {
    .init(id: id, name: "gatehouse \(id)", place: place, expiresOn: "2027-11-21", isInPlace: isInPlace, isKept: isKept || isInPlace)
  }

  static let cases: [Case] = [
    Case(name: "of the one project", made: project, says: ["= admin token gatehouse 50 of project acme/payments/checkout"]),
    Case(
      name: "of the project, and another in the same group", made: project, projects: [Samples.project(), refunds], makes: payments,
      ends: [50], says: ["does not reach project Acme/Payments/refunds", "- revoked, once the new one is in its file"]),
    Case(
      name: "of the project, and another in another group", made: project, projects: [Samples.project(), cart], makes: acme, ends: [50]),
    Case(name: "of the group, and another in another group", made: payments, projects: [Samples.project(), cart], makes: acme, ends: [50]),
    Case(name: "of more than is needed", made: acme),
    Case(name: "of a group of another letter case", made: payments, projects: [Samples.project(), refunds]),
    Case(
      name: "of another project than is configured now", made: .project(id: 9, path: "acme/old"), makes: project, ends: [50],
      says: ["is of project acme/old, and does not reach project acme/payments/checkout"]),
    Case(name: "of a project whose number another path has", made: .project(id: 30, path: "acme/was/elsewhere")),
    Case(
      name: "of a group that was moved", made: .group(id: 2, path: "old-acme"), projects: [Samples.project(), cart]),
    Case(
      name: "of a project that is configured, and hidden from this person", made: project, projects: [cart],
      says: ["! admin token", "shows alice not all that it was made for", "somebody who is shown all that is configured"]),
    Case(
      name: "of a group that is hidden from this person", made: acme, projects: [site], survey: { $0.hiddenPlaces = [acme] },
      says: ["! admin token", "is of group acme, and GitLab shows alice not all"]),
    Case(
      name: "of a group, and a pattern that this person is shown nothing of", made: payments, projects: [site],
      survey: { $0.unresolved = ["GitLab main shows alice no project `acme/payments/checkout`"] },
      says: ["! admin token", "shows alice not all that it was made for"]),
    Case(
      name: "of a part, and a pattern of nothing", made: project, projects: [Samples.project(), cart],
      survey: { $0.unresolved = ["GitLab main shows alice no project `x/y`"] }, makes: acme, ends: [50]),
    Case(
      name: "of the project where tiers are protected", made: project, target: { $0.protections = .group }, makes: payments, ends: [50],
      says: ["does not reach group acme/payments"]),
    Case(
      name: "of the project where the webhook is the group's", made: project, target: { $0.hooks = .group }, makes: payments, ends: [50]),
    Case(
      name: "the group that is named, where it reaches all", made: project, projects: [Samples.project(), refunds],
      target: { $0.group = "acme" }, makes: acme, ends: [50]),
    Case(
      name: "a group that is named and does not reach all", made: project, projects: [Samples.project(), cart],
      target: { $0.group = "acme/payments" }, makes: acme, ends: [50]),
    Case(
      name: "nothing above all", made: project, projects: [Samples.project(), site],
      says: [
        "! admin token", "no one group above all projects", "of what project beta/site protects",
        "Put a token of scope read_api of somebody who is a Maintainer of all of them",
      ]),
    Case(
      name: "none yet, and nothing above all", projects: [Samples.project(), site],
      target: { $0.adminToken = .absentFile("secrets/admin") },
      survey: { $0.adminToken = nil }, says: ["! admin token", "project acme/payments/checkout, project beta/site"]),
    Case(
      name: "none in its file, and one that is recorded", target: { $0.adminToken = .absentFile("secrets/admin") },
      survey: { $0.adminToken = nil }, memory: { $0.adminTokens = [token(50, project)] }, makes: project, ends: [50]),
    Case(name: "somebody's, however little it sees", projects: [Samples.project(), cart], says: ["= admin token gatehouse 50\n"]),
    Case(
      name: "somebody's, in the file of one that apply had made", memory: { $0.adminTokens = [token(49, project)] }, ends: [49],
      says: ["- revoked: apply has made it, and nobody uses it any more"]),
    Case(
      name: "somebody's for a while, and that of apply is kept in its own file",
      memory: { $0.adminTokens = [token(49, project, isKept: true)] }
    ),
    Case(name: "one whose end was refused", made: project, memory: { $0.adminTokens.append(token(49, project)) }, ends: [49]),
    Case(
      name: "over", made: project, survey: { $0.adminToken = .failure(SetupFault(.unauthorized, "401 Unauthorized")) }, makes: project,
      ends: [50], says: ["serves no more (401 Unauthorized)"]),
    Case(
      name: "in a place that is not shown", made: project, survey: { $0.hiddenPlaces = [acme] },
      memory: { $0.adminTokens.append(token(49, acme)) },
      says: ["= access token gatehouse 49 of group acme", "shows alice no group acme", "ends by itself on 2027-11-21"]),
    Case(
      name: "from a variable that is not set here", target: { $0.adminToken = .absentVariable("LOOKS") }, survey: { $0.adminToken = nil },
      memory: { $0.adminTokens = [token(49, project)] }, says: ["! admin token", "environment variable LOOKS"]),
    // Of what a star means whoever applies may be shown a part.
    Case(
      name: "of a group, over, and a pattern with stars of which one project is shown", made: acme,
      target: { $0.services[0].projects = [.path(Pattern("acme/**"))] },
      survey: { $0.adminToken = .failure(SetupFault(.unauthorized, "401 Unauthorized")) }, makes: acme, ends: [50]),
    Case(
      name: "of a group, over, and stars elsewhere", made: acme,
      target: { $0.services[0].projects = [.id(30), .path(Pattern("beta/*"))] },
      survey: { $0.adminToken = .failure(SetupFault(.unauthorized, "401 Unauthorized")) }, makes: project, ends: [50]),
    Case(
      name: "of a group, over, and a star of which two projects are shown", made: acme, projects: [Samples.project(), refunds],
      target: { $0.services[0].projects = [.path(Pattern("ac*/**"))] },
      survey: { $0.adminToken = .failure(SetupFault(.unauthorized, "401 Unauthorized")) }, makes: acme, ends: [50]),
    Case(
      name: "not configured any more", target: { $0.adminToken = .unconfigured }, survey: { $0.adminToken = nil },
      memory: { $0.adminTokens = [token(49, project)] }, ends: [49], says: ["- revoked: apply has made it, and nothing needs it"]),
    Case(
      name: "not configured any more, in a project that is not shown", target: { $0.adminToken = .unconfigured },
      survey: {
        $0.adminToken = nil
        $0.hiddenPlaces = [project]
      }, memory: { $0.adminTokens = [token(49, project)] }, says: ["nobody is to use it any more", "it is gone with that"]),
  ]

  @Test("is made anew for what is configured, and only what apply made is ended", arguments: cases) func plan(_ one: Case) {
    var target = Samples.target()
    (target.token, target.webhookToken, target.adminToken) = (.present, .present, .present)
    target.adminTokenFile = "secrets/admin"
    var survey = Samples.whole()
    survey.projects = one.projects
    survey.adminToken = .success(Samples.token(50, name: "gatehouse 50", scopes: ["read_api"]))
    var memory = SetupMemory()
    memory.adminTokens = one.made.map { [Self.token(50, $0, isInPlace: true)] } ?? []
    one.target(&target)
    one.survey(&survey)
    one.memory(&memory)
    let steps = SetupPlan(target, survey, memory).steps
    let text = steps.flatMap { ["\($0.mark.rawValue) \($0.subject)"] + $0.lines + $0.notes }.joined(separator: "\n") + "\n"
    let changes = steps.compactMap(\.change).filter { $0.kind == .adminToken }
    #expect(changes.filter { $0.existingID == nil }.map(\.place) == (one.makes.map { [$0] } ?? []), "\(text)")
    #expect(changes.compactMap(\.existingID) == one.ends, "\(text)")
    for sentence in one.says { #expect(text.contains(sentence), "\(sentence) is not in\n\(text)") }
  }
}
