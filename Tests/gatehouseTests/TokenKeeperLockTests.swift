import Calendar
import Configuration
import TestSupport
import Testing

@testable import gatehouse

/// A server that would look after its access token while somebody at a terminal, or another gate, is at work on it.
@Suite struct TokenKeeperLockTests {
  @Test("the pause grows from a minute to a quarter of an hour, however long it lasts") func pauses() {
    let minutes = (0...6).map { TokenKeeper.lockPause(after: $0).components.seconds / 60 }
    #expect(minutes == [1, 2, 4, 8, 15, 15, 15] && TokenKeeper.lockPause(after: 1_000_000) == .seconds(900))
  }

  @Test("a pause that was reckoned while the clock was ahead ends once it is set right") func clockSet() {
    let now = Instant(milliseconds: 1_790_000_000_000)
    func isDue(in pause: Duration) -> Bool {
      TokenKeeper.Watch(notice: .zero, token: "", nextAsk: now + pause).isDue(at: now)
    }
    #expect(isDue(in: .zero) && !isDue(in: .seconds(1)) && !isDue(in: TokenKeeper.askEvery))
    #expect(isDue(in: TokenKeeper.askEvery + .seconds(1)) && isDue(in: .seconds(315_360_000)))
  }

  @Test("whoever has the lock has soon ended: it is tried again within minutes, and nothing counts as tried") func soon() async throws {
    try await TokenKeeperTests.with { house, _ in
      let configuration = try Configuration.load(path: house.configurationFile, environment: [:])
      let theirs = try SetupLock(databasePath: house.database)
      let (_, lines) = try await TokenKeeperTests.keep(configuration) { _, lines in lines.all.contains { $0.contains("is at work") } }
      withExtendedLifetime(theirs) {
        let line = lines.all.first { $0.contains("is at work") } ?? ""
        let next = line.firstMatch(of: /next=(\S+)/).flatMap { Instant(iso8601: $0.output.1) }
        #expect(next.map { $0 <= systemTime() + .seconds(900) } == true && !line.contains("was not rotated"), "\(line)")
      }
    }
  }
}
