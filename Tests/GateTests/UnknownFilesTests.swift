import Calendar
import ChangeControl
import Gate
import Storage
import Testing

/// `auto_reject` by files where GitLab does not tell which differ: what could be rejected is not let through, and people read why and what helps.
@Suite struct UnknownFilesTests {
  private static let refused = "GitLab main forbids comparing old with new (403); make the service account a Developer of the project"

  private func bench() throws -> Bench {
    let bench = try Bench()
    var rule = AutomaticRule()
    rule.anyFiles = [Pattern("migrations/**")]
    bench.edit { $0.autoReject = [rule] }
    try bench.openChange()
    return bench
  }

  private func told(files: [String]? = nil, base: String? = "old", obstacle: String? = nil) -> Disclosure {
    var contributions = Contributions(base: base, identities: [], mergeRequests: [], files: files)
    contributions.filesObstacle = obstacle
    return .contributions(contributions)
  }

  private func nextDue(_ bench: Bench) throws -> Instant? {
    try bench.connection.reading(at: bench.now) { try $0.nextDue(instance: "main") }
  }

  @Test func aFirstDeploymentSaysWhoCanLetItThrough() throws {
    let bench = try bench()
    try bench.tell(told(base: nil))
    let wish = "to know which files differ (auto_reject asks for it): nothing was deployed there before that they could differ from; "
    #expect(try bench.decide("alice").waitingFor == [wish + "an administrator must change auto_reject of policy people"])
    bench.edit { $0.breakGlass = BreakGlass(group: "managers", reviewWithin: .seconds(60)) }
    #expect(
      try bench.change().waitingFor == [
        wish + "group managers may break the glass, or an administrator must change auto_reject of policy people"
      ])
    #expect(try bench.asked().isEmpty)
  }

  @Test func aLineThatIsAboutSomethingElseHoldsNoFirstDeployment() throws {
    let bench = try bench()
    bench.edit { $0.autoReject[0].environments = [Pattern("other/*")] }
    try bench.tell(told(base: nil))
    #expect(try bench.decide("alice").change.gate == .allowed)
  }

  @Test func whatGitLabSaidOfARefusedComparisonIsShownAndItIsAskedAgain() throws {
    let bench = try bench()
    try bench.tell(told(obstacle: Self.refused))
    #expect(try bench.change().waitingFor.contains("to know which files differ (auto_reject asks for it): \(Self.refused)"))
    // Not at once: it has just refused. And the same refusal again is no news.
    #expect(try nextDue(bench) == bench.now + .seconds(300))
    bench.wait(.seconds(300))
    let revision = try bench.change().change.revision
    try bench.tell(told(obstacle: Self.refused))
    #expect(try bench.change().change.revision == revision)
    try bench.decide("alice")
    #expect(try nextDue(bench) == bench.now + .seconds(10))
    bench.wait(.seconds(10))
    try bench.tell(told(files: ["a.swift"]))
    #expect(try bench.change().change.gate == .allowed)
    try bench.checkPromises()
  }

  @Test func aComparisonThatNoRuleWaitsForIsNotAskedForAgain() throws {
    let bench = try bench()
    bench.edit { $0.autoReject[0].environments = [Pattern("other/*")] }
    try bench.tell(told(obstacle: Self.refused))
    #expect(try nextDue(bench) == nil)
  }
}
