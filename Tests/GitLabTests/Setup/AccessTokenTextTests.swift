import JSON
import Testing

@testable import GitLab

/// How people are told of an access token.
@Suite struct AccessTokenTextTests {
  @Test("its last use is told where GitLab tells it, and not made up where it does not") func lastUse() throws {
    let bare: JSONValue = ["id": 11, "name": "gate", "scopes": ["api"], "created_at": "2026-11-22T10:00:00Z"]
    var told = try #require(bare.object)
    told["last_used_at"] = .null
    let (silent, never) = try (#require(bare.accessToken), #require(JSONValue.object(told).accessToken))
    #expect(silent.text == "access token gate (id 11, made 2026-11-22)")
    #expect(never.text == "access token gate (id 11, made 2026-11-22, last used never)")
    told["last_used_at"] = "2026-11-23T10:00:00Z"
    #expect(JSONValue.object(told).accessToken?.text == "access token gate (id 11, made 2026-11-22, last used 2026-11-23)")
  }
}
