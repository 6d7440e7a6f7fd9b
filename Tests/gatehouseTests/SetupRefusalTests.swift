import TestSupport
import Testing

@testable import GitLabSimulator

/// What cannot be set up, each with a sentence that says what to do.
@Suite struct SetupRefusalTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    var release = World.Release.v19
    var gitlab = ""
    var token: String? = House.setupToken
    var tokenPlace: String?
    var webhook: String?
    var verb = "apply"
    var status: Int32 = 1
    var world: @Sendable (inout World) -> Void = { _ in }
    var says: [String]

    var testDescription: String { name }
  }

  static let cases: [Case] = [
    Case(name: "no token", token: nil, status: 2, says: ["GATEHOUSE_SETUP_TOKEN is not set", "scope api", "Owner"]),
    Case(name: "no token to plan with", token: nil, verb: "plan", status: 2, says: ["GATEHOUSE_SETUP_TOKEN is not set"]),
    Case(name: "two lines", token: "glpat-a\nb", status: 2, says: ["a space or a line break"]),
    Case(name: "the page's own word", token: "glpat-…", status: 2, says: ["a character that no token has", "set it to the token alone"]),
    Case(
      name: "one file for two secrets", tokenPlace: "{file: one-secret}", webhook: "webhook_token: {file: one-secret}", status: 2,
      says: ["`token` and `webhook_token` of GitLab main are the same", "Give each a place of its own"]),
    Case(
      name: "nothing to rotate", verb: "rotate-token", says: ["GitLab main has no account of the gate yet", "`gatehouse setup apply`"]),
    Case(name: "an unknown token", token: "glpat-nobodys", says: ["does not know the token in GATEHOUSE_SETUP_TOKEN"]),
    Case(name: "a small scope", world: { $0.tokens[601].scopes = ["read_api"] }, says: ["has not the scope api"]),
    Case(name: "the smallest scope", world: { $0.tokens[601].scopes = ["read_user"] }, says: ["has not the scope api"]),
    Case(
      name: "Free", world: { $0.instance.isLicensed = false },
      says: ["! service account gatehouse-acme", "they need Premium or Ultimate with a valid licence"]),
    Case(
      name: "an owner that may not", release: .v18, world: { $0.instance.allowsOwnersServiceAccounts = false },
      says: ["! service account gatehouse-acme", "on self-managed an administrator"]),
    // It lists them to each Owner, and refuses only to make one.
    Case(
      name: "an owner that is shown them and may not",
      world: {
        let body = #"{"message":"400 Bad request - User does not have permission to create a service account in this group."}"#
        $0.faults = [
          Fault(.answer(status: 400, headers: ["Content-Type": "application/json"], body: body), on: "POST", "groups/*/service_accounts")
        ]
      }, says: ["! service account gatehouse-acme", "have permission", "on self-managed GitLab perhaps of an administrator"]),
    Case(
      name: "a Developer",
      world: {
        $0.memberships = $0.memberships.map {
          $0.userID == House.paula ? World.Membership(.group(2), userID: House.paula, level: .developer) : $0
        }
      },
      says: ["lets paula make no service account"]),
    Case(
      name: "a name that a group has", gitlab: "setup: {account: {username: acme}}",
      says: ["has already been taken", "setup: {account: {username: NAME}}"]),
    Case(
      name: "a token in the environment", tokenPlace: "{env: GATE_TOKEN_THAT_IS_NOT_SET}",
      says: ["environment variable GATE_TOKEN_THAT_IS_NOT_SET", "`token: {file: PATH}`"]),
    Case(
      name: "a folder that is not there", tokenPlace: "{file: /no/such/folder/token}", says: ["/no/such/folder/token cannot be written"]),
    Case(
      name: "a GitLab that does not sign", release: .v18, webhook: "signing_token: {file: /dev/shm/none-of-gatehouse}", verb: "plan",
      says: ["GitLab 18.5 does not sign webhooks"]),
    Case(
      name: "too long a life", gitlab: "setup: {token_lifetime: 399d}",
      says: ["Expires at must be before", "takes no token that lives so long (399d)", "`setup: {token_lifetime: 364d}`"]),
    Case(
      name: "a GitLab whose tokens live 30 days", world: { $0.instance.tokenLifetimeDays = 30 },
      says: ["Expires at must be before", "takes no token that lives so long (364d)", "`setup: {token_lifetime: 29d}`"]),
    Case(
      name: "a GitLab of 15", release: .v18, world: { $0.instance.version = World.Version(15, 11) },
      says: ["lets paula make no service account", "16.10 or later"]),
    Case(
      name: "an address of GitLab's own network", world: { $0.instance.allowsLocalRequests = false },
      says: ["! webhook"]),
    Case(
      name: "a group that is not shared with the project",
      gitlab: "setup: {deployers: [{access_level: 40}, {gitlab_group: acme/qa-group}]}",
      says: [
        "GitLab left out group 134 from those who may deploy", "a group must be invited to the project",
        "where a group above forbids that", "name a role or people",
      ]),
    Case(
      name: "a person who is no member of the project", gitlab: "setup: {deployers: [{access_level: 40}, {user: olaf}]}",
      world: { $0.users.insert(.init(id: 901, username: "olaf", name: "Olaf")) },
      says: ["GitLab left out user 901 from those who may deploy", "a person must be a member of the project, from Developer (30) on"]),
    Case(
      name: "a person who is no Maintainer of the group",
      gitlab: "setup: {protect: group, members: group, deployers: [{access_level: 40}, {user: olaf}]}",
      world: { $0.users.insert(.init(id: 901, username: "olaf", name: "Olaf")) },
      says: ["GitLab left out user 901 from those who may deploy", "a Maintainer (40) of the group, or of one above it"]),
    Case(
      name: "a group that nobody shows her", gitlab: "setup: {deployers: [{access_level: 40}, {gitlab_group: hidden/operators}]}",
      says: ["GitLab shows paula nobody of the name in `setup.deployers`: group hidden/operators", "one of its members"]),
    Case(
      name: "access tokens of projects switched off", gitlab: "admin_token: {file: /dev/shm/none-of-gatehouse-looks}",
      world: { $0.instance.allowsResourceTokens = false },
      says: ["! admin token", "where access tokens of projects are allowed", "put a Maintainer's token of scope read_api"]),
    Case(name: "nobody of that name", gitlab: "setup: {deployers: [{user: nobody-here}]}", says: ["`setup.deployers`: nobody-here"]),
  ]

  @Test("is refused with what to do, and nothing secret is said", arguments: cases) func refused(_ one: Case) async throws {
    try await Places.forServers.withPlace {
      let house = try House(House.bare(release: one.release, one.world))
      house.configureForSetup(one.gitlab, token: one.tokenPlace, webhook: one.webhook)
      if one.name.hasPrefix("an address") {
        let text = text(ofFile: house.configurationFile).replacing("https://gatehouse.example.com", with: "http://127.0.0.1:8080")
        write(text, toFile: house.configurationFile)
      }
      let run = try await house.setup(one.verb, token: one.token)
      #expect(run.status == one.status, "\(run)")
      for sentence in one.says { #expect((run.output + run.errors).contains(sentence), "'\(sentence)' is not in \(run)") }
      #expect(!run.output.contains(House.setupToken) && !run.errors.contains(House.setupToken))
      await house.close()
    }
  }

  @Test("a person's token goes to the GitLab that is named") func severalInstances() async throws {
    try await House.with(House.bare(), serving: false) { house in
      house.configureForSetup()
      let second =
        "\n  - {name: other, url: http://127.0.0.1:1, token: {file: /no/such/token}, webhook_token: {file: /no/such/hook}}\nservices:"
      let text = text(ofFile: house.configurationFile).replacing("\nservices:", with: second).replacing(
        "{id: checkout,", with: "{id: checkout, instance: main,")
      write(text, toFile: house.configurationFile)
      let unnamed = try await house.setup("plan")
      unnamed.expectRefusal(2, saying: "main, other", "--instance")
      let unknown = try await house.setup("plan", "--instance", "third")
      unknown.expectRefusal(2, saying: "third", "main, other")
      #expect(house.requestsToGitLab.isEmpty)
      #expect(try await house.setup("apply", "--instance", "main").status == 0)
    }
  }

  @Test("one file for the tokens of two GitLabs is refused; two names of one GitLab may share it", arguments: [true, false])
  func oneFileForTwo(isAnother: Bool) async throws {
    try await House.with(House.bare(), serving: false) { house in
      house.configureForSetup()
      let url = isAnother ? "https://gitlab.example.org" : house.gitLabURL
      let other = """
        - name: other
            url: \(url)
            token: {file: "\(house.tokenFile)"}
            webhook_token: {file: "\(house.hookFile)"}
        """
      let settings = text(ofFile: house.configurationFile)
      let both = settings.replacing("gitlab:\n", with: "gitlab:\n  \(other)\n").replacing(
        "{id: checkout,", with: "{id: checkout, instance: main,")
      write(both, toFile: house.configurationFile)
      let plan = try await house.setup(["plan", "--instance", "main"])
      #expect(plan.status == (isAnother ? 2 : 1), "\(plan)")
      #expect(plan.errors.contains("is a token of GitLab other too, the file \(house.tokenFile)") == isAnother, "\(plan)")
    }
  }
}
