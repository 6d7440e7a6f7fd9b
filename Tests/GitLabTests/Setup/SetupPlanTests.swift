import ChangeControl
import JSON
import Testing

@testable import GitLab

/// What a plan says, from what must be and what there is.
@Suite struct SetupPlanTests {
  /// A difference from a GitLab in which nothing, or all, is set up, and the lines of its plan that speak of it.
  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    var isWhole = false
    var target: @Sendable (inout SetupTarget) -> Void = { _ in }
    var survey: @Sendable (inout SetupSurvey) -> Void = { _ in }
    var memory: @Sendable (inout SetupMemory) -> Void = { $0.sentSecrets[7] = true }
    /// Each stands somewhere in the plan.
    var says: [String]
    /// None stands there.
    var doesNotSay: [String] = []

    var testDescription: String { name }
  }

  private func plan(_ one: Case) -> SetupPlan {
    var target = SetupSamples.target()
    var survey = one.isWhole ? SetupSamples.whole() : SetupSamples.empty()
    var memory = SetupMemory()
    if one.isWhole { (target.token, target.webhookToken) = (.present, .present) }
    one.target(&target)
    one.survey(&survey)
    one.memory(&memory)
    return SetupPlan(target, survey, memory)
  }

  private func text(_ plan: SetupPlan) -> String {
    plan.steps.flatMap { ["\($0.mark.rawValue) \($0.subject)"] + $0.lines + $0.notes }.joined(separator: "\n")
  }

  @Test("everything is made in the order in which it can be") func fromNothing() {
    let plan = plan(Case(name: "", says: []))
    #expect(
      plan.steps.map { "\($0.mark.rawValue) \($0.subject)" } == [
        "+ service account gatehouse-acme of group acme", "+ membership in project acme/payments/checkout", "+ access token",
        "+ protected environment production of project acme/payments/checkout", "+ secret webhook_token",
        "+ webhook of project acme/payments/checkout",
      ])
    #expect(plan.steps.compactMap(\.change?.kind) == [.account, .membership, .token, .protection, .secret, .hook])
    #expect(plan.steps[3].change?.deployers == [.other(.accessLevel(40)), .account])
    #expect(!plan.isEmpty)
  }

  @Test("where all is there the plan is empty") func nothingLeft() {
    let plan = plan(Case(name: "", isWhole: true, says: []))
    #expect(plan.isEmpty && plan.steps.allSatisfy { $0.mark == .nothing && $0.change == nil && $0.notes.isEmpty }, "\(text(plan))")
    #expect(plan.steps.count == 6 && plan.silence == nil)
  }

  @Test("of a webhook that GitLab has switched off the last word is not that all is well") func silent() {
    var one = Case(name: "", isWhole: true, says: [])
    one.survey = { $0.projects[0].hooks = .success([SetupSamples.hook(7, ["alert_status": "disabled"])]) }
    let plan = plan(one)
    #expect(plan.isEmpty && plan.silence?.contains("switched off webhook 7 of project acme/payments/checkout") == true, "\(text(plan))")
  }

  @Test("a difference is a line", arguments: accountCases + protectionCases + otherCases + hookCases) func differences(_ one: Case) {
    let said = text(plan(one))
    for sentence in one.says { #expect(said.contains(sentence), "\(sentence) is not in\n\(said)") }
    for sentence in one.doesNotSay { #expect(!said.contains(sentence), "\(sentence) is in\n\(said)") }
  }

  static let accountCases: [Case] = [
    Case(
      name: "nobody may make an account", survey: { $0.accountPlaces = [] },
      says: ["! service account gatehouse-acme", "an Owner of the top-level group", "make a plain user"],
      doesNotSay: ["membership", "webhook"]),
    Case(
      name: "no project", survey: { $0.projects = [] },
      says: ["! service account", "no project that GitLab main shows alice matches `acme/payments/*`", "renamed"], doesNotSay: ["name some"]
    ),
    Case(
      name: "no project of a pattern, and none of a path", target: { $0.services[0].projects += [.path(Pattern("acme/web"))] },
      survey: {
        $0.projects = []
        $0.unresolved = ["GitLab main shows alice no project `acme/web`"]
      }, says: ["! projects", "matches `acme/payments/*`;"]),
    Case(
      name: "no project of a path", target: { $0.services[0].projects = [.path(Pattern("acme/web"))] },
      survey: {
        $0.projects = []
        $0.unresolved = ["GitLab main shows alice no project `acme/web`"]
      }, says: ["! projects", "none of the projects that are configured is found, see above"], doesNotSay: ["name some", "matches"]),
    Case(
      name: "no service", target: { $0.services = [] }, survey: { $0.projects = [] },
      says: ["! service account", "no project of GitLab main is under change control; name some under `services`"]),
    Case(
      name: "the token is the person's own", isWhole: true,
      survey: { $0.ownToken = .valid(SetupSamples.token(1), owner: $0.person) }, says: ["! service account", "alice's own"]),
    Case(name: "a name of one's own", target: { $0.username = "gate" }, says: ["+ service account gate of group acme"]),
    Case(
      name: "a plain user", isWhole: true, survey: { $0.account?.place = nil },
      says: ["= service account gatehouse-acme", "taken as it is"],
      doesNotSay: ["! "]),
    Case(
      name: "somebody who has taken the name",
      survey: { $0.account = .init(id: 66, username: "gatehouse-acme", place: nil, isByName: true) },
      says: ["! service account gatehouse-acme", "id 66", "may be anybody's", "choose another name"],
      doesNotSay: ["membership", "protected environment"]),
    Case(
      name: "a member below Developer", isWhole: true, survey: { $0.projects[0].accountLevel = 20 },
      says: ["~ membership in project acme/payments/checkout", "~ access_level: 20 → 30"]),
    Case(
      name: "a member above Developer stays", isWhole: true, survey: { $0.projects[0].accountLevel = 50 },
      says: ["= membership in project acme/payments/checkout (Owner)"]),
    Case(
      name: "a project of others, of which the account is a member", isWhole: true, survey: { $0.projects[0].personLevel = 30 },
      says: [
        "! project acme/payments/checkout", "alice is no Maintainer of acme/payments/checkout",
        "= membership in project acme/payments/checkout",
      ]),
    Case(
      name: "a project of others", survey: { $0.projects[0].personLevel = 30 },
      says: ["! project acme/payments/checkout", "alice is no Maintainer of acme/payments/checkout"],
      doesNotSay: ["webhook of", "protected"]),
    Case(
      name: "an administrator needs no membership", survey: { ($0.projects[0].personLevel, $0.administration) = (nil, .inForce) },
      says: ["+ webhook of project", "+ protected environment production"], doesNotSay: ["! "]),
    Case(
      name: "of the group", target: { $0.members = .group }, says: ["+ membership in group acme/payments", "access_level: 30"],
      doesNotSay: ["membership in project"]),
    Case(
      name: "another group", target: { ($0.members, $0.group) = (.group, "acme") }, says: ["+ membership in group acme"],
      doesNotSay: ["acme/payments\n"]),
    Case(
      name: "no such group", target: { ($0.members, $0.group) = (.group, "acme/nowhere") }, says: ["! membership", "no group acme/nowhere"]),
    Case(
      name: "a pattern of nothing", survey: { $0.unresolved = ["GitLab main shows alice no project `x/y`"] },
      says: ["! projects", "no project `x/y`", "+ webhook"]),
    Case(
      name: "a token in the environment", target: { ($0.token, $0.tokenFile) = (.absentVariable("GATE_TOKEN"), nil) },
      says: ["! access token", "environment variable GATE_TOKEN", "`token: {file: PATH}`"]),
    Case(
      name: "a token that GitLab refuses", isWhole: true, survey: { $0.ownToken = .refused("401 Unauthorized") },
      says: ["~ access token", "GitLab refuses the one that is configured (401 Unauthorized)", "+ expires_at: 2027-11-21"]),
    Case(
      name: "a token without the scope", isWhole: true,
      survey: { $0.ownToken = .valid(SetupSamples.token(11, scopes: ["read_api"]), owner: Person(id: 97, username: "g", name: "G")) },
      says: ["~ access token", "lacks the scope api"]),
    Case(
      name: "a token of a run that was cut off", isWhole: true,
      survey: { $0.tokens?.append(SetupSamples.token(12, name: "gatehouse lost")) },
      memory: {
        $0.pendingTokens = ["gatehouse lost"]
        $0.sentSecrets[7] = true
      },
      says: ["~ access token gatehouse lost", "- revoked"]),
    Case(
      name: "a token of somebody's stays", isWhole: true, survey: { $0.tokens?.append(SetupSamples.token(12, name: "by hand")) },
      says: [], doesNotSay: ["by hand", "revoked"]),
  ]

  static let protectionCases: [Case] = [
    Case(
      name: "Free", survey: { $0.projects[0].protections = .failure(SetupFault(.missing, "404 Not Found")) },
      says: ["! protected environment production", "Premium or Ultimate"]),
    Case(
      name: "not for this person", survey: { $0.projects[0].protections = .failure(SetupFault(.forbidden, "403 Forbidden")) },
      says: ["! protected environment production", "use the token of a Maintainer"]),
    Case(
      name: "protected without us", isWhole: true,
      survey: {
        $0.projects[0].protections = .success([SetupSamples.protection(approvers: [["group_id": 5]], deployers: [["access_level": 40]])])
      },
      says: [
        "~ protected environment production", "+ approval_rules: the service account", "+ deploy_access_levels: the service account",
        "others approve in GitLab too (group 5, 1)", "remove rule 200",
      ]),
    Case(
      name: "an approver that may not deploy", isWhole: true,
      survey: {
        $0.projects[0].protections = .success([SetupSamples.protection(approvers: [["user_id": 97]], deployers: [["access_level": 40]])])
      }, says: ["~ protected environment production", "+ deploy_access_levels: the service account"], doesNotSay: ["+ approval_rules"]),
    Case(
      name: "a gate that leaves the job to people", isWhole: true, target: { $0.playsAfterApproval = false },
      survey: {
        $0.projects[0].protections = .success([SetupSamples.protection(approvers: [["user_id": 97]], deployers: [["access_level": 40]])])
      }, says: ["= protected environment production"], doesNotSay: ["~ ", "+ "]),
    Case(
      name: "the old count", isWhole: true,
      survey: {
        $0.projects[0].protections = .success([SetupSamples.protection(approvers: [], deployers: [["access_level": 40]], count: 2)])
      },
      says: ["the old count of 2 approvals", "around the gate"]),
    Case(
      name: "by name, with a slash, and one that is to come",
      target: { $0.services = [SetupSamples.service(environments: ["prod/*", "live"])] },
      survey: { $0.projects[0].environments = .success([EnvironmentReading(name: "prod/eu", tier: "other")]) },
      says: [
        "+ protected environment live", "+ protected environment prod/eu", "the project has no environment of this name yet",
        "prod/eu are there",
      ]),
    Case(
      name: "a name that is a step in a path",
      survey: { $0.projects[0].environments = .success([EnvironmentReading(name: "..", tier: "production")]) },
      says: ["! protected environment .. of project", "rename the environment"]),
    Case(
      name: "nothing gated yet", survey: { $0.projects[0].environments = .success([]) },
      says: ["= environments of acme/payments/checkout", "apply again when one is there"]),
    Case(
      name: "whole tiers, and a project beside the group",
      target: {
        ($0.protections, $0.group) = (.group, "acme/payments")
        $0.services = [SetupSamples.service([.path(Pattern("acme/payments/*")), .path(Pattern("other/web"))])]
      },
      survey: { $0.projects.append(SetupSamples.project(31, "other/web")) },
      says: ["+ protected tier production of group", "+ protected environment production of project other/web"],
      doesNotSay: ["protected environment production of project acme"]),
    Case(
      name: "whole tiers", target: { $0.protections = .group },
      says: ["+ protected tier production of group acme/payments", "+ membership in group acme/payments", "access_level: 40"],
      doesNotSay: ["protected environment"]),
    Case(
      name: "covered by a group's tier", isWhole: true,
      survey: {
        $0.projects[0].protections = .success([])
        $0.groups["acme"]?.protections = .success([SetupSamples.protection(approvers: [["user_id": 97]], deployers: [["access_level": 40]])]
        )
      }, says: ["= protected environment production", "its tier is protected in group acme"], doesNotSay: ["+ "]),
    Case(
      name: "an approver twice", isWhole: true,
      survey: {
        $0.groups["acme"]?.protections = .success([SetupSamples.protection(approvers: [["user_id": 97]], deployers: [["access_level": 40]])]
        )
      }, says: ["one account fills one rule only"]),
    Case(
      name: "a deployer that nobody knows", target: { $0.deployers = [.user("nobody")] },
      says: ["! protected environment production", "`setup.deployers`: nobody"]),
    Case(
      name: "nobody could deploy", target: { ($0.deployers, $0.playsAfterApproval) = ([], false) },
      says: ["! protected environment production", "nobody could deploy"]),
  ]

  static let hookCases: [Case] = [
    Case(name: "none wanted", target: { $0.hooks = nil }, says: ["+ secret webhook_token"], doesNotSay: ["webhook of"]),
    Case(name: "no address", target: { $0.hookURL = nil }, says: ["! webhook of project", "`server.public_url`"]),
    Case(name: "no secret", target: { $0.webhookToken = .unconfigured }, says: ["! webhook of project", "would refuse every webhook"]),
    Case(
      name: "a secret from the environment that is not there", target: { $0.webhookToken = .absentVariable("HOOK") },
      says: ["! secret webhook_token", "environment variable HOOK", "! webhook of project"]),
    Case(
      name: "a GitLab that does not sign", target: { $0.signingToken = .absentFile("s") },
      survey: { $0.version = GitLabVersion(major: 18, minor: 5) }, says: ["! webhook of project", "GitLab 18.5 does not sign webhooks"]),
    Case(name: "before 19.3", survey: { $0.version = GitLabVersion(major: 18, minor: 5) }, says: ["pipeline_events: true"]),
    Case(name: "from 19.3 on", says: ["+ push_events: false"], doesNotSay: ["pipeline_events"]),
    Case(
      name: "the group's", target: { $0.hooks = .group }, says: ["+ webhook of group acme/payments"], doesNotSay: ["webhook of project"]),
    Case(
      name: "events that are off", isWhole: true,
      survey: { $0.projects[0].hooks = .success([SetupSamples.hook(7, ["deployment_events": false, "enable_ssl_verification": false])]) },
      says: ["~ webhook of project", "~ deployment_events: false → true", "~ enable_ssl_verification: false → true"]),
    Case(
      name: "one that was made by hand", isWhole: true, memory: { $0.sentSecrets = [:] },
      says: ["~ webhook of project", "GitLab does not show whether they are ours"]),
    Case(
      name: "another secret here", isWhole: true, memory: { $0.sentSecrets[7] = false },
      says: ["~ webhook of project", "they have changed here since they were sent"]),
    Case(
      name: "twice", isWhole: true, survey: { $0.projects[0].hooks = .success([SetupSamples.hook(), SetupSamples.hook(8)]) },
      says: ["= webhook of project", "webhook 8 leads to the same gate"]),
    Case(
      name: "another address of the same gate", isWhole: true,
      survey: { $0.projects[0].hooks = .success([SetupSamples.hook(7, ["url": "https://gatehouse.example.com/webhooks/gitlab"])]) },
      says: ["= webhook of project"], doesNotSay: ["+ ", "~ "]),
    Case(
      name: "an address without a name, and a secret that another GitLab has", isWhole: true, target: { $0.hasSecretOf = "other" },
      survey: { $0.projects[0].hooks = .success([SetupSamples.hook(7, ["url": "https://gatehouse.example.com/webhooks/gitlab"])]) },
      says: ["= webhook of project", "GitLab other has the same secret", "https://gatehouse.example.com/webhooks/gitlab/main"]),
    Case(
      name: "an address with the name, and a secret that another GitLab has", isWhole: true, target: { $0.hasSecretOf = "other" },
      says: ["= webhook of project"], doesNotSay: ["same secret"]),
    Case(
      name: "switched off by GitLab", isWhole: true,
      survey: { $0.projects[0].hooks = .success([SetupSamples.hook(7, ["alert_status": "disabled"])]) },
      says: ["= webhook of project", "switched it off (disabled)"]),
    Case(
      name: "not for this person", survey: { $0.projects[0].hooks = .failure(SetupFault(.forbidden, "403 Forbidden")) },
      says: ["! webhook of project", "a Maintainer of the project"]),
  ]
}
