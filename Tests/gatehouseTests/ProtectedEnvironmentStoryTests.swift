import GitLabSimulator
import Glibc
import HTTPTypes
import JSON
import Testing

/// The built server between a client of GitLab's protected environments API and GitLab: over sockets, with a token that the service account does not have.
@Suite struct ProtectedEnvironmentStoryTests {
  static let adminToken = "glpat-of-a-maintainer-6Zq1"
  static let project = "/api/v4/projects/acme%2Fpayments%2Fcheckout/protected_environments"
  static let body: JSONValue = [
    "name": "review/feature-x", "deploy_access_levels": [["access_level": 40]], "approval_rules": [["user_id": 97]],
  ]

  /// The service account is a Developer, who may not administer protected environments; olu's token may.
  static var settings: HouseSettings {
    var settings = HouseSettings()
    settings.gitlab = "admin_token: {env: STORY_ADMIN_TOKEN}"
    return settings.beginning { world in
      let olu = world.users.all.first { $0.username == "olu" }?.id ?? 0
      world.tokens.insert(
        World.PersonalAccessToken(id: 777, userID: olu, secret: adminToken, name: "admin", createdAt: systemTime()))
    }
  }

  @Test("read, protected, changed and unprotected, as GitLab does it, and every step is in the audit log")
  func wholeLife() async throws {
    try await House.with(Self.settings) { house in
      let list = try await house.send(.get, Self.project, as: "audrey")
      #expect(list.status == 200 && list.json?.array?.compactMap { $0["name"]?.string } == ["production", "staging"], "\(list)")
      #expect(try await house.send(.get, Self.project, as: "vera").status == 403)
      let made = try await house.send(.post, Self.project, as: "adam", body: Self.body)
      #expect(made.status == 201, "\(made)")
      let one = Self.project + "/review%2Ffeature-x"
      let changed = try await house.send(.put, one, as: "adam", body: ["deploy_access_levels": [["access_level": 60]]])
      #expect(changed.status == 200 && changed.json?["deploy_access_levels"]?.array?.count == 2, "\(changed)")
      let gone = try await house.send(.delete, one, as: "adam")
      #expect(gone.status == 204 && gone.text.isEmpty)
      let refused = try await house.send(
        .post, Self.project, as: "adam", body: ["name": "x", "deploy_access_levels": [["user_id": 4_711]]])
      #expect(refused.status == 422 && refused.text.contains("user_id 4711 is no member"), "\(refused)")
      let entries = try await house.get("/api/v1/audit?limit=100", as: "audrey")["entries"]?.array ?? []
      let actions = entries.compactMap { $0["action"]?.string }.filter { $0.hasPrefix("protected_environment.") }
      #expect(
        actions.map { $0.dropFirst("protected_environment.".count) } == [
          "requested", "protected", "requested", "updated", "requested", "unprotected",
        ])
      try await house.command(["audit", "verify"]).expectDone()
      for text in [house.log, entries.map(\.text).joined(), house.answers.map { String(decoding: $0.body, as: UTF8.self) }.joined()] {
        #expect(!text.contains(Self.adminToken))
      }
    }
  }

  /// Beyond the five seconds for which the server asks.
  static let tooLate: Duration = .seconds(6)

  @Test("GitLab away, slow or lost on the way: a clear answer in GitLab's shape, and nothing is done twice")
  func trouble() async throws {
    try await House.with(Self.settings) { house in
      house.gitlab.with { $0.faults.append(Fault(.resetAfterEffect, on: "POST", "projects/*/protected_environments")) }
      let settled = try await house.send(.post, Self.project, as: "adam", body: Self.body)
      #expect(settled.status == 201, "\(settled)")
      // Longer than GitLab is asked: nothing is sent after that.
      house.gitlab.with { $0.faults.append(Fault(.delay(Self.tooLate), on: "GET", "projects/*")) }
      let slow = try await house.send(.delete, Self.project + "/staging", as: "adam")
      #expect(slow.status == 504 && slow.json?["message"]?.string?.contains("nothing was changed") == true, "\(slow)")
      #expect(house.gitlab.with { $0.protections.all.contains { $0.name == "staging" } })
      await house.gitLabStops()
      let away = try await house.send(.get, Self.project, as: "audrey")
      #expect(away.status == 502 && away.json?["message"]?.string?.hasPrefix("502 Bad Gateway - GitLab main") == true, "\(away)")
      #expect(!away.text.contains("internal_error"))
    }
  }

  @Test("a process that dies between asking and hearing leaves the entry of what was asked for, and the next reads back what came of it")
  func crash() async throws {
    try await House.with(Self.settings) { house in
      house.gitlab.with { $0.faults.append(Fault(.hangAfterEffect, on: "POST", "projects/*/protected_environments")) }
      let token = try await house.token(of: "adam")
      async let answer: Got = house.send(.post, Self.project, as: "adam", body: Self.body)
      _ = try await eventually("GitLab to be asked") { () -> Sighting<Bool> in
        house.gitlab.with { $0.protections.all.contains { $0.name == "review/feature-x" } } ? .found(true) : .notYet("not yet")
      }
      house.crash()
      _ = try? await answer
      _ = try await house.ending()
      try await house.start()
      let entries = try await house.get("/api/v1/audit?action=protected_environment.requested", as: "audrey")["entries"]?.array ?? []
      #expect(entries.count == 1 && entries[0]["detail"]?["name"]?.string == "review/feature-x" && !token.isEmpty)
      let settled = try await eventually("what came of it") { () -> Sighting<JSONValue> in
        let entries = try await house.get("/api/v1/audit?action=protected_environment.protected", as: "audrey")["entries"]?.array ?? []
        return entries.first.map(Sighting.found) ?? .notYet(house.log)
      }
      #expect(settled["actor"]?.string == "adam" && settled["detail"]?["settled_later"]?.bool == true, "\(settled)")
      #expect(settled["detail"]?["request_id"] == entries[0]["detail"]?["request_id"])
      #expect(settled["detail"]?["after"]?["name"]?.string == "review/feature-x")
      try await house.command(["audit", "verify"]).expectDone()
      #expect(try await house.send(.get, Self.project + "/review%2Ffeature-x", as: "audrey").status == 200)
    }
  }

  @Test("the command line does what the API does, in words that a person reads")
  func verbs() async throws {
    try await House.with(Self.settings) { house in
      let place = ["--project", "acme/payments/checkout"]
      let verb = "protected-environment"
      let list = try await house.command([verb, "list"] + place, as: "audrey")
      list.expectDone()
      for words in ["production\n", "may deploy    Maintainers (access_level 40)", "must approve  Change Gateway (user_id 97), 1 approval"]
      {
        #expect(list.output.contains(words), "\(list.output)")
      }
      let file = house.folder.file("body.json")
      write(Self.body.text, toFile: file)
      let made = try await house.command([verb, "protect", "review/feature-x", "--body", "@" + file] + place, as: "adam")
      made.expectDone()
      #expect(made.output.hasPrefix("review/feature-x\n"), "\(made.output)")
      let got = try await house.command([verb, "get", "review/feature-x", "--json", "--instance", "main"] + place, as: "audrey")
      #expect(got.printed?["name"]?.string == "review/feature-x")
      let rule = got.printed?["approval_rules"]?.array?.first?["id"]?.integer ?? 0
      let raised = try await house.command(
        [verb, "update", "review/feature-x", "--body", #"{"approval_rules":[{"id":\#(rule),"user_id":97,"required_approvals":3}]}"#]
          + place,
        as: "adam")
      #expect(raised.output.contains("3 approvals") && raised.errors.isEmpty, "\(raised)")
      let lowered = try await house.command(
        [verb, "update", "review/feature-x", "--body", #"{"approval_rules":[{"id":\#(rule),"user_id":97}]}"#] + place, as: "adam")
      #expect(lowered.status == 0, "\(lowered)")
      #expect(lowered.errors.contains("warning: approval rule \(rule) now needs 1 approval, it was 3"), "\(lowered)")
      try await house.command([verb, "unprotect", "review/feature-x"] + place, as: "audrey").expectRefusal(1, saying: "auditor", "admin")
      let gone = try await house.command([verb, "unprotect", "review/feature-x"] + place, as: "adam")
      gone.expectDone()
      #expect(gone.output == "review/feature-x is not protected any more\n")
      for arguments in [["get"], ["unprotect"], ["update", "--body", #"{"deploy_access_levels": [{"access_level": 40}]}"#]] {
        try await house.command([verb, arguments[0], "review/feature-x"] + arguments.dropFirst() + place, as: "adam").expectRefusal(
          1, saying: "404 Not found", "no environment 'review/feature-x' is protected", "`gatehouse protected-environment list --project")
      }
      try await house.command([verb, "protect", "x", "--body", #"{"deploy_access_levels":[{"user_id":4711}]}"#] + place, as: "adam")
        .expectRefusal(1, saying: "user_id 4711 is no member", "nothing was sent")
      try await house.command([verb, "list", "--group", "acme/other"], as: "adam").expectRefusal(1, saying: "404 Group Not Found")
      try await house.command([verb, "list", "--project", "99"], as: "adam")
        .expectRefusal(1, saying: "404 Project Not Found", "see that the number or path is right", "`projects`", "admin_token")
      try await house.command([verb, "list"], as: "adam").expectRefusal(2, saying: "--project or --group")
      try await house.command([verb, "protect", "x", "--body", "{"] + place, as: "adam").expectRefusal(2, saying: "--body is not JSON")
      try await house.command([verb, "protect", "x", "--body", "@" + house.folder.file("none")] + place, as: "adam")
        .expectRefusal(2, saying: "there is no such file")
      try await house.command([verb, "protect", "x", "--body", #"{"name":"y"}"#] + place, as: "adam").expectRefusal(
        2, saying: "another environment")
    }
  }

  @Test("where GitLab takes the admin_token no more, that is the one that is said to be replaced") func revokedAdminToken() async throws {
    try await House.with(Self.settings) { house in
      house.gitlab.with { $0.tokens[777].isRevoked = true }
      let list = try await house.send(.get, Self.project, as: "audrey")
      #expect(list.status == 502 && list.text.contains("does not know the token in admin_token"), "\(list)")
      #expect(!list.text.contains("give the service account") && !list.text.contains(Self.adminToken), "\(list)")
    }
  }
}
