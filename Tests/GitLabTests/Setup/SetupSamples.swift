import ChangeControl
import JSON

@testable import GitLab

/// A small GitLab in which nothing is set up, and a configuration that wants a gate for production.
enum SetupSamples {
  static let account: Int64 = 97
  static let hookURL = "https://gatehouse.example.com/webhooks/gitlab/main"

  static func service(_ projects: [ProjectPattern] = [.path(Pattern("acme/payments/*"))], environments: [String] = []) -> Service {
    Service(
      id: "checkout", name: "Checkout", instance: "main", projects: projects, gatedTiers: ["production"],
      gatedEnvironments: environments.map { Pattern($0) }, workflow: "simple", changeType: .normal, policy: "p")
  }

  static func target() -> SetupTarget {
    var target = SetupTarget(
      instance: "main", services: [service()], tokenExpiresOn: "2027-11-21", token: .absentFile("secrets/token"),
      webhookToken: .absentFile("secrets/hook"), signingToken: .unconfigured)
    target.tokenFile = "secrets/token"
    target.hookURL = hookURL
    return target
  }

  static func project(_ id: Int64 = 30, _ path: String = "acme/payments/checkout") -> SetupSurvey.ProjectReading {
    SetupSurvey.ProjectReading(
      id: id, path: path, personLevel: 40,
      environments: .success([
        EnvironmentReading(name: "production", tier: "production"), EnvironmentReading(name: "staging", tier: "staging"),
      ]), protections: .success([]), hooks: .success([]))
  }

  /// Nothing is there, and the person may make all of it.
  static func empty() -> SetupSurvey {
    var survey = SetupSurvey(person: Person(id: 21, username: "alice", name: "Alice"))
    survey.version = GitLabVersion(major: 19, minor: 3)
    survey.groups["acme"] = .init(id: 2, path: "acme", protections: .success([]))
    survey.groups["acme/payments"] = .init(id: 3, path: "acme/payments", protections: .success([]), hooks: .success([]))
    for path in ["acme", "acme/payments"] { survey.groups[path]?.uncovered = .success([]) }
    survey.projects = [project()]
    survey.accountPlaces = [.group(id: 2, path: "acme")]
    return survey
  }

  /// All is there.
  static func whole() -> SetupSurvey {
    var survey = empty()
    survey.account = .init(id: account, username: "gatehouse-acme", place: .group(id: 2, path: "acme"))
    survey.ownToken = .valid(token(11), owner: Person(id: account, username: "gatehouse-acme", name: "Gatehouse"))
    survey.tokens = [token(11)]
    survey.projects[0].accountLevel = 30
    survey.projects[0].protections = .success([
      protection(approvers: [["user_id": 97]], deployers: [["access_level": 40], ["user_id": 97]])
    ])
    survey.projects[0].hooks = .success([hook()])
    return survey
  }

  static func token(_ id: Int64, name: String = "gatehouse 1a2b3c4d", scopes: [String] = ["api"], isActive: Bool = true)
    -> AccessTokenReading
  {
    AccessTokenReading(id: id, name: name, userID: account, scopes: scopes, isActive: isActive, expiresAt: nil)
  }

  static func protection(
    _ name: String = "production", approvers: [JSONObject], deployers: [JSONObject], count: Int64 = 0
  ) -> ProtectedEnvironment {
    func rows(_ rows: [JSONObject], from first: Int64) -> JSONValue {
      .array(
        rows.enumerated().map { index, row in
          var row = row
          row["id"] = .integer(first + Int64(index))
          return .object(row)
        })
    }
    let value: JSONValue = [
      "name": .string(name), "deploy_access_levels": rows(deployers, from: 100), "approval_rules": rows(approvers, from: 200),
      "required_approval_count": .integer(count),
    ]
    guard let reading = ProtectedEnvironment(value) else { preconditionFailure("a sample is no protection") }
    return reading
  }

  static func hook(_ id: Int64 = 7, _ changes: JSONObject = [:]) -> RegisteredWebhook {
    var value: JSONObject = [
      "id": .integer(id), "url": .string(hookURL), "deployment_events": true, "pipeline_events": false, "push_events": false,
      "enable_ssl_verification": true, "token_present": true, "signing_token_present": false, "alert_status": "executable",
    ]
    for member in changes.members { value[member.name] = member.value }
    guard let reading = RegisteredWebhook(.object(value)) else { preconditionFailure("a sample is no hook") }
    return reading
  }
}
