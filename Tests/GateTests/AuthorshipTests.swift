import Calendar
import ChangeControl
import Gate
import Storage
import Testing

/// `prevent_author_approval`: what GitLab tells of commits and people decides whose yes counts.
@Suite struct AuthorshipTests {
  private static let contributions = Contributions(
    base: "old", identities: [.init(name: "A. Archer", email: "alice@acme.com")],
    mergeRequests: [.init(iid: 7, author: "bob", authorID: 22, labels: ["hotfix"])], files: ["a.swift"])

  private func bench() throws -> Bench {
    let bench = try Bench()
    bench.plan.policies["people"]?.preventAuthorApproval = true
    return bench
  }

  /// Answers what is asked of people by the name of each.
  private func tellWho(_ bench: Bench, _ people: [String: KnownPerson?]) throws {
    for claim in try bench.claims() {
      guard case .ask(.person(let name)) = claim.instruction, let person = people[name] else { continue }
      try bench.settle(claim, .told(.person(person)))
    }
  }

  @Test func itIsAskedWhenTheChangeOpensAndKeptAsItWasTold() throws {
    let bench = try bench()
    try bench.openChange()
    #expect(
      try bench.asked() == [
        .contributions(Bench.identity, environment: "production", sha: "279484c09fbe69ededfced8c1bb6e6d24616b468")
      ])
    #expect(try bench.change().waitingFor.contains("GitLab to tell who wrote the commits since the last deployment"))
    try bench.tell(.contributions(Self.contributions))
    #expect(try bench.connection.reading(at: bench.now) { try $0.contributions(deployment: 1) } == Self.contributions)
    #expect(try bench.asked().isEmpty)
  }

  @Test func authorsAreRefusedByWhatIsKnown() throws {
    let bench = try bench()
    bench.plan.emails = ["alice": ["Alice@acme.com"]]
    try bench.openChange()
    try bench.tell(.contributions(Self.contributions))
    #expect(bench.refusal { try bench.decide("bob") }?.code == "author_of_change")
    #expect(bench.refusal { try bench.decide("alice") }?.code == "author_of_change")
    // Nobody is kept from saying no.
    #expect(try bench.decide("alice", .rejected).change.gate == .prevented)
  }

  @Test func theGateTurnsOnceGitLabHasSaidWhoTheApproverIs() throws {
    let bench = try bench()
    try bench.openChange()
    try bench.tell(.contributions(Self.contributions))
    let view = try bench.decide("carol")
    #expect(view.change.gate == .awaiting)
    #expect(view.waitingFor == ["GitLab to tell who carol is"])
    try tellWho(bench, ["carol": KnownPerson(username: "carol", id: 23, name: "Carol Cook", emails: ["carol@acme.com"])])
    #expect(try bench.change().change.gate == .allowed)
    try bench.checkPromises()
  }

  @Test func anAuthorWhomOnlyGitLabKnowsIsLeftOutAfterwards() throws {
    let bench = try bench()
    try bench.openChange()
    try bench.tell(.contributions(Self.contributions))
    try bench.decide("alice")
    try tellWho(bench, ["alice": KnownPerson(username: "alice", id: 21, name: "Alice Archer", emails: ["alice@acme.com"])])
    let view = try bench.change()
    #expect(view.change.gate == .awaiting)
    #expect(view.evaluation?.root.children.flatMap(\.leftOut).map(\.code) == ["author_of_change"])
    // From now on she is told at once, here and elsewhere.
    #expect(bench.refusal { try bench.decide("alice") }?.code == "author_of_change")
    try bench.decide("carol")
    try tellWho(bench, ["carol": KnownPerson(username: "carol", id: 23, name: nil, emails: [])])
    #expect(try bench.change().change.gate == .allowed)
  }

  @Test func whoIsNobodyInGitLabIsLeftOut() throws {
    let bench = try bench()
    try bench.openChange()
    try bench.tell(.contributions(Self.contributions))
    try bench.decide("carol")
    try tellWho(bench, ["carol": KnownPerson?.none])
    let view = try bench.change()
    #expect(view.change.gate == .awaiting)
    #expect(view.evaluation?.root.children.flatMap(\.leftOut).map(\.code) == ["unknown_to_gitlab"])
  }

  @Test func aRuleByLabelsApprovesOnceGitLabHasToldThem() throws {
    let bench = try Bench()
    var rule = AutomaticRule()
    rule.labels = ["hotfix"]
    bench.plan.policies["people"]?.autoApprove = [rule]
    try bench.openChange()
    #expect(try bench.change().change.gate == .awaiting)
    try bench.tell(.contributions(Self.contributions))
    #expect(try bench.change().change.gate == .allowed)
  }

  @Test func whatARuleByFilesMightRejectIsNotLetThroughBeforeTheyAreKnown() throws {
    let bench = try Bench()
    var rule = AutomaticRule()
    rule.anyFiles = [Pattern("migrations/**")]
    bench.plan.policies["people"]?.autoReject = [rule]
    try bench.openChange()
    let claim = try #require(try bench.claims().first)
    try bench.settle(claim, .retry(reason: "GitLab main cannot serve it now (502)", after: .seconds(1)))
    let view = try bench.decide("alice")
    #expect(view.change.gate == .awaiting)
    #expect(view.waitingFor == ["to know what is deployed (auto_reject asks for it): GitLab main cannot serve it now (502)"])
    bench.wait(.seconds(1))
    try bench.tell(.contributions(Self.contributions))
    #expect(try bench.change().change.gate == .allowed)
  }

  @Test func theReasonIsShownWhileGitLabDoesNotTell() throws {
    let bench = try bench()
    try bench.openChange()
    let claim = try #require(try bench.claims().first)
    try bench.settle(claim, .retry(reason: "GitLab main cannot serve it now (502)", after: nil))
    #expect(
      try bench.change().waitingFor.contains(
        "GitLab to tell who wrote the commits since the last deployment: GitLab main cannot serve it now (502)"))
  }

  /// Whoever is told whom to ask is not sent to somebody whose yes will not count: by addresses of the configuration, by what GitLab told of them once,
  /// by the id that a list of members has.
  @Test func nobodyIsNamedWhoTookPart() throws {
    let bench = try bench()
    bench.plan.emails = ["alice": ["alice@acme.com"]]
    bench.plan.groups["managers"] = .listed(["Alice", "bob", "carol", "erin"])
    try bench.openChange()
    var contributions = Self.contributions
    contributions.identities.append(.init(name: "C.", email: "carol@acme.com"))
    try bench.tell(.contributions(contributions))
    #expect(try bench.change().evaluation?.whoCould.values.map(\.users) == [["carol", "erin"]])
    // Carol was asked about when she spoke on another change.
    try bench.apply(Bench.facts(deployment: 816))
    try bench.decide("carol", key: "CHG-2")
    try tellWho(bench, ["carol": KnownPerson(username: "carol", id: 23, name: nil, emails: ["carol@acme.com"])])
    #expect(try bench.change().evaluation?.whoCould.values.map(\.users) == [["erin"]])
    #expect(bench.refusal { try bench.decide("carol") }?.code == "author_of_change")
  }
}
