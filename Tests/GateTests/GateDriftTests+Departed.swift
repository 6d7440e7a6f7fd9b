import ChangeControl
import Gate
import Storage
import Testing

/// Projects that left change control by what somebody did with them in GitLab.
extension GateDriftTests {
  @Test func whereGitLabDidNotTellOfAllNothingIsForgottenOfWhatWasMoved() throws {
    let bench = try Bench()
    bench.plan.services[0].projects = [.path(Pattern("acme/payments/*"))]
    try bench.command { _ = try $0.noteLook(Self.look(), in: $1) }
    let count = try bench.count("footing")
    var look = FootingLook(instance: "main")
    look.departed = [30: .moved(to: "acme/elsewhere")]
    try bench.command { _ = try $0.noteLook(look, in: $1) }
    #expect(try bench.count("footing") == count && drifts(bench) == [])
    look.isWhole = true
    for _ in 1...2 { try bench.command { _ = try $0.noteLook(look, in: $1) } }
    #expect(try drifts(bench) == ["drift.detected - membership"] && bench.count("footing") == 1)
    look.departed = [30: .deleted]
    try bench.command { _ = try $0.noteLook(look, in: $1) }
    #expect(try drifts(bench).last == "drift.resolved - membership" && bench.count("footing") == 0)
  }

  @Test func aMoveStandsThoughAnotherProjectHasThePathByNow() throws {
    let bench = try Bench()
    bench.plan.services[0].projects = [.path(Pattern("acme/payments/*"))]
    try bench.command { _ = try $0.noteLook(Self.look(), in: $1) }
    var look = FootingLook(instance: "main")
    look.isWhole = true
    look.departed = [30: .moved(to: "acme/elsewhere")]
    try bench.command { _ = try $0.noteLook(look, in: $1) }
    // The account is put out of it, and another project takes its path.
    look.departed = [:]
    look.found = [Footing(.init(project: 41, check: .membership), place: "acme/payments/checkout", state: ["level": 30])]
    look.projects = [41: []]
    for _ in 1...2 { try bench.command { _ = try $0.noteLook(look, in: $1) } }
    #expect(try drifts(bench) == ["drift.detected - membership"])
    #expect(try bench.connection.reading(at: bench.now) { try $0.standingDrifts() }.map(\.check) == ["membership"])
    bench.plan.services[0].projects = [.path(Pattern("acme/other/*"))]
    look.found = []
    look.projects = [:]
    try bench.command { _ = try $0.noteLook(look, in: $1) }
    #expect(try drifts(bench).last == "drift.unwatched - membership")
  }
}
