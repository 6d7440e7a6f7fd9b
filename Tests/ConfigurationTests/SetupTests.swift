import TestSupport
import Testing

@testable import Configuration

/// `gitlab[].setup`, and a configuration that is read before its secrets are there.
@Suite struct SetupTests {
  private static func gitlab(_ setup: String) -> String {
    "gitlab: [{name: main, url: https://gitlab.example.com, token: \(token), webhook_token: \(token), setup: \(setup)}]"
  }

  private func setup(_ text: String) throws -> GitLabSetup? {
    try Configuration.parse(completed(Self.gitlab(text)), file: "g.yaml", environment: exampleEnvironment).gitlab.first?.setup
  }

  @Test func hasDefaults() throws {
    let setup = try #require(
      try Configuration.parse(completed("services: []"), file: "g.yaml", environment: exampleEnvironment).gitlab.first?.setup)
    #expect(setup == GitLabSetup())
    #expect(setup.deployers == [.accessLevel(40)] && setup.hook == .project && setup.protect == .project && setup.level == nil)
    #expect(setup.tokenLifetime == .seconds(364 * 86_400) && setup.verifiesTLS)
  }

  @Test func isRead() throws {
    let setup = try setup(
      "{account: {username: gate, name: The gate, level: instance}, group: acme/payments, members: group, protect: group, hook: none, "
        + "verify_tls: false, token_lifetime: 30d, deployers: [{access_level: 30}, {user: dana}, {gitlab_group: acme/ops}]}")
    #expect(setup?.username == "gate" && setup?.displayName == "The gate" && setup?.level == .instance && setup?.group == "acme/payments")
    #expect(setup?.members == .group && setup?.protect == .group && setup?.hook == GitLabSetup.Hook.none && setup?.verifiesTLS == false)
    #expect(setup?.tokenLifetime == .seconds(30 * 86_400) && setup?.rotateTokenBefore == nil)
    #expect(setup?.deployers == [.accessLevel(30), .user("dana"), .gitlabGroup("acme/ops")])
  }

  @Test(arguments: [
    ("{acount: {}}", "did you mean `account`?"), ("{account: {usrname: a}}", "did you mean `username`?"),
    ("{account: {username: '@gate'}}", "`username` must be a GitLab username"), ("{account: {username: gate-}}", "`username` must be"),
    ("{account: {level: user}}", "`level` must be one of `instance`, `group`, `project`"),
    ("{group: /acme}", "`group` must be the full path"),
    ("{members: all}", "`members` must be one of `project`, `group`"), ("{hook: nowhere}", "`hook` must be one of"),
    ("{token_lifetime: 400d}", "`token_lifetime` must be from 1d to 399d"),
    ("{rotate_token_before: 12h}", "`rotate_token_before` must be from 1d to"),
    ("{rotate_token_before: 364d}", "as long as a token's whole life (`token_lifetime`, 364d)"),
    ("{token_lifetime: 7d, rotate_token_before: 30d}", "(`token_lifetime`, 7d)"),
    ("{rotate_token_before: 30d}", "`rotate_token_before` needs a token that the server can replace"),
    ("{verify_tls: maybe}", "`verify_tls` must be true or false"),
    ("{deployers: [{}]}", "has none of `access_level`, `user` and `gitlab_group`"),
    ("{deployers: [{user: a, access_level: 40}]}", "has several of"), ("{deployers: [{access_level: 35}]}", "`access_level` must be 30"),
    ("{deployers: [{access_level: 50}]}", "`access_level` must be 30"), ("{deployers: [{group: a}]}", "unknown key"),
  ]) func isRefused(_ text: String, _ said: String) {
    let found = problems(completed(Self.gitlab(text)))
    #expect(found.contains { $0.hasPrefix("g.yaml:1:") && $0.contains(said) }, "\(found)")
  }

  @Test func aTokenInAFileCanBeRotated() throws {
    let folder = TemporaryFolder()
    let file = folder.file("g.yaml")
    let text = completed(
      "gitlab: [{name: main, url: https://gitlab.example.com, token: {file: \(folder.file("token"))}, webhook_token: \(token), "
        + "setup: {token_lifetime: 31d, rotate_token_before: 30d}}]")
    makeFile(file, Array(text.utf8))
    makeFile(folder.file("token"), Array("glpat-1".utf8))
    let configuration = try Configuration.load(path: file, environment: exampleEnvironment)
    #expect(configuration.gitlab.first?.setup.rotateTokenBefore == .seconds(30 * 86_400))
  }

  @Test("secrets that are not there are no problem where setup is to make them, and one elsewhere") func absentSecrets() throws {
    let folder = TemporaryFolder()
    let file = folder.file("g.yaml")
    let text = completed(
      "gitlab: [{name: main, url: https://gitlab.example.com, token: {file: \(folder.file("token"))}, webhook_token: {env: NOT_SET}, "
        + "signing_token: {file: \(folder.file("signing"))}}]")
    makeFile(file, Array(text.utf8))
    let configuration = try Configuration.load(path: file, environment: [:], allowsAbsentSecrets: true)
    let instance = try #require(configuration.gitlab.first)
    #expect(instance.token.isUnread && instance.token.place == .file(folder.file("token")))
    #expect(instance.webhookToken?.isUnread == true && instance.webhookToken?.place == .variable("NOT_SET"))
    #expect(instance.signingToken?.isUnread == true)
    #expect(problems(at: file).count == 3)
    // What is there and no secret is a mistake all the same.
    makeFile(folder.file("token"), [])
    #expect(throws: ConfigurationError.self) { try Configuration.load(path: file, environment: [:], allowsAbsentSecrets: true) }
  }
}
