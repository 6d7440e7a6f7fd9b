import ChangeControl
import Gate
import Storage
import Testing

/// Projects that GitLab shows the account no longer.
extension GateDriftTests {
  @Test func aProjectThatIsShownNoLongerIsAMembershipLost() throws {
    let bench = try Bench()
    try bench.openChange()
    try bench.command { _ = try $0.noteLook(Self.look(), in: $1) }
    var look = FootingLook(instance: "main")
    look.unseen = []
    // Not all could be looked at: it may be among the rest.
    try bench.command { [look] in _ = try $0.noteLook(look, in: $1) }
    #expect(try drifts(bench) == [])
    // Nor is one missed for which a look has no room.
    look.isWhole = true
    look.beyond = [30]
    try bench.command { [look] in _ = try $0.noteLook(look, in: $1) }
    #expect(try drifts(bench) == [])
    look.beyond = []
    for _ in 1...2 { try bench.command { [look] in _ = try $0.noteLook(look, in: $1) } }
    #expect(try drifts(bench) == ["drift.detected - membership", "drift.detected CHG-1 membership"])
    #expect(try bench.change().drifts.first?.seen.contains("shows acme/payments/checkout to our account no longer") == true)
    // Nor is what stands in it seen.
    func unseen() throws -> [String] {
      let places = try bench.connection.reading(at: bench.now) { try $0.unseen(instance: "main", limit: 9) }
      return places.map { "\($0.place) \($0.subject.check.rawValue)" }
    }
    #expect(try unseen().sorted() == ["acme/payments/checkout protection", "acme/payments/checkout webhook"])
    var whole = Self.look()
    whole.unseen = []
    try bench.command { [whole] in _ = try $0.noteLook(whole, in: $1) }
    #expect(try drifts(bench).suffix(2) == ["drift.resolved - membership", "drift.resolved CHG-1 membership"])
    #expect(try unseen() == [])
  }

  @Test func aMembershipThatIsStillMissingDriftsAnewOnceItsProjectIsGatedAgain() throws {
    let bench = try Bench()
    let services = bench.plan.services
    try bench.command { _ = try $0.noteLook(Self.look(), in: $1) }
    var hidden = FootingLook(instance: "main")
    hidden.isWhole = true
    for told in [["drift.detected - membership"], ["drift.detected - membership", "drift.unwatched - membership"]] {
      for _ in 1...2 { try bench.command { [hidden] in _ = try $0.noteLook(hidden, in: $1) } }
      #expect(try drifts(bench) == told)
      bench.plan.services[0].projects = [.id(31)]
    }
    #expect(try bench.connection.reading(at: bench.now) { try $0.standingDrifts() } == [])
    bench.plan.services = services
    for _ in 1...2 { try bench.command { [hidden] in _ = try $0.noteLook(hidden, in: $1) } }
    #expect(try drifts(bench).suffix(1) == ["drift.detected - membership"] && drifts(bench).count == 3)
    #expect(try bench.connection.reading(at: bench.now) { try $0.standingDrifts() }.map(\.count) == [1])
    // What was mended while nobody looked is no mending that anybody has seen.
    bench.plan.services[0].projects = [.id(31)]
    try bench.command { [hidden] in _ = try $0.noteLook(hidden, in: $1) }
    bench.plan.services = services
    for _ in 1...2 { try bench.command { _ = try $0.noteLook(Self.look(), in: $1) } }
    #expect(try drifts(bench).suffix(1) == ["drift.unwatched - membership"] && drifts(bench).count == 4)
    try bench.checkPromises()
  }

  /// Renamed, moved away or deleted: it is not that the account was taken out of it.
  @Test func aProjectWhosePathAnotherHasNowIsMissedNoMore() throws {
    let bench = try Bench()
    try bench.command { _ = try $0.noteLook(Self.look(), in: $1) }
    var look = FootingLook(instance: "main")
    look.isWhole = true
    try bench.command { [look] in _ = try $0.noteLook(look, in: $1) }
    #expect(try drifts(bench) == ["drift.detected - membership"])
    look.found = [Footing(.init(project: 31, check: .membership), place: "acme/payments/checkout", state: ["level": 30])]
    look.projects = [31: []]
    for _ in 1...2 { try bench.command { [look] in _ = try $0.noteLook(look, in: $1) } }
    #expect(try drifts(bench) == ["drift.detected - membership", "drift.unwatched - membership"])
    #expect(try bench.connection.reading(at: bench.now) { try $0.standingDrifts() } == [])
    // Who means it by its number goes on meaning it.
    bench.plan.services[0].projects = [.id(30)]
    try bench.command { [look] in _ = try $0.noteLook(look, in: $1) }
    #expect(try drifts(bench).suffix(1) == ["drift.detected - membership"] && drifts(bench).count == 3)
    try bench.checkPromises()
  }
}
