import ChangeControl
import HTTPTypes
import JSON
import Storage
import Testing

@testable import Web

/// What is told of events, and to whom.
@Suite struct EventTests {
  let house: House

  init() throws {
    house = try House()
    try house.deployment(.blocked(1))
    try house.deployment(.blocked(2))
    house.send(.post, "/api/v1/changes/CHG-1/approval", as: "alice", body: #"{"status":"rejected","comment":"line one\nline two"}"#)
  }

  private var head: Int64 { get throws { try house.connection.reading(at: house.now) { try $0.auditHead().seq } } }

  private func events(after seq: Int64, limit: Int = 100) throws -> ChangeEvents {
    try house.connection.reading(at: house.now) { try house.application.events(after: seq, limit: limit, in: $0) }
  }

  private func subscribe(_ query: String = "", as user: String = "vera", lastID: String? = nil) throws -> Subscription? {
    var fields: HTTPFields = [:]
    if let lastID { fields[try #require(HTTPField.Name("Last-Event-ID"))] = lastID }
    let response = house.send(.get, "/api/v1/events\(query)", as: user, fields: fields)
    return response.status == .ok ? house.subscription : nil
  }

  @Test func eachEntryOfAChangeIsOneEvent() throws {
    let found = try events(after: 0)
    let texts = found.events.map { String(decoding: $0.bytes, as: UTF8.self) }
    let names = texts.compactMap { $0.firstMatch(of: #/event: (\w+)/#).map { String($0.1) } }
    #expect(names.filter { $0 == "opened" }.count == 2)
    #expect(names.filter { $0 == "decided" }.count == 1)
    #expect(Set(names) == ["opened", "decided", "changed"])
    #expect(found.through == (try head))
    // The tokens of the house have entries too, which are nobody's business here.
    #expect(found.events.count == names.count)
    #expect(found.events.count + House.people.count == Int(found.through))
  }

  /// WHATWG HTML §9.2.6: a line break inside the data would end it.
  @Test func anEventIsThreeLinesWhateverPeopleWrite() throws {
    let found = try events(after: 0)
    let rejection = try #require(found.events.first { String(decoding: $0.bytes, as: UTF8.self).contains("line two") })
    let lines = String(decoding: rejection.bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.count == 5)
    #expect(lines[0] == "id: \(rejection.id)")
    #expect(lines[1] == "event: changed")
    let data = try JSONValue.parse(Array(lines[2].dropFirst("data: ".count).utf8))
    #expect(data["change"] == "CHG-1")
    #expect(data["action"] == "approval.recorded")
    #expect(data["actor"] == "alice")
    #expect(data["gate"] == "prevented")
    #expect(data["id"]?.integer == rejection.id)
    #expect(lines[3...] == ["", ""])
  }

  @Test func aPageSaysThatMoreMayFollow() throws {
    let first = try events(after: 0, limit: 10)
    #expect(first.isPage)
    #expect(first.through == 10)
    let rest = try events(after: 10)
    #expect(!rest.isPage)
    #expect(first.events.count + rest.events.count == (try events(after: 0)).events.count)
  }

  /// Whoever follows one change does not have the whole log read.
  @Test func theEventsOfOneChangeAreFoundAtOnce() throws {
    let found = try house.connection.reading(at: house.now) { try house.application.events(after: 0, of: 1, limit: 2, in: $0) }
    #expect(found.events.map(\.change) == [1, 1])
    #expect(found.through == found.events.last?.id)
    let rest = try house.connection.reading(at: house.now) { try house.application.events(after: 0, of: 2, limit: 100, in: $0) }
    #expect(Set(rest.events.map(\.change)) == [2])
    #expect(rest.through == (try head))
  }

  @Test func whoSaysNothingHearsWhatComesFromNowOn() throws {
    let subscription = try #require(try subscribe())
    #expect(subscription.after == (try head))
    #expect(String(decoding: subscription.opening, as: UTF8.self) == "retry: 2000\nid: \(try head)\n\n")
    #expect(subscription.head.headerFields[.contentType] == "text/event-stream")
    #expect(subscription.head.headerFields[.cacheControl] == "no-store")
  }

  @Test func whoComesBackHearsWhatWasMissed() throws {
    #expect(try subscribe(lastID: "3")?.after == 3)
    #expect(try subscribe(lastID: "0")?.after == 0)
  }

  /// A database that was restored is behind what the client has heard.
  @Test func whoKnowsOfAnotherHistoryIsTold() throws {
    let subscription = try #require(try subscribe(lastID: "999999"))
    #expect(subscription.after == (try head))
    #expect(String(decoding: subscription.opening, as: UTF8.self).contains("event: reset\n"))
  }

  @Test(arguments: ["-1", "+1", "1.0", "seven", "1 2", "9999999999999999999"])
  func anIDThatIsNoneOfOursIsRefused(_ id: String) throws {
    var fields: HTTPFields = [:]
    fields[try #require(HTTPField.Name("Last-Event-ID"))] = id
    let response = house.send(.get, "/api/v1/events", as: "vera", fields: fields)
    #expect(response.status == .badRequest)
    #expect(response.code == "malformed_last_event_id")
  }

  @Test func onlyThoseWithATokenMayListen() throws {
    #expect(house.send(.get, "/api/v1/events").code == "token_missing")
    #expect(try subscribe()?.token != nil)
  }

  @Test func oneChangeCanBeFollowed() throws {
    #expect(try subscribe("?change=CHG-2")?.change == 2)
    #expect(house.send(.get, "/api/v1/events?change=CHG-99", as: "vera").status == .notFound)
    #expect(house.send(.get, "/api/v1/events?changes=CHG-1", as: "vera").code == "unknown_parameter")
  }

  @Test func revokedTokensAreToldWithTheEvents() throws {
    let token = try #require(try subscribe()).token
    #expect(try events(after: 0).revokedTokens == [])
    try house.write { _ = try Tokens.revoke(id: token, by: "test", in: $0) }
    #expect(try events(after: 0).revokedTokens == [token])
  }
}

/// The events that are kept at hand.
@Suite struct RecentEventTests {
  private func event(_ id: Int64, of change: Int64 = 1, bytes: Int = 8) -> ChangeEvent {
    ChangeEvent(id: id, change: change, bytes: [UInt8](repeating: UInt8(truncatingIfNeeded: id), count: bytes))
  }

  private func found(_ events: [ChangeEvent], through: Int64? = nil) -> ChangeEvents {
    ChangeEvents(events: events, through: through ?? events.last?.id ?? 0, isPage: false, revokedTokens: [])
  }

  @Test func tellsWhatComesAfter() {
    var recent = RecentEvents(after: 10)
    #expect(recent.news(after: 10, of: nil) == .silence)
    recent.keep(found([event(11), event(13)], through: 14))
    #expect(recent.news(after: 10, of: nil) == .events(event(11).bytes + event(13).bytes, through: 14))
    #expect(recent.news(after: 11, of: nil) == .events(event(13).bytes, through: 14))
    #expect(recent.news(after: 12, of: nil) == .events(event(13).bytes, through: 14))
    #expect(recent.news(after: 13, of: nil) == .events([], through: 14))
    #expect(recent.news(after: 14, of: nil) == .silence)
    #expect(recent.news(after: 9, of: nil) == .passed)
  }

  @Test func leavesOutOtherChanges() {
    var recent = RecentEvents(after: 0)
    recent.keep(found([event(1, of: 1), event(2, of: 2)]))
    #expect(recent.news(after: 0, of: 2) == .events(event(2).bytes, through: 2))
    #expect(recent.news(after: 0, of: 3) == .events([], through: 2))
  }

  @Test func letsGoOfTheOldest() {
    var recent = RecentEvents(after: 0)
    for start in stride(from: Int64(1), through: 1_000, by: 100) { recent.keep(found((start..<start + 100).map { event($0) })) }
    #expect(recent.news(after: 1, of: nil) == .passed)
    #expect(recent.news(after: 999, of: nil) == .events(event(1_000).bytes, through: 1_000))
    // Their bytes are bounded too.
    recent.keep(found([event(1_001, bytes: 900_000), event(1_002, bytes: 900_000)]))
    #expect(recent.news(after: 1_000, of: nil) == .passed)
    #expect(recent.news(after: 1_001, of: nil) == .events(event(1_002, bytes: 900_000).bytes, through: 1_002))
  }

  @Test func tellsNoMoreThanAPieceAtOnce() {
    var recent = RecentEvents(after: 0)
    recent.keep(found((1...10).map { event($0, bytes: 10_000) }))
    guard case .events(let bytes, let through) = recent.news(after: 0, of: nil) else {
      Issue.record("nothing is told")
      return
    }
    #expect(bytes.count == 40_000)
    #expect(through == 4)
  }
}
