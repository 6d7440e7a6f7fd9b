import Calendar
import ChangeControl
import JSON

@testable import GitLab

/// A gate that nothing is wrong with, for tables that then break one thing.
enum DoctorSamples {
  static let now = Instant(milliseconds: 1_790_000_000_000)
  static let account = Person(id: 97, username: "change-gateway", name: "Change Gateway")
  static let checkout = PlaceSurvey.Place.project(Project(id: 30, path: "acme/payments/checkout", webURL: nil))

  static let expected: GateExpectation = {
    var expected = bare
    expected.tokenFile = "secrets/gitlab-token"
    return expected
  }()

  private static let bare = GateExpectation(
    instance: "main", url: "https://gitlab.example.com",
    services: [
      Service(
        id: "checkout", name: "Checkout", instance: "main", projects: [.path(Pattern("acme/payments/*"))], gatedTiers: ["production"],
        gatedEnvironments: [Pattern("prod/*")], workflow: "simple", changeType: .normal, policy: "two")
    ],
    playsAfterApproval: true, publicURL: "https://gatehouse.example.com", hasWebhookToken: true, hasSigningToken: false,
    hasAdminToken: true)

  static func token(_ scopes: [String] = ["api"], endsIn days: Int64? = 200) -> ProbeReport.Token {
    ProbeReport.Token(name: "gate", scopes: scopes, expiresAt: days.map { now + .seconds($0 * 86_400) }, isActive: true)
  }

  static func rule(_ id: Int64, _ holder: String, _ value: Int64, requires: Int64? = nil) -> JSONValue {
    var object: JSONObject = ["id": .integer(id)]
    object.append(holder, .integer(value))
    if let requires { object.append("required_approvals", .integer(requires)) }
    return .object(object)
  }

  static func protection(
    _ name: String = "production", rules: [JSONValue] = [rule(38, "user_id", 97, requires: 1)],
    deployers: [JSONValue] = [rule(238, "access_level", 40), rule(239, "user_id", 97)], count: Int64 = 0
  ) -> ProtectedEnvironment {
    let value: JSONValue = [
      "name": .string(name), "deploy_access_levels": .array(deployers), "approval_rules": .array(rules),
      "required_approval_count": .integer(count),
    ]
    guard let protection = ProtectedEnvironment(value) else { preconditionFailure("no protected environment: \(value)") }
    return protection
  }

  static func webhook(_ id: Int64 = 7, url: String = "https://gatehouse.example.com/webhooks/gitlab") -> RegisteredWebhook {
    let value: JSONValue = [
      "id": .integer(id), "url": .string(url), "deployment_events": true, "pipeline_events": false, "enable_ssl_verification": true,
      "alert_status": "executable", "token_present": true, "signing_token_present": true,
    ]
    guard let webhook = RegisteredWebhook(value) else { preconditionFailure("no webhook: \(value)") }
    return webhook
  }

  static func sending(_ status: String, at text: String = "2026-09-20T10:00:00.000Z") -> RegisteredWebhook.Sending {
    guard let sending = RegisteredWebhook.Sending(["response_status": .string(status), "created_at": .string(text)]) else {
      preconditionFailure("no sending: \(status)")
    }
    return sending
  }

  static var well: GateSurvey {
    var survey = GateSurvey(
      probe: ProbeReport(software: .success(.init(text: "19.3.0-ee")), account: .success(account), token: .success(token())))
    survey.clockOffset = .milliseconds(200)
    var project = PlaceSurvey(checkout)
    project.level = .success(30)
    project.allowsTriggererApproval = false
    project.environments = .success([.init(name: "production", tier: "production"), .init(name: "review/x", tier: "development")])
    project.protections = .success([protection()])
    project.webhooks = .success([webhook()])
    survey.projects = [project]
    survey.projectCount = 1
    survey.groups = ["acme/payments", "acme"].map { path in
      var group = PlaceSurvey(.group(path))
      group.level = .success(nil)
      group.protections = .success([])
      group.webhooks = .success([])
      return group
    }
    survey.sendings = [.init(place: checkout, id: 7): .success([sending("200"), sending("200")])]
    return survey
  }
}
