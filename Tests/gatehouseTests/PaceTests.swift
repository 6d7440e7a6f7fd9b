import Testing

@testable import gatehouse

/// A look at GitLab leaves it time for what decisions need.
@Suite struct PaceTests {
  @Test("as much as a burst goes at once, and then ten a second; what was not used comes again, no more than once") func pace() {
    let began = ContinuousClock.now
    var pace = Pace(at: began)
    for _ in 1...Pace.burst { #expect(pace.wait(at: began) == .zero) }
    #expect(pace.wait(at: began) == Pace.interval)
    #expect(pace.wait(at: began) == Pace.interval * 2)
    // Those have waited, and nothing was sent since.
    let later = began + .seconds(1)
    for _ in 1...8 { #expect(pace.wait(at: later) == .zero) }
    #expect(pace.wait(at: later) == Pace.interval)
    let muchLater = began + .seconds(3_600)
    for _ in 1...Pace.burst { #expect(pace.wait(at: muchLater) == .zero) }
    #expect(pace.wait(at: muchLater) == Pace.interval)
  }
}
