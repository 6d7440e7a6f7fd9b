import Glibc
import JSON
import Storage
import TestSupport
import Testing

/// `gatehouse token`: who may call the API, and until when.
@Suite struct TokenVerbTests {
  @Test("a token is shown once, as a line that can be piped; the database has its hash alone")
  func create() async throws {
    try await House.with { house in
      let plain = try await house.command(["token", "create", "--user", "erin", "--role", "viewer", "--expires", "12h"])
      #expect(plain.status == 0)
      let token = String(try #require(plain.output.wholeMatch(of: /(ght_[0-9A-Za-z]{40})\n/)).output.1)
      #expect(plain.errors.contains(/^token tok_[0-9A-Za-z]{16} for erin \(viewer\), until .*; it is not shown again\n$/))

      let run = try await house.command(["token", "create", "--user", "frank", "--role", "auditor", "--json"])
      run.expectDone()
      let json = try #require(run.printed)
      #expect(json.object?.members.map(\.name) == ["id", "token", "user", "role", "expires_at"])
      #expect(json["user"]?.string == "frank")
      #expect(json["role"]?.string == "auditor")
      #expect(json["expires_at"]?.string?.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/) != nil)
      let second = try #require(json["token"]?.string)

      for (user, token, role) in [("erin", token, "viewer"), ("frank", second, "auditor")] {
        for headers in [["Authorization": "Bearer \(token)"], ["PRIVATE-TOKEN": token]] {
          let me = try await house.send(.get, "/api/v1/me", headers: headers)
          #expect(me.status == 200)
          #expect(me.json?["user"]?.string == user, "\(me)")
          #expect(me.json?["role"]?.string == role, "\(me)")
        }
      }
      let hashes = try house.read {
        try $0.connection.query("SELECT length(hash), hash FROM token") { ($0.requiredInteger(0), $0.blob(1)) }
      }
      #expect(hashes.count == 2)
      #expect(hashes.allSatisfy { $0.0 == 32 })
      for name in names(inFolder: house.folder.path) where !name.hasPrefix("run-") {
        let content = bytes(ofFile: house.folder.file(name))
        #expect(!content.contain(token) && !content.contain(second), "\(name) has a token")
      }
      let again = try await house.command(["token", "list"])
      #expect(!again.output.contains("ght_"))
    }
  }

  @Test("list says who, what for, until when, whether it is good, and when it was used last")
  func list() async throws {
    try await House.with { house in
      let empty = try await house.command(["token", "list"])
      empty.expectDone()
      #expect(empty.lines.count == 1)
      for user in ["used", "unused", "revoked", "expired"] { _ = try await house.token(of: user) }
      let ids = try await house.tokenIDs()
      #expect(try await house.send(.get, "/api/v1/me", as: "used").status == 200)
      try await house.command(["token", "revoke", try #require(ids["revoked"])]).expectDone()
      try house.expire("expired")
      // Uses are written down from time to time, and at the end.
      house.signal(SIGTERM)
      let ending = try await house.ending()
      #expect(ending == .exit(0), "\(house.log)")

      let run = try await house.command(["token", "list"])
      run.expectDone()
      let rows = run.lines.map { $0.split(separator: " ", omittingEmptySubsequences: true).map(String.init) }
      #expect(rows.first == ["ID", "USER", "ROLE", "STATE", "EXPIRES", "LAST", "USED"])
      #expect(
        rows.dropFirst().map { Array($0[1...3]) } == [
          ["used", "approver", "valid"], ["unused", "approver", "valid"], ["revoked", "approver", "revoked"],
          ["expired", "approver", "expired"],
        ])
      let uses = rows.dropFirst().map { $0[5] }
      #expect(uses[0].hasSuffix("Z"))
      #expect(uses[1...].allSatisfy { $0 == "never" })
    }
  }

  @Test("a token that is revoked, expired, unknown or none is refused at once, each with its own code, and changes nothing")
  func refused() async throws {
    try await House.with { house in
      let key = try await house.opened(house.deploy())
      for user in ["alice", "bob", "carol"] { #expect(try await house.send(.get, "/api/v1/me", as: user).status == 200) }
      let ids = try await house.tokenIDs()
      let revoke = try await house.command(["token", "revoke", try #require(ids["bob"])])
      revoke.expectDone()
      #expect(revoke.output == "revoked \(ids["bob"] ?? "")\n")
      try house.expire("carol")
      for (user, code) in [("bob", "token_revoked"), ("carol", "token_expired")] {
        let decision = try await house.decide(key, "approved", as: user)
        #expect(decision.status == 401, "\(decision)")
        #expect(decision.code == code)
        #expect(decision.message?.contains("gatehouse token create") == true)
        #expect(decision.header("WWW-Authenticate") == "Bearer")
        let run = try await house.command(["change", "approve", key], as: user)
        run.expectRefusal(1, saying: "gatehouse token create")
      }
      let strangers: [([String: String], Int, String)] = [
        ([:], 401, "token_missing"), (["Authorization": "Bearer"], 401, "token_missing"), (["PRIVATE-TOKEN": ""], 401, "token_missing"),
        (["Authorization": "Basic YTpi"], 401, "token_missing"), (["PRIVATE-TOKEN": HouseSettings.gitLabToken], 401, "token_unknown"),
        (["Authorization": "Bearer ght_" + String(repeating: "a", count: 40)], 401, "token_unknown"),
        (["Authorization": "Bearer a", "PRIVATE-TOKEN": "b"], 400, "token_ambiguous"),
      ]
      for (headers, status, code) in strangers {
        let got = try await house.send(.get, "/api/v1/changes/\(key)", headers: headers)
        #expect(got.status == status, "\(headers): \(got)")
        #expect(got.code == code, "\(headers): \(got)")
        #expect(got.message?.contains("REDACTED") == false, "\(headers): \(got)")
      }
      let change = try await house.change(key)
      #expect(change["gate"]?.string == "awaiting")
      #expect(change["approvals"]?.array == [])
    }
  }

  @Test("what is revoked once, or was never there, cannot be revoked")
  func revokeNothing() async throws {
    try await House.with(serving: false) { house in
      _ = try await house.token(of: "alice")
      try await house.command(["token", "revoke", "tok_unknown"]).expectRefusal(1, saying: "tok_unknown", "gatehouse token list")
      let id = try #require(try await house.tokenIDs()["alice"])
      try await house.command(["token", "revoke", id]).expectDone()
      try await house.command(["token", "revoke", id]).expectRefusal(1, saying: id)
    }
  }

  @Test("a user that can be nobody's name in GitLab is refused, and nothing is made", arguments: ["", "a b", "a\tb", " ", "a\u{1B}[2J"])
  func impossibleUser(_ user: String) async throws {
    try await House.with(serving: false) { house in
      let run = try await house.command(["token", "create", "--user", user])
      run.expectRefusal(2, saying: "GitLab username")
      #expect(try await house.tokenIDs() == [:])
    }
  }

  @Test("making and revoking a token is in the audit log, with the system's user and without the token")
  func audited() async throws {
    try await House.with(serving: false) { house in
      let token = try await house.token(of: "alice")
      let id = try #require(try await house.tokenIDs()["alice"])
      _ = try await house.command(["token", "revoke", id])
      let export = try await house.command(["audit", "export"])
      let entries = export.lines.compactMap { try? JSONValue.parse(Array($0.utf8)) }
      #expect(entries.map { $0["action"]?.string } == ["token.created", "token.revoked"])
      #expect(entries.allSatisfy { $0["detail"]?["token"]?.string == id && $0["detail"]?["user"]?.string == "alice" })
      #expect(!export.output.contains(token))
      // Whoever logged in; where nobody did, as in a container, whoever runs this.
      let user = try await Program.shell(
        "user=$(cat /proc/self/loginuid 2>/dev/null || id -u); [ \"$user\" != 4294967295 ] || user=$(id -u); id -un \"$user\"",
        in: house.folder)
      let name = try #require(user.lines.first)
      #expect(entries.allSatisfy { $0["actor"]?.string == "command line (\(name))" }, "\(export.output)")
      try await house.command(["audit", "verify"]).expectDone()
    }
  }
}

extension House {
  /// The ids of the tokens, by the names of whose they are.
  fileprivate func tokenIDs() async throws -> [String: String] {
    let rows = try read { try $0.tokens() }
    return Dictionary(rows.map { ($0.user, $0.id) }) { $1 }
  }

  /// Lets time go by for one token.
  fileprivate func expire(_ user: String) throws {
    let connection = try Connection(path: database, access: .readWrite)
    try connection.execute("UPDATE token SET expires_at = created_at + 1 WHERE user = ?", user)
  }
}
