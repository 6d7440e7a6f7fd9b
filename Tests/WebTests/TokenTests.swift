import Calendar
import ChangeControl
import Glibc
import HTTPTypes
import JSON
import Storage
import TestSupport
import Testing
import Web

/// Who is let in, and what is kept of a token.
@Suite struct TokenTests {
  let house: House

  init() throws { house = try House() }

  private static let privateToken = HTTPField.Name("PRIVATE-TOKEN")!

  private func me(_ fields: HTTPFields) -> (status: Int, code: String?, user: String?) {
    let response = house.send(.get, "/api/v1/me", fields: fields)
    return (response.status.code, response.code, response.json["user"]?.string)
  }

  @Test func bothHeadersAreTaken() throws {
    let token = try #require(house.tokens["alice"])
    #expect(me([.authorization: "Bearer \(token)"]) == (200, nil, "alice"))
    #expect(me([.authorization: "bearer   \(token)"]) == (200, nil, "alice"))
    #expect(me([TokenTests.privateToken: token]) == (200, nil, "alice"))
    #expect(me([.authorization: "Bearer \(token)", TokenTests.privateToken: token]) == (200, nil, "alice"))
    #expect(me([.authorization: "Basic YTpi", TokenTests.privateToken: token]) == (200, nil, "alice"))
  }

  @Test func twoTokensAreAmbiguous() throws {
    let alice = try #require(house.tokens["alice"])
    let bob = try #require(house.tokens["bob"])
    #expect(me([.authorization: "Bearer \(alice)", TokenTests.privateToken: bob]) == (400, "token_ambiguous", nil))
    var fields = HTTPFields()
    fields.append(HTTPField(name: .authorization, value: "Bearer \(alice)"))
    fields.append(HTTPField(name: .authorization, value: "Bearer \(bob)"))
    #expect(me(fields) == (400, "token_ambiguous", nil))
  }

  @Test func whatIsNoTokenOfOursIsRefused() throws {
    let alice = try #require(house.tokens["alice"])
    #expect(me([:]) == (401, "token_missing", nil))
    #expect(me([.authorization: "Bearer "]) == (401, "token_missing", nil))
    #expect(me([.authorization: "Basic \(alice)"]) == (401, "token_missing", nil))
    #expect(me([.authorization: "Bearer glpat-0123456789"]) == (401, "token_unknown", nil))
    #expect(me([.authorization: "Bearer ght_" + String(repeating: "A", count: 40)]) == (401, "token_unknown", nil))
    #expect(me([.authorization: "Bearer \(alice)x"]) == (401, "token_unknown", nil))
    #expect(me([.authorization: "Bearer \(alice.dropLast())"]) == (401, "token_unknown", nil))
    #expect(me([.authorization: "Bearer \(alice) \(alice)"]) == (401, "token_unknown", nil))
  }

  @Test func aTokenEndsWithItsLife() throws {
    let token = try house.token("zoe", .viewer, life: .seconds(60))
    house.now = House.start + .milliseconds(59_999)
    #expect(me([TokenTests.privateToken: token]).status == 200)
    house.now = House.start + .seconds(60)
    #expect(me([TokenTests.privateToken: token]) == (401, "token_expired", nil))
  }

  @Test func aRevokedTokenIsRefusedAtOnce() throws {
    let id = try #require(house.send(.get, "/api/v1/me", as: "alice").json["token"]?["id"]?.string)
    #expect(try house.connection.transaction(at: house.now) { try Tokens.revoke(id: id, by: "root", in: $0) })
    let response = house.send(.get, "/api/v1/me", as: "alice")
    #expect(response.status == .unauthorized)
    #expect(response.code == "token_revoked")
    #expect(response["WWW-Authenticate"] == "Bearer")
    let entry = try #require(try house.auditEntries(.tokenRevoked).first)
    #expect(entry.actor == "root")
    #expect(entry.detail.contains(id))

    let before = try house.rowCounts()
    #expect(try house.connection.transaction(at: house.now) { try !Tokens.revoke(id: id, by: "root", in: $0) })
    #expect(try house.connection.transaction(at: house.now) { try !Tokens.revoke(id: "tok_none", by: "root", in: $0) })
    #expect(try house.rowCounts() == before)
  }

  @Test func theTextOfATokenIsKeptNowhere() throws {
    let made = try house.connection.transaction(at: house.now) {
      try Tokens.create(user: "frank", role: .admin, expiresIn: .seconds(3_600), by: "root", in: $0)
    }
    #expect(made.token.wholeMatch(of: /ght_[0-9A-Za-z]{40}/) != nil)
    #expect(made.record.id.hasPrefix("tok_"))
    #expect(made.record.expiresAt == house.now + .seconds(3_600))
    #expect(!"\(made)".contains(made.token))
    _ = house.send(.get, "/api/v1/me", fields: [TokenTests.privateToken: made.token])
    let files = try bytes(of: house.path) + bytes(of: house.path + "-wal")
    #expect(files.count > 4_096)
    #expect(files.firstRange(of: Array(made.record.id.utf8)) != nil)
    #expect(files.firstRange(of: Array(made.token.utf8)) == nil)
    #expect(files.firstRange(of: Array(made.token.utf8.dropFirst(4))) == nil)
    let entry = try #require(try house.auditEntries(.tokenCreated).last)
    #expect(entry.actor == "root")
    #expect(entry.detail.contains(made.record.id))
    #expect(!entry.detail.contains("ght_"))
  }

  @Test func aSeededGeneratorGivesTheSameTokenAndADifferentOneAnother() throws {
    func made(_ seed: UInt64) throws -> String {
      var generator = SeededGenerator(seed: seed)
      return try House().connection.transaction(at: House.start) {
        try Tokens.create(user: "x", role: .viewer, expiresIn: .seconds(60), by: "t", random: &generator, in: $0).token
      }
    }
    #expect(try made(1) == made(1))
    #expect(try made(1) != made(2))
  }

  @Test(arguments: ["", "two words", "tab\tbed", "nul\0", "line\nbreak", "@alice", String(repeating: "a", count: 256)])
  func aNameThatCannotBeIsRefused(_ user: String) throws {
    let before = try house.rowCounts()
    let refusal = #expect(throws: Refusal.self) {
      try house.connection.transaction(at: house.now) {
        _ = try Tokens.create(user: user, role: .viewer, expiresIn: .seconds(60), by: "root", in: $0)
      }
    }
    #expect(refusal?.code == "invalid_user")
    #expect(try house.rowCounts() == before)
  }

  @Test(arguments: [Duration.seconds(0), .seconds(59), .seconds(-60), .seconds(367 * 86_400)])
  func aLifeThatCannotBeIsRefused(_ life: Duration) throws {
    let refusal = #expect(throws: Refusal.self) { try house.token("zoe", .viewer, life: life) }
    #expect(refusal?.code == "invalid_expiry")
  }

  @Test func usesAreNotedAndTakenOnce() throws {
    _ = house.uses.take()
    house.send(.get, "/api/v1/me", as: "alice")
    house.now = House.start + .seconds(5)
    let id = try #require(house.send(.get, "/api/v1/me", as: "alice").json["token"]?["id"]?.string)
    house.send(.get, "/api/v1/me", fields: [.authorization: "Bearer ght_" + String(repeating: "A", count: 40)])
    house.send(.get, "/healthz")
    let uses = house.uses.take()
    #expect(uses.map(\.id) == [id])
    #expect(uses.map(\.instant) == [House.start + .seconds(5)])
    #expect(house.uses.take().isEmpty)
    try house.write { for use in uses { try $0.noteTokenUse(id: use.id, at: use.instant) } }
    let me = house.send(.get, "/api/v1/me", as: "alice").json
    #expect(me["token"]?["last_used_at"]?.string == (House.start + .seconds(5)).iso8601)
  }

  @Test func meTellsWhoTheTokenIs() throws {
    let me = house.send(.get, "/api/v1/me", as: "alice").json
    #expect(me["user"] == "alice")
    #expect(me["role"] == "approver")
    #expect(me["groups"] == ["release-managers"])
    #expect(me["token"]?["expires_at"]?.string == (House.start + .seconds(86_400)).iso8601)
    #expect(me["token"]?["last_used_at"] == .null)
    #expect(house.send(.get, "/api/v1/me", as: "vera").json["groups"]?.array == [])
  }

  private func bytes(of path: String) throws -> [UInt8] {
    let file = try #require(fopen(path, "r"))
    defer { fclose(file) }
    var all: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = fread(&buffer, 1, buffer.count, file)
      if count == 0 { return all }
      all += buffer[..<count]
    }
  }
}
