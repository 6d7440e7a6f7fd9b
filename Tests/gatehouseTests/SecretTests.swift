import GitLabSimulator
import Glibc
import HTTPMessages
import HTTPTypes
import JSON
import Testing

/// Whole stories at the loudest log level, told by people who put secrets where they do not belong; then every place is searched where
/// one could have been left.
@Suite struct SecretTests {
  static let kinds = HouseSettings.kinds.dropFirst().map { settings in
    var settings = settings
    settings.logLevel = "debug"
    settings.reconcileEvery = "1s"
    return settings
  }

  /// The one that a new file brings while the server runs.
  static let rotatedToken = "glpat-rotated-9Zq4TfUeXw"

  @Test("no secret is left anywhere", arguments: kinds)
  func nowhere(_ settings: HouseSettings) async throws {
    try await House.with(settings) { house in
      let decided = try await house.decideTwo()
      try await house.meetUnfriendlyAnswers()
      try await house.useWrongTokens(decided)
      try await house.sendStrangeHooks()
      try await house.reload()
      try await house.useEveryVerb()
      try house.expectPrivateFiles()
      house.signal(SIGTERM)
      let ending = try await house.ending()
      #expect(ending == .exit(0))
      try await house.expectNoSecrets()
    }
  }

  @Test("a command line with a secret in the wrong place does not repeat it")
  func commandLine() async throws {
    try await House.with(serving: false) { house in
      let token = try await house.token(of: "alice")
      let revoke = try await house.command(["token", "revoke", token])
      revoke.expectRefusal(2, saying: "gatehouse token list")
      #expect(!revoke.errors.contains(token))
    }
  }
}

extension House {
  /// One approved, one rejected; one with a commit whose title has the token in it.
  fileprivate func decideTwo() async throws -> [String] {
    let first = deploy("Use \(HouseSettings.gitLabToken) in the script")
    let second = deploy()
    let keys = [try await opened(first), try await opened(second)]
    #expect(try await decide(keys[0], "approved", as: "alice").status == 201)
    #expect(try await decide(keys[1], "rejected", as: "bob", comment: "not before the release").status == 201)
    try await change(keys[0], reaches: "Deployed")
    try await callback("reject", of: keys[1], becomes: "delivered")
    return keys
  }

  /// GitLab, or what stands before it, throws back what it was sent.
  fileprivate func meetUnfriendlyAnswers() async throws {
    let echo = "PRIVATE-TOKEN: \(HouseSettings.gitLabToken)"
    let json = ["Content-Type": "application/json"]
    let faults: [Fault.Action] = [
      .answer(status: 401, headers: json, body: #"{"message":"401 Unauthorized, you sent \#(echo)"}"#),
      .answer(status: 403, headers: json, body: #"{"error":"insufficient_scope","error_description":"\#(echo)"}"#),
      .answer(status: 400, headers: json, body: #"{"message":{"token":["\#(echo)"]}}"#),
      .answer(status: 404, headers: json, body: #"{"message":"404 nothing for \#(echo)"}"#),
      .answer(status: 429, headers: ["Retry-After": "1"], body: echo),
      .answer(status: 500, headers: ["Content-Type": "text/plain"], body: echo),
      .answer(status: 502, headers: ["Content-Type": "text/html"], body: "<html>\(echo)</html>"),
      .answer(status: 302, headers: ["Location": "http://127.0.0.1:1/?private_token=\(HouseSettings.gitLabToken)"]),
      .answer(status: 200, headers: json, body: #"{"id":"\#(echo)"}"#), .answer(status: 200, headers: json, body: echo),
      .resetAfterEffect, .truncate, .garble,
    ]
    for fault in faults {
      let pipeline = deploy("Meet \(fault)".filter { !"{}\"".contains($0) }.replacing(HouseSettings.gitLabToken, with: "it"))
      let key = try await opened(pipeline)
      gitlab.with { $0.faults = [Fault(fault, on: "POST", "projects/*/deployments/\(pipeline.deploymentID)/approval")] }
      #expect(try await decide(key, "approved", as: "alice").status == 201)
      try await eventually("the fault to strike") { self.gitlab.with { $0.requests.entries.contains { $0.fault == fault } } }
      gitlab.with { $0.faults = [Fault(fault, on: "GET", times: 2)] }
      try await eventually("the fault to strike a question") { self.gitlab.with { $0.faults.allSatisfy { $0.times == 0 } } }
      gitlab.with { $0.faults = [] }
    }
  }

  /// Tokens that are none, and tokens where none belongs.
  fileprivate func useWrongTokens(_ keys: [String]) async throws {
    let token = try await token(of: "alice")
    let gitLabToken = HouseSettings.gitLabToken
    for headers in [
      ["Authorization": "Bearer \(gitLabToken)"], ["PRIVATE-TOKEN": gitLabToken], ["Authorization": "Basic \(token)"],
      ["Authorization": "Bearer \(token)x"], ["Authorization": "Bearer \(token)", "PRIVATE-TOKEN": gitLabToken],
      ["Cookie": "session=\(token)"], ["X-Gitlab-Token": HouseSettings.webhookToken],
    ] {
      #expect(try await send(.get, "/api/v1/changes/\(keys[0])", headers: headers).status / 100 == 4)
    }
    for path in ["/api/v1/changes?private_token=\(token)", "/api/v1/changes?\(token)", "/api/v1/changes/\(token)", "/\(token)"] {
      #expect(try await send(.get, path, as: "alice").status / 100 == 4, "\(path)")
    }
    let body = try await send(.post, "/api/v1/changes/\(keys[0])/approval", as: "alice", body: ["token": .string(token)])
    #expect(body.status == 422)
    for line in ["-H 'Bad Name: x'", "-H 'Content-Length: x'", "--http1.0 -H 'Host:'"] {
      let curl = "curl -s -o /dev/null -m 10 \(line) -H 'Authorization: Bearer \(token)' \(url)/api/v1/me"
      _ = try await Program.shell(curl, in: folder)
    }
  }

  /// Hooks that are forged by a hair, malformed, or authentic with all that GitLab, or a template, might put in by mistake.
  fileprivate func sendStrangeHooks() async throws {
    // Of the deployment that was let through: that it failed, or was canceled, nobody has said of it yet.
    let hook = try await sentHook("blocked", saying: "in the script")
    for near in [
      HouseSettings.webhookToken + "\u{20}x", HouseSettings.webhookToken + "x", HouseSettings.signingToken, HouseSettings.gitLabToken,
    ] {
      let got = try await deliver(hook) {
        $0.set("webhook-signature", "v1,\(near)")
        $0.set("X-Gitlab-Token", near)
      }
      #expect(got.status == 401)
    }
    let secrets = [settings.proof == .token ? HouseSettings.webhookToken : HouseSettings.signingToken, HouseSettings.gitLabToken]
    for (number, secret) in secrets.enumerated() {
      let escaped = "\\u00" + String(secret.utf8.first ?? 0, radix: 16) + secret.dropFirst()
      let additions = """
        {"ci_job_token":"\(secret)","note":"as \(secret) says","\(secret)":1,"escaped":"\(escaped)","url":"https://oauth2:\(secret)@gitlab/x",
         "variables":[{"key":"A","value":"\(secret)"}],
        """
      let recorded = try await deliver(hook) {
        $0.set("Idempotency-Key", "strange-\(number)")
        $0.rewrite(#""status":"blocked""#, #""status":"\#(["failed", "canceled"][number])""#)
        $0.body = Array(additions.utf8) + $0.body.dropFirst()
        $0.sign()
      }
      #expect(recorded.result == "recorded", "\(recorded)")
      let broken = try await deliver(hook) {
        $0.set("Idempotency-Key", "broken-\(number)")
        $0.body = Array(#"{"token":"\#(secret)", \#(secret)"#.utf8)
        $0.sign()
      }
      #expect(broken.code == "not_json", "\(broken)")
    }
    try await rests()
  }

  /// A file that somebody has written the secrets into, one that is no YAML any more, and at last a good one with another token.
  fileprivate func reload() async throws {
    let good = text(ofFile: configurationFile)
    let token = HouseSettings.gitLabToken
    let secret = settings.proof == .token ? "{env: STORY_WEBHOOK_TOKEN}" : "{file: \"\(folder.file("signing-token"))\"}"
    let bad = [
      good.replacing("{file: \"\(folder.file("gitlab-token"))\"}", with: token),
      good.replacing("{file: \"\(folder.file("gitlab-token"))\"}", with: "{env: \(token)}"),
      good.replacing("{file: \"\(folder.file("gitlab-token"))\"}", with: "{value: \(token)}"),
      good.replacing("{file: \"\(folder.file("gitlab-token"))\"}", with: "{\(token): x}"),
      good.replacing("{file: \"\(folder.file("gitlab-token"))\"}", with: "\"\(token)"),
      good.replacing("{file: \"\(folder.file("gitlab-token"))\"}", with: "[\(token)"),
      good.replacing(secret, with: HouseSettings.webhookToken), good.replacing(secret, with: "&\(HouseSettings.signingToken) {"),
      good.replacing("url: http://", with: "url: http://oauth2:\(token)@"),
      good.replacing("url: http://", with: "url: \(HouseSettings.webhookToken)://"),
      good + "\n\(token): \(HouseSettings.webhookToken)\n", "\(token)\n", "\(token): {\n\t\(HouseSettings.signingToken)",
    ]
    for (number, file) in bad.enumerated() {
      #expect(file != good)
      write(file, toFile: configurationFile)
      signal(SIGHUP)
      try await eventually("the broken file \(number) to be refused") {
        self.log.split(separator: "\n").count { $0.contains("the new configuration is refused") } == number + 1
      }
      #expect(try await command(["check"]).status == 1)
      #expect(try await command(["serve", "--listen", "127.0.0.1:0"]).status == 2)
    }
    write(good, toFile: configurationFile)
    write(SecretTests.rotatedToken + "\n", toFile: folder.file("gitlab-token"))
    gitlab.with { world in for token in world.tokens.all { world.tokens[token.id].secret = SecretTests.rotatedToken } }
    signal(SIGHUP)
    try await eventually("the good file to be taken") { self.log.contains("configuration read anew") }
    let pipeline = deploy()
    #expect(try await decide(try await opened(pipeline), "approved", as: "alice").status == 201)
    try await eventually("the new token to be used") { self.deeds(on: pipeline) == ["approved", "played"] }
  }

  /// Every verb and every resource that shows anything.
  fileprivate func useEveryVerb() async throws {
    for verb in [
      ["check"], ["check", "--json"], ["token", "list"], ["audit", "verify"], ["audit", "export"], ["audit", "export", "--format", "csv"],
      ["database", "check"], ["database", "backup", folder.file("copy.db")],
    ] { #expect(try await command(verb).status == 0) }
    for verb in [["list"], ["list", "--json"], ["show", "CHG-1"], ["show", "CHG-1", "--json"], ["explain", "CHG-1"]] {
      #expect(try await command(["change"] + verb, as: "alice").status == 0)
    }
    for user in ["alice", "audrey", "adam", "vera", "olga"] {
      let keys = try await changes().compactMap { $0["key"]?.string }
      let paths = keys.flatMap { key in ["", "/evaluation", "/audit", "/comments"].map { "/api/v1/changes/\(key)\($0)" } }
      for path in paths + ["/api/v1/me", "/api/v1/changes", "/api/v1/audit?limit=100", "/healthz", "/readyz", "/metrics"] {
        _ = try await send(.get, path, as: user)
      }
    }
  }
}

extension Request {
  /// As GitLab would have signed what the body is now.
  fileprivate mutating func sign() {
    guard head.headerFields[.webhookSignature] != nil, let id = head.headerFields[.webhookID],
      let timestamp = head.headerFields[.webhookTimestamp], let signer = HookSigner(token: HouseSettings.signingToken)
    else { return }
    head.headerFields[.webhookSignature] = signer.signature(id: id, timestamp: timestamp, body: body)
  }
}

extension HTTPField.Name {
  fileprivate static let webhookID = HTTPField.Name("webhook-id") ?? .accept
  fileprivate static let webhookTimestamp = HTTPField.Name("webhook-timestamp") ?? .accept
  fileprivate static let webhookSignature = HTTPField.Name("webhook-signature") ?? .accept
}
