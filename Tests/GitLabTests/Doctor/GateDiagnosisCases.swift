import Calendar
import ChangeControl
import HTTPMessages

@testable import GitLab

/// What can be wrong, one thing at a time.
extension GateDiagnosisTests {
  static let software: [Case] = [
    Case("18.11", "warn version", ["18.11", "19.3", "19.0", "pipeline events"], besides: ["warn webhook events"]) { survey, _ in
      survey.probe.software = .success(.init(text: "18.11.0-ee"))
    },
    Case("17.2 and its webhooks", "warn version", ["17.3"], besides: ["warn webhook events"]) { survey, _ in
      survey.probe.software = .success(.init(text: "17.2.1"))
    },
    Case(
      "a signing token, and a GitLab that does not sign", "warn version", ["does not sign", "webhook_token"],
      besides: ["warn webhook events"]
    ) {
      $0.probe.software = .success(.init(text: "18.11.0"))
      $1.hasSigningToken = true
    },
    Case("31 s", "warn clock", ["31 s ahead", "NTP"]) { survey, _ in survey.clockOffset = .seconds(31) },
    Case("5 minutes without signatures", "warn clock", ["300 s behind"]) { survey, _ in survey.clockOffset = .seconds(-300) },
    Case("a proxy that keeps the version back", "warn version", ["401, but not from GitLab"]) { survey, _ in
      survey.probe.software = .failure(.retry(reason: "401, but not from GitLab", after: nil))
    },
    Case("a proxy that keeps the version back, and a revoked token", "fail account", ["revoked"], besides: ["warn token", "warn version"]) {
      survey, _ in
      survey.probe.software = .failure(.retry(reason: "401, but not from GitLab", after: nil))
      let gap = Obstacle.refused(reason: "GitLab main does not know our token (401 Token was revoked)")
      (survey.probe.account, survey.probe.token) = (.failure(gap), .failure(gap))
    },
    Case("5 minutes with signatures", "fail clock", ["300 s behind", "refused", "NTP"]) {
      $0.clockOffset = .seconds(-300)
      $1.hasSigningToken = true
    },
    Case("a blocked account", "fail account", ["blocked", "unblock"], besides: ["warn token"]) { survey, _ in
      let gap = Obstacle.refused(reason: "GitLab main forbids it (403 Forbidden - Your account has been blocked.)")
      (survey.probe.account, survey.probe.token) = (.failure(gap), .failure(gap))
    },
    Case("a token that GitLab does not know", "fail account", ["401", "cannot rotate itself", "rotate-token"], besides: ["warn token"]) {
      survey, _ in
      let gap = Obstacle.refused(reason: "GitLab main does not know the token (401 Unauthorized)")
      (survey.probe.account, survey.probe.token) = (.failure(gap), .failure(gap))
    },
    Case("read_api", "fail token scope", ["read_api", "make a new token"]) { survey, _ in
      survey.probe.token = .success(Samples.token(["read_api"]))
    },
    Case("29 days", "warn token expiry", ["in 29 days", "rotate-token"]) { survey, _ in
      survey.probe.token = .success(Samples.token(endsIn: 29))
    },
    Case("a rotation that did not come about", "warn token expiry", ["should have rotated it by itself since", "log", "rotate-token"]) {
      $0.probe.token = .success(Samples.token(endsIn: 28))
      $1.rotatesTokenBefore = .seconds(30 * 86_400)
    },
    Case("a rotation that no server is there for", "warn token expiry", ["in 28 days", "none runs", "gatehouse serve", "rotate-token"]) {
      $0.probe.token = .success(Samples.token(endsIn: 28))
      $1.rotatesTokenBefore = .seconds(14 * 86_400)
      $1.isServing = false
    },
    Case("over, though rotated by itself", "fail token expiry", ["expired", "rotate-token"]) {
      $0.probe.token = .success(Samples.token(endsIn: 0))
      $1.rotatesTokenBefore = .seconds(30 * 86_400)
    },
    Case("over, and in the environment", "fail token expiry", ["expired", "cannot rotate itself", "environment variable", "restart"]) {
      $0.probe.token = .success(Samples.token(endsIn: 0))
      $1.tokenFile = nil
    },
    Case("over", "fail token expiry", ["expired", "rotate-token"]) { survey, _ in survey.probe.token = .success(Samples.token(endsIn: 0)) },
    Case("revoked", "fail token", ["revoked", "new token"]) { survey, _ in
      survey.probe.token = .success(.init(name: nil, scopes: ["api"], expiresAt: nil, isActive: false))
    },
  ]

  static let places: [Case] = [
    Case("a pattern that is nothing", "fail projects", ["acme/nothing", "projects"]) { survey, _ in
      survey.problems = [.init(pattern: "acme/nothing", obstacle: .refused(reason: "no such project"))]
    },
    Case("more projects than are looked at", "warn projects", ["1 of 240"]) { survey, _ in survey.projectCount = 240 },
    Case("no member", "fail membership", ["no member of acme/payments/checkout", "setup apply"]) { survey, _ in
      survey.projects[0].level = .success(nil)
    },
    Case("a Reporter", "fail membership", ["level 20", "Developer (30)"]) { survey, _ in survey.projects[0].level = .success(20) },
    Case("a group's rule, and no Maintainer of it", "warn membership", ["group acme", "Maintainer (40)"]) { survey, _ in
      survey.projects[0].protections = .success([])
      survey.groups[1].protections = .success([Samples.protection()])
      survey.groups[1].level = .success(30)
    },
    Case("nothing to gate yet", "warn environments", ["none for tier production, prod/*", "deploy there once"]) { survey, _ in
      survey.projects[0].environments = .success([.init(name: "review/x", tier: "development")])
    },
    Case("environments that may not be read", "warn environments", ["403", "Developer"]) { survey, _ in
      survey.projects[0].environments = .failure(.forbidden("403 Forbidden"))
    },
    Case("environments that GitLab does not tell of now", "warn environments", ["502", "run this again when GitLab answers"]) { survey, _ in
      survey.projects[0].environments = .failure(.untold("502"))
    },
    Case("an account that triggers", "warn self-approval", ["triggered deployments", "another account"]) { survey, _ in
      survey.triggeredByAccount = ["acme/payments/checkout"]
    },
    Case(
      "a setting that is not shown", "warn self-approval",
      ["not shown for acme/payments/checkout", "goes unnoticed", "GET /projects/:id", "Settings > CI/CD > Protected environments"]
    ) { survey, _ in survey.projects[0].allowsTriggererApproval = nil },
    Case("a setting that GitLab does not tell now", "warn self-approval", ["502", "run this again when GitLab answers"]) { survey, _ in
      survey.projects[0].allowsTriggererApproval = nil
      survey.projects[0].own = .failure(.untold("502"))
    },
  ]

  static let protections: [Case] = [
    Case("what GitLab does not tell now is no token's fault", "warn admin token", ["502", "run this again when GitLab answers"]) {
      survey, _ in
      survey.projects[0].protections = .failure(.untold("502"))
      survey.projects[0].webhooks = .failure(.untold("502"))
    },
    Case("what may pass and what is refused", "warn admin token", ["(403 Forbidden)", "give admin_token a valid token"]) { survey, _ in
      survey.projects[0].protections = .failure(.untold("502"))
      survey.projects[0].webhooks = .failure(.forbidden("403 Forbidden"))
    },
    Case("a proxy's no is not the plan's", "warn admin token", ["cannot be read (403: blocked by proxy)"]) { survey, _ in
      survey.projects[0].protections = .failure(.forbidden("403: blocked by proxy"))
    },
    Case("webhooks that are not there for us", "warn admin token", ["webhooks of acme/payments/checkout cannot be read (404 Not Found)"]) {
      survey, _ in
      survey.projects[0].webhooks = .failure(.missing("404 Not Found"))
    },
    Case("not protected", "fail protection", ["acme/payments/checkout production", "not protected", "setup apply"]) { survey, _ in
      survey.projects[0].protections = .success([])
    },
    Case("another that is new in the tier", "fail protection", ["prod/eu"]) { survey, _ in
      survey.projects[0].environments = .success([.init(name: "production", tier: "production"), .init(name: "prod/eu", tier: "other")])
    },
    Case("a group that may not be read", "warn protection", ["group acme", "may not be read"]) { survey, _ in
      survey.projects[0].protections = .success([])
      survey.groups[1].protections = .failure(.forbidden("403 Forbidden"))
    },
    Case(
      "a group that the token of setup's making may not read", "warn protection",
      ["may not be read", "`gatehouse setup apply` makes it, also an admin_token that sees the group", "SIGHUP"]
    ) { survey, expected in
      survey.projects[0].protections = .success([])
      survey.groups[1].protections = .failure(.forbidden("403 Forbidden"))
      expected.isAdminTokenMade = true
    },
    Case("a plan without", "fail protection", ["Premium"]) { survey, _ in
      survey.projects[0].protections = .failure(.missing("404 Not found"))
    },
    Case("a Maintainer who is refused: the licence has lapsed", "fail protection", ["403", "valid licence", "without anybody's yes"]) {
      survey, _ in
      survey.projects[0].protections = .failure(.forbidden("403 Forbidden"))
    },
    Case("a fine-grained token without the permission", "warn admin token", ["insufficient_granular_scope"]) { survey, _ in
      survey.projects[0].protections = .failure(.forbidden("insufficient_granular_scope"))
    },
    Case("an admin token that ends", "warn admin token expiry", ["in 29 days", "setup apply", "SIGHUP"]) { survey, _ in
      survey.adminToken = .success(Samples.token(["read_api"], endsIn: 29))
    },
    Case("an admin token that is over", "warn admin token expiry", ["revoked or expired"]) { survey, _ in
      survey.adminToken = .success(.init(name: nil, scopes: ["read_api"], expiresAt: nil, isActive: false))
    },
    Case("a token that may not look", "warn admin token", ["protected environments of acme/payments/checkout", "403", "Maintainer"]) {
      survey, _ in
      survey.projects[0].protections = .failure(.forbidden("403 Forbidden"))
      survey.projects[0].webhooks = .failure(.forbidden("403 Forbidden"))
    },
    Case(
      "one that setup has made, and that is over or sees too little", "warn admin token",
      ["`gatehouse setup apply` puts another", "SIGHUP"]
    ) {
      $0.projects[0].protections = .failure(.forbidden("403 Forbidden"))
      $0.projects[0].webhooks = .failure(.forbidden("403 Forbidden"))
      $1.isAdminTokenMade = true
    },
    Case("one that setup has made, and that ends", "warn admin token expiry", ["in 29 days", "has made it, and makes a new one"]) {
      $0.adminToken = .success(Samples.token(["read_api"], endsIn: 29))
      $1.isAdminTokenMade = true
    },
    Case("no admin token", "warn admin token", ["add admin_token", "read_api"]) {
      $0.projects[0].protections = .failure(.forbidden("403 Forbidden"))
      $0.projects[0].webhooks = .failure(.forbidden("403 Forbidden"))
      $1.hasAdminToken = false
    },
    Case("somebody else's rule", "fail approver", ["none of its approval rules has change-gateway", "add change-gateway"]) { survey, _ in
      survey.projects[0].protections = .success([Samples.protection(rules: [Samples.rule(1, "user_id", 21, requires: 1)])])
    },
    Case("no rule", "fail approver", ["asks for no approval"]) { survey, _ in
      survey.projects[0].protections = .success([Samples.protection(rules: [])])
    },
    Case("two approvals of one account", "fail approver", ["asks for 2 approvals", "to 1"]) { survey, _ in
      survey.projects[0].protections = .success([Samples.protection(rules: [Samples.rule(1, "user_id", 97, requires: 2)])])
    },
    Case("no approval of its rule", "fail approver", ["asks for 0 approvals, and nothing waits for it", "to 1"]) { survey, _ in
      survey.projects[0].protections = .success([Samples.protection(rules: [Samples.rule(1, "user_id", 97, requires: 0)])])
    },
    Case("two rules for one account", "warn approver", ["fits 2 rules", "one rule"]) { survey, _ in
      survey.projects[0].protections = .success([
        Samples.protection(rules: [Samples.rule(1, "user_id", 97, requires: 1), Samples.rule(2, "access_level", 30, requires: 1)])
      ])
    },
    Case("two rules of the account's own", "fail approver", ["2 rules name change-gateway", "group acme", "wait for ever", "setup plan"]) {
      survey, _ in
      survey.groups[1].protections = .success([Samples.protection()])
      survey.groups[1].level = .success(40)
    },
    Case("a rule of one who is gone", "fail approver", ["rule 2", "user 21", "is gone from GitLab", "wait for ever", "remove in GitLab"]) {
      survey, _ in
      survey.projects[0].protections = .success([
        Samples.protection(rules: [Samples.rule(1, "user_id", 97, requires: 1), Samples.rule(2, "user_id", 21, requires: 1)])
      ])
      survey.standings = [21: .gone]
    },
    Case("a rule of one who may do nothing", "fail approver", ["user 21", "lets do nothing (blocked)"]) { survey, _ in
      survey.projects[0].protections = .success([
        Samples.protection(rules: [Samples.rule(1, "user_id", 97, requires: 1), Samples.rule(2, "user_id", 21, requires: 1)])
      ])
      survey.standings = [21: .barred("blocked")]
    },
    Case("unprotected where projects are to protect, whatever a group does", "fail protection", ["group acme", "could not be looked at"]) {
      $0.projects[0].protections = .success([])
      $0.groups[1].protections = .failure(.forbidden("403 Forbidden"))
      $1.protections = .project
    },
    Case(
      "unprotected where a group is to protect its tier, whatever a group above that does", "fail protection",
      ["nor by its tier in group acme/payments", "what group acme protects could not be looked at"]
    ) {
      $0.projects[0].protections = .success([])
      $0.groups[1].protections = .failure(.forbidden("403 Forbidden"))
      $1.protections = .group
    },
    Case(
      "unprotected by name where a group is to protect tiers", "fail protection",
      ["is not protected in its project", "group acme/payments"]
    ) {
      $0.projects[0].environments = .success([.init(name: "prod/eu", tier: "other")])
      $0.projects[0].protections = .success([])
      $0.groups[0].protections = .failure(.forbidden("403 Forbidden"))
      $1.protections = .group
    },
    Case("perhaps protected by the very group that is to protect its tier", "warn protection", ["whether group acme/payments protects"]) {
      $0.projects[0].protections = .success([])
      $0.groups[0].protections = .failure(.forbidden("403 Forbidden"))
      $1.protections = .group
    },
    Case("perhaps protected by the configured group", "warn protection", ["whether group acme protects"]) {
      $0.projects[0].protections = .success([])
      $0.groups[1].protections = .failure(.forbidden("403 Forbidden"))
      $1.protections = .group
      $1.group = "acme"
    },
    Case("a role that others have", "warn other approvers", ["Developers + Maintainers", "past the gate", "user_id"]) { survey, _ in
      survey.projects[0].protections = .success([Samples.protection(rules: [Samples.rule(1, "access_level", 30, requires: 1)])])
    },
    Case("a group that others are in", "warn other approvers", ["group 134"]) { survey, _ in
      survey.projects[0].protections = .success([Samples.protection(rules: [Samples.rule(1, "group_id", 134, requires: 1)])])
      survey.projects[0].memberships = [134: true]
    },
    Case("a group that is not known", "warn approver", ["is known to have"]) { survey, _ in
      survey.projects[0].protections = .success([Samples.protection(rules: [Samples.rule(1, "group_id", 134, requires: 1)])])
    },
    Case("a count without rules", "warn approval count", ["counts 1 approvals without rules", "rule for the service account"]) {
      survey, _ in
      survey.projects[0].protections = .success([Samples.protection(rules: [], count: 1)])
    },
    Case("may not deploy", "fail deployer", ["allowed to deploy", "after_approval: leave"]) { survey, _ in
      survey.projects[0].protections = .success([Samples.protection(deployers: [Samples.rule(1, "access_level", 40)])])
    },
    Case("a group's protection that does not let it", "fail deployer", ["group acme/payments"]) { survey, _ in
      survey.groups[0].protections = .success([Samples.protection(rules: [], deployers: [Samples.rule(1, "access_level", 40)])])
    },
  ]

  static let webhooks: [Case] = [
    Case("none", "warn webhook", ["has no webhook", "reconcile", "setup apply"]) { survey, _ in survey.projects[0].webhooks = .success([])
    },
    Case("none, and a group that may not be read", "warn webhook", ["whether group acme has one may not be read"]) { survey, _ in
      survey.projects[0].webhooks = .success([])
      survey.groups[1].webhooks = .failure(.forbidden("403 Forbidden"))
    },
    Case("two", "warn webhook", ["webhook 7", "webhook 8", "keep one"]) { survey, _ in
      survey.projects[0].webhooks = .success([Samples.webhook(), Samples.webhook(8)])
    },
    Case("the project's and its group's", "warn webhook", ["webhook 9 of group acme"]) { survey, _ in
      survey.groups[1].webhooks = .success([Samples.webhook(9, url: "https://GATEHOUSE.example.com:443/webhooks/gitlab/main/")])
    },
    Case("to another gate", "fail webhook", ["https://old.example.com/webhooks/gitlab", "public_url"]) { survey, _ in
      survey.projects[0].webhooks = .success([Samples.webhook(url: "https://old.example.com/webhooks/gitlab")])
    },
    Case("for another GitLab's name", "fail webhook", ["/webhooks/gitlab/other"]) { survey, _ in
      survey.projects[0].webhooks = .success([Samples.webhook(url: "https://gatehouse.example.com/webhooks/gitlab/other")])
    },
    Case("no deployment events", "fail webhook events", ["tick Deployment events"]) { survey, _ in
      survey.changeWebhook { $0.deploymentEvents = false }
    },
    Case("a template", "fail webhook events", ["template"]) { survey, _ in survey.changeWebhook { $0.hasTemplate = true } },
    Case("TLS not verified", "warn webhook tls", ["does not verify", "SSL verification"]) { survey, _ in
      survey.changeWebhook { $0.verifiesTLS = false }
    },
    Case("no secret", "fail webhook secret", ["no secret token", "401"]) { survey, _ in survey.changeWebhook { $0.hasToken = false } },
    Case("no signing token", "fail webhook secret", ["no signing token"]) {
      $0.changeWebhook { $0.hasSigningToken = false }
      $1.hasSigningToken = true
    },
    Case("switched off", "fail webhook state", ["disabled", "Test"]) { survey, _ in survey.changeWebhook { $0.alertStatus = "disabled" } },
    Case("switched off for a while", "fail webhook state", ["until 2026-09-21T14:23:20.000Z"]) { survey, _ in
      survey.changeWebhook {
        $0.alertStatus = "temporarily_disabled"
        $0.disabledUntil = Samples.now + .seconds(600)
      }
    },
    Case("the last delivery failed", "fail webhook deliveries", ["the last of webhook 7", "'401'", "secrets"]) { survey, _ in
      survey.sendings = [.init(place: Samples.checkout, id: 7): .success([Samples.sending("401"), Samples.sending("200")])]
    },
    Case("the last two failed, and one before what arrived", "fail webhook deliveries", ["the last 2 of webhook 7", "'401'", "secrets"]) {
      survey, _ in
      survey.sendings = [
        .init(place: Samples.checkout, id: 7): .success(["401", "500", "200", "internal error"].map { Samples.sending($0) })
      ]
    },
    Case("a delivery that was redirected", "fail webhook deliveries", ["'302'"]) { survey, _ in
      survey.sendings = [.init(place: Samples.checkout, id: 7): .success([Samples.sending("302")])]
    },
  ]
}

extension GateSurvey {
  mutating func changeWebhook(_ change: (inout RegisteredWebhook) -> Void) {
    var webhook = DoctorSamples.webhook()
    change(&webhook)
    projects[0].webhooks = .success([webhook])
  }
}
