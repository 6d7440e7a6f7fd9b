import ChangeControl
import JSON
import Testing

@testable import GitLab

@Suite struct WebhookTranslatorTests {
  private func event(_ fixture: String, as name: String) throws -> WebhookEvent {
    WebhookTranslator(instance: "main").translate(try WebhookBody(Fixture.bytes(fixture + ".json")), eventName: name)
  }

  private func event(_ value: JSONValue, as name: String? = "Deployment Hook") throws -> WebhookEvent {
    WebhookTranslator(instance: "main").translate(try WebhookBody(value.bytes), eventName: name)
  }

  @Test(
    arguments: [
      ("deployment-blocked", DeploymentEvent.Kind.blocked, Int64(815), Int64(79601), "2026-09-03T09:15:02.000Z"),
      ("deployment-running", .running, 815, 79601, nil), ("deployment-success", .success, 815, 79601, nil),
      ("deployment-failed", .failed, nil, nil, nil), ("deployment-canceled", .canceled, nil, nil, nil),
      ("deployment-approved", .approved, 815, 79601, nil), ("deployment-rejected", .rejected, 816, 79655, "2026-09-03T09:50:00.000Z"),
      ("deployment-approved-no-rule", .approved, nil, nil, nil), ("deployment-approved-group-rule", .approved, nil, nil, nil),
      ("deployment-approved-role-rule-partial", .approved, nil, nil, nil),
      ("deployment-failed-after-rejection", .failed, 816, 79655, nil),
      ("deployment-blocked-manual-job-no-approval", .blocked, nil, nil, nil),
      ("deployment-running-legacy-time", .running, 815, 79601, "2025-10-01T09:41:44.000Z"),
      ("deployment-success-legacy-time", .success, nil, nil, nil), ("deployment-failed-legacy-time", .failed, nil, nil, nil),
      ("deployment-canceled-legacy-time", .canceled, nil, nil, nil), ("deployment-success-api-created", .success, 818, nil, nil),
    ] as [(String, DeploymentEvent.Kind, Int64?, Int64?, String?)])
  func everyDeploymentHook(fixture: String, kind: DeploymentEvent.Kind, deployment: Int64?, job: Int64?, time: String?) throws {
    guard case .deployment(let event) = try event(fixture, as: "Deployment Hook") else {
      Issue.record("\(fixture) is a deployment")
      return
    }
    #expect(event.kind == kind)
    #expect(event.identity.instance == "main" && event.identity.project == 30)
    #expect(event.environment == (fixture.contains("no-approval") ? "review/feature-x" : "production"))
    #expect(event.project.path == "acme/payments/checkout")
    #expect(event.statusChangedAt != nil)
    if let deployment { #expect(event.identity.deployment == deployment && event.jobID == job) }
    if let time { #expect(event.statusChangedAt?.iso8601 == time) }
    #expect((event.approver != nil) == (kind == .approved || kind == .rejected))
    #expect((event.approvalID != nil) == (kind == .approved || kind == .rejected))
  }

  @Test func nullsStayNull() throws {
    guard case .deployment(let event) = try event("deployment-success-api-created", as: "Deployment Hook") else {
      Issue.record("it is a deployment")
      return
    }
    #expect(event.jobID == nil && event.jobURL == nil && event.triggerer == nil && event.commitTitle == nil)
  }

  @Test func everythingOfABlockedDeploymentIsKept() throws {
    guard case .deployment(let event) = try event("deployment-blocked", as: "Deployment Hook") else {
      Issue.record("it is a deployment")
      return
    }
    #expect(event.jobURL == "https://gitlab.example.com/acme/payments/checkout/-/jobs/79601")
    #expect(event.ref == "main" && event.shortSHA == "279484c0" && event.commitTitle == "Raise checkout timeout")
    #expect(event.triggerer == Person(id: 12, username: "dana", name: "Dana Developer"))
    #expect(event.project.webURL == "https://gitlab.example.com/acme/payments/checkout")
  }

  @Test func waitingPipelineIsAHint() throws {
    let hint = PipelineHint(
      instance: "main",
      project: Project(id: 30, path: "acme/payments/checkout", webURL: "https://gitlab.example.com/acme/payments/checkout"), pipeline: 2366,
      jobs: [.init(id: 79601, environment: "production", tier: "production")])
    #expect(try event("pipeline-manual", as: "Pipeline Hook") == .pipeline(hint))
  }

  @Test func onlyJobsThatWouldDeployAreHints() throws {
    func pipeline(_ build: JSONValue) throws -> WebhookEvent {
      try event(
        [
          "object_kind": "pipeline", "object_attributes": ["id": 1, "status": "manual"],
          "project": ["id": 30, "path_with_namespace": "a/b"], "builds": [build],
        ], as: "Pipeline Hook")
    }
    let environment: JSONValue = ["name": "production", "action": nil]
    #expect(try pipeline(["id": 5, "status": "manual", "environment": environment]).isPipeline)
    #expect(try pipeline(["id": 5, "status": "manual", "environment": ["name": "production", "action": "stop"]]).isPipeline == false)
    #expect(try pipeline(["id": 5, "status": "success", "environment": environment]).isPipeline == false)
    #expect(try pipeline(["id": 5, "status": "manual", "environment": nil]).isPipeline == false)
    #expect(try pipeline(["id": "5", "status": "manual", "environment": environment]).isPipeline == false)
    #expect(try pipeline([1, "x"]).isPipeline == false)
  }

  @Test(arguments: [
    ("pipeline-running", "Pipeline Hook"), ("pipeline-success-with-optional-manual-job", "Pipeline Hook"),
    ("pipeline-failed-deployment-rejected", "Pipeline Hook"), ("job-created", "Job Hook"), ("job-pending", "Job Hook"),
    ("job-running", "Job Hook"), ("job-success", "Job Hook"), ("job-failed", "Job Hook"),
    ("job-failed-deployment-rejected", "Job Hook"), ("other-push", "Push Hook"), ("other-push", "System Hook"),
    ("deployment-blocked", "System Hook"), ("other-push", "Deployment Hook"), ("other-push", "Something New Hook"),
  ])
  func everythingElseIsIrrelevant(fixture: String, name: String) throws {
    guard case .irrelevant(let reason) = try event(fixture, as: name) else {
      Issue.record("\(fixture) as \(name) is nothing to a gate")
      return
    }
    #expect(!reason.isEmpty)
  }

  @Test(arguments: ["object_kind", "status", "deployment_id", "project", "environment"])
  func aBrokenShapeIsIrrelevantAndNamed(member: String) throws {
    for broken: JSONValue? in [nil, .null, [], "", -1, 0, ["id": "30"]] {
      var object = try #require(Fixture.json("deployment-blocked").object)
      object[member] = broken
      guard case .irrelevant(let reason) = try event(.object(object)) else {
        Issue.record("\(member) = \(String(describing: broken)) makes no deployment")
        return
      }
      #expect(reason.contains(member) || member == "status")
    }
  }

  @Test func unknownStatusIsIrrelevant() throws {
    var object = try #require(Fixture.json("deployment-blocked").object)
    object["status"] = "quarantined"
    #expect(try event(.object(object)) == .irrelevant(reason: "the deployment status 'quarantined' is nothing to a gate"))
  }

  @Test(arguments: [JSONValue.null, [], "deployment", 7, [:], ["object_kind": 7]])
  func anyJSONIsAnswered(value: JSONValue) throws {
    #expect(try event(value).isDeployment == false)
    #expect(try event(value, as: nil).isDeployment == false)
  }

  @Test(arguments: ["", "{", "not json", "{\"a\":1} trailing"])
  func onlyWhatIsNotJSONIsAnError(text: String) {
    #expect(throws: JSONError.self) { try WebhookBody(Array(text.utf8)) }
  }

  @Test func withoutAnEventNameTheBodySaysWhatItIs() throws {
    #expect(try event(Fixture.json("deployment-blocked"), as: nil).isDeployment)
    #expect(try event(Fixture.json("pipeline-manual"), as: nil).isPipeline)
  }

  @Test func textsAreBoundedAndLinksAreLinks() throws {
    var object = try #require(Fixture.json("deployment-blocked").object)
    object["commit_title"] = .string(String(repeating: "é", count: 10_000))
    object["deployable_url"] = "javascript:alert(1)"
    guard case .deployment(let event) = try event(.object(object)) else {
      Issue.record("it is a deployment")
      return
    }
    #expect(event.commitTitle?.unicodeScalars.count == 255)
    #expect(event.commitTitle?.hasSuffix("…") == true)
    #expect(event.jobURL == nil)
    object["environment"] = .string(String(repeating: "e", count: 256))
    #expect(try self.event(.object(object)).isDeployment == false)
  }

  @Test(arguments: ["\n", "\u{7F}", "\u{9B}31m", "\u{202E}", "\u{2067}", "\u{61C}"])
  func whatIsNotForPrintingIsInNoNameAndNoLink(text: String) throws {
    var object = try #require(Fixture.json("deployment-blocked").object)
    object["deployable_url"] = .string("https://gitlab.example.com/\(text)")
    guard case .deployment(let event) = try event(.object(object)) else {
      Issue.record("it is a deployment")
      return
    }
    #expect(event.jobURL == nil)
    object["environment"] = .string("production\(text)")
    #expect(try self.event(.object(object)).isDeployment == false)
  }
}

extension WebhookEvent {
  fileprivate var isDeployment: Bool { if case .deployment = self { true } else { false } }
  fileprivate var isPipeline: Bool { if case .pipeline = self { true } else { false } }
}
