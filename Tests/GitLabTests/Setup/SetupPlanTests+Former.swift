import Calendar
import ChangeControl
import JSON

@testable import GitLab

/// What apply made for an account, or at a level, that is not the one of now; and what nobody can live up to.
extension SetupPlanTests {
  private static let group = SetupPlace.group(id: 3, path: "acme/payments")
  private static let project = SetupPlace.project(id: 30, path: "acme/payments/checkout")

  /// The account of before, 66, and that of now, each with its row in the project's protection.
  private static func both(_ survey: inout SetupSurvey) {
    survey.projects[0].protections = .success([
      SetupSamples.protection(
        approvers: [["user_id": 66], ["user_id": 97]], deployers: [["access_level": 40], ["user_id": 66], ["user_id": 97]])
    ])
    survey.standings[66] = .gone
  }

  private static func made(_ place: SetupPlace, by account: Int64, isWhole: Bool = true, deployRows: Set<Int64>, approvalRows: Set<Int64>)
    -> SetupMemory.MadeProtection
  {
    SetupMemory.MadeProtection(
      place: place, name: "production", account: account, isWhole: isWhole, deployRows: deployRows, approvalRows: approvalRows)
  }

  private static let ours: @Sendable (inout SetupMemory) -> Void = { memory in
    memory.sentSecrets[7] = true
    memory.protections = [made(project, by: 97, deployRows: [100, 101], approvalRows: [200])]
  }

  static let formerCases: [Case] = [
    Case(
      name: "rows of an account that another has taken the place of", isWhole: true, survey: both,
      memory: {
        $0.sentSecrets[7] = true
        $0.protections = [made(project, by: 66, deployRows: [100, 101], approvalRows: [200])]
      },
      says: ["~ protected environment production", "- approval_rules: user_id 66", "- deploy_access_levels: user_id 66"],
      doesNotSay: ["! ", "others approve", "access level 40"]),
    Case(
      name: "the same, of somebody's making", isWhole: true, survey: both,
      says: ["! approval rule 200 of protected environment production", "user_id 66", "is gone from GitLab", "remove it in GitLab"],
      doesNotSay: ["- approval_rules", "others approve"]),
    Case(
      name: "a rule of a person who acts is nobody's trouble", isWhole: true,
      survey: {
        both(&$0)
        $0.standings[66] = .active
      }, says: ["others approve in GitLab too"], doesNotSay: ["! ", "- approval_rules"]),
    Case(
      name: "an account that is blocked", isWhole: true,
      survey: {
        $0.ownToken = .refused("403 Forbidden - Your account has been blocked.")
        $0.standings[97] = .barred("ldap_blocked")
      },
      says: ["! service account gatehouse-acme", "(ldap_blocked)", "in LDAP", "no access token either"],
      doesNotSay: ["access token of", "+ scope", "protected environment"]),
    Case(
      name: "blocked, as far as the refusal tells", isWhole: true,
      survey: { $0.ownToken = .refused("403 Forbidden - Your account has been deactivated by your administrator.") },
      says: ["! service account gatehouse-acme", "POST /users/97/activate"]),
    Case(
      name: "a refusal by a proxy is no block", isWhole: true, survey: { $0.ownToken = .refused("403 Your network is blocked") },
      says: ["~ access token"], doesNotSay: ["! "]),
    Case(
      name: "made in the project, and the group is configured now", isWhole: true, target: { $0.protections = .group }, memory: ours,
      says: [
        "+ protected tier production of group acme/payments", "~ protected environment production of project",
        "- unprotected: apply has made it",
      ], doesNotSay: ["! "]),
    Case(
      name: "the same, while the group's cannot be made", isWhole: true, target: { $0.protections = .group },
      survey: { $0.groups["acme/payments"]?.protections = .failure(SetupFault(.forbidden, "403 Forbidden")) }, memory: ours,
      says: ["! protected tier production"], doesNotSay: ["unprotected"]),
    Case(
      name: "made in a project that this person is not shown, and the group asks now", isWhole: true,
      target: { ($0.protections, $0.hooks) = (.group, .group) },
      survey: {
        $0.projects[0].personLevel = 30
        $0.projects[0].protections = .failure(SetupFault(.forbidden, "403 Forbidden"))
        $0.groups["acme/payments"]?.protections = .success([
          SetupSamples.protection(approvers: [["user_id": 97]], deployers: [["access_level": 40], ["user_id": 97]])
        ])
      }, memory: ours,
      says: [
        "! protected environment production of project acme/payments/checkout", "apply has made it once", "deployments wait for both",
        "the token of a Maintainer of acme/payments/checkout",
      ], doesNotSay: ["- unprotected"]),
    Case(
      name: "the same, where it is the environments that are not shown", isWhole: true, target: { $0.protections = .group },
      survey: { $0.projects[0].environments = .failure(SetupFault(.forbidden, "403 no environments")) }, memory: ours,
      says: ["! protected environment production of project acme/payments/checkout", "deployments wait for both", "(403 no environments)"],
      doesNotSay: ["- unprotected"]),
    Case(
      name: "made in the group, and projects are configured now", isWhole: true,
      survey: {
        $0.projects[0].protections = .success([])
        $0.groups["acme/payments"]?.protections = .success([
          SetupSamples.protection(approvers: [["user_id": 97]], deployers: [["access_level": 40], ["user_id": 97]])
        ])
      },
      memory: {
        $0.sentSecrets[7] = true
        $0.protections = [made(group, by: 97, deployRows: [100, 101], approvalRows: [200])]
      },
      says: ["+ protected environment production of project", "~ protected tier production of group acme/payments", "- unprotected"],
      doesNotSay: ["its tier is protected"]),
    Case(
      name: "the same, and not all projects are shown", isWhole: true,
      survey: {
        $0.unresolved = ["GitLab main shows alice no project `acme/payments/cart`"]
        $0.projects[0].protections = .success([])
        $0.groups["acme/payments"]?.protections = .success([
          SetupSamples.protection(approvers: [["user_id": 97]], deployers: [["access_level": 40], ["user_id": 97]])
        ])
      },
      memory: {
        $0.sentSecrets[7] = true
        $0.protections = [made(group, by: 97, deployRows: [100, 101], approvalRows: [200])]
      },
      says: ["its tier is protected in group acme/payments", "! protected tier production of group acme/payments", "not all projects"],
      doesNotSay: ["unprotected in", "- unprotected"]),
    Case(
      name: "a sending that was refused after the secrets were sent", isWhole: true,
      survey: { $0.refusedSendings[7] = Instant(milliseconds: 2_000) },
      memory: {
        $0.sentSecrets[7] = true
        $0.secretsSentAt[7] = Instant(milliseconds: 1_000)
      }, says: ["~ webhook of project", "was answered 401"]),
    Case(
      name: "one that was refused before", isWhole: true, survey: { $0.refusedSendings[7] = Instant(milliseconds: 1_000) },
      memory: {
        $0.sentSecrets[7] = true
        $0.secretsSentAt[7] = Instant(milliseconds: 2_000)
      }, says: ["= webhook of project"], doesNotSay: ["~ "]),
    Case(
      name: "a sending that was refused after the secrets were sent, by GitLab's numbers", isWhole: true,
      survey: {
        $0.refusedSendings[7] = Instant(milliseconds: 1_000)
        $0.lastSendings[7] = 12
      },
      memory: {
        $0.sentSecrets[7] = true
        $0.secretsSentAt[7] = Instant(milliseconds: 2_000)
        $0.sendingsBefore[7] = 11
      }, says: ["~ webhook of project", "was answered 401"]),
    Case(
      name: "one that was refused before, by GitLab's numbers", isWhole: true,
      survey: {
        $0.refusedSendings[7] = Instant(milliseconds: 2_000)
        $0.lastSendings[7] = 11
      },
      memory: {
        $0.sentSecrets[7] = true
        $0.secretsSentAt[7] = Instant(milliseconds: 1_000)
        $0.sendingsBefore[7] = 11
      }, says: ["= webhook of project"], doesNotSay: ["~ "]),
    Case(
      name: "a second webhook of apply's own", isWhole: true,
      survey: { $0.projects[0].hooks = .success([SetupSamples.hook(), SetupSamples.hook(8)]) },
      memory: {
        $0.sentSecrets = [7: true, 8: true]
        $0.hooks = [.init(id: 7, place: project), .init(id: 8, place: project)]
      }, says: ["= webhook of project", "~ webhook 8 of project", "- removed: webhook 8 leads to the same gate as webhook 7"],
      doesNotSay: ["! "]),
    Case(
      name: "what nothing gates any more, of a project that is configured", isWhole: true,
      survey: {
        $0.projects[0].protections = .success([
          SetupSamples.protection(approvers: [["user_id": 97]], deployers: [["access_level": 40], ["user_id": 97]]),
          SetupSamples.protection("staging", approvers: [["user_id": 97]], deployers: [["user_id": 97]]),
        ])
      },
      memory: { memory in
        ours(&memory)
        let web = SetupPlace.project(id: 31, path: "other/web")
        for (place, name) in [(project, "staging"), (project, "gone"), (web, "production")] {
          memory.protections.append(
            .init(place: place, name: name, account: 97, isWhole: true, deployRows: [100], approvalRows: [200]))
        }
      },
      says: [
        "! protected environment staging of project acme/payments/checkout", "no service gates it any more",
      ], doesNotSay: ["environment gone", "other/web", "~ protected environment production of project acme"]),
    Case(
      name: "what somebody has the account approve by hand, and no service gates", isWhole: true,
      survey: {
        $0.projects[0].protections = .success([
          SetupSamples.protection(approvers: [["user_id": 97]], deployers: [["access_level": 40], ["user_id": 97]]),
          SetupSamples.protection("staging", approvers: [["user_id": 97]], deployers: [["user_id": 97]]),
        ])
      },
      says: [
        "! protected environment staging of project acme/payments/checkout", "no service gates it any more",
        "which somebody has made its approver",
      ], doesNotSay: ["which apply has made"]),
    Case(
      name: "apply's own that leads to where the gate was before", isWhole: true,
      survey: { $0.projects[0].hooks = .success([SetupSamples.hook(7, ["url": "https://old.example.com/webhooks/gitlab/main"])]) },
      memory: {
        $0.sentSecrets = [7: true]
        $0.hooks = [.init(id: 7, place: project)]
      }, says: ["~ webhook of project", "url"], doesNotSay: ["+ webhook"]),
  ]
}
