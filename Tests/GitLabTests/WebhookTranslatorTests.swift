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
      ("deployment-blocked", DeploymentEvent.Kind.blocked, Int64(815), Int64(79601)),
      ("deployment-running", .running, 815, 79601), ("deployment-success", .success, 815, 79601),
      ("deployment-failed", .failed, nil, nil), ("deployment-canceled", .canceled, nil, nil),
      ("deployment-approved", .approved, 815, 79601), ("deployment-rejected", .rejected, 816, 79655),
      ("deployment-approved-no-rule", .approved, nil, nil), ("deployment-approved-group-rule", .approved, nil, nil),
      ("deployment-approved-role-rule-partial", .approved, nil, nil),
      ("deployment-failed-after-rejection", .failed, 816, 79655),
      ("deployment-blocked-manual-job-no-approval", .blocked, nil, nil),
      ("deployment-running-legacy-time", .running, 815, 79601),
      ("deployment-success-legacy-time", .success, nil, nil), ("deployment-failed-legacy-time", .failed, nil, nil),
      ("deployment-canceled-legacy-time", .canceled, nil, nil), ("deployment-success-api-created", .success, 818, nil),
    ] as [(String, DeploymentEvent.Kind, Int64?, Int64?)])
  func everyDeploymentHook(fixture: String, kind: DeploymentEvent.Kind, deployment: Int64?, job: Int64?) throws {
    guard case .deployment(let event) = try event(fixture, as: "Deployment Hook") else {
      Issue.record("\(fixture) is a deployment")
      return
    }
    #expect(event.kind == kind)
    #expect(event.identity.instance == "main" && event.identity.project == 30)
    #expect(event.environment == (fixture.contains("no-approval") ? "review/feature-x" : "production"))
    #expect(event.project.path == "acme/payments/checkout")
    if let deployment { #expect(event.identity.deployment == deployment && event.jobID == job) }
    #expect((event.approver != nil) == (kind == .approved || kind == .rejected))
    #expect((event.approvalID != nil) == (kind == .approved || kind == .rejected))
  }

  @Test func nullsStayNull() throws {
    guard case .deployment(let event) = try event("deployment-success-api-created", as: "Deployment Hook") else {
      Issue.record("it is a deployment")
      return
    }
    #expect(event.jobID == nil && event.approver == nil && event.approvalID == nil)
  }

  @Test func whatAGateAsksOfABlockedDeployment() throws {
    let project = Project(id: 30, path: "acme/payments/checkout", webURL: "https://gitlab.example.com/acme/payments/checkout")
    let expected = DeploymentEvent(
      identity: DeploymentIdentity(instance: "main", project: 30, deployment: 815), kind: .blocked, environment: "production",
      tier: "production", project: project, jobID: 79601, approver: nil, approvalID: nil)
    #expect(try event("deployment-blocked", as: "Deployment Hook") == .deployment(expected))
  }

  /// Only the members that are asked for are made values of: none may be missing from their list.
  @Test(arguments: ["deployment-blocked", "deployment-approved", "deployment-rejected", "pipeline-manual", "job-success", "other-push"])
  func theMembersThatAreReadAreAllThatCount(fixture: String) throws {
    let body = try WebhookBody(Fixture.bytes(fixture + ".json"))
    let translator = WebhookTranslator(instance: "main")
    #expect(try translator.translate(body, eventName: nil) == translator.translate(Fixture.json(fixture), eventName: nil))
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
    object["environment_tier"] = .string(String(repeating: "é", count: 10_000))
    object["project"] = ["id": 30, "path_with_namespace": "a/b", "web_url": "javascript:alert(1)"]
    guard case .deployment(let event) = try event(.object(object)) else {
      Issue.record("it is a deployment")
      return
    }
    #expect(event.tier?.unicodeScalars.count == 255)
    #expect(event.tier?.hasSuffix("…") == true)
    #expect(event.project.webURL == nil)
    object["environment"] = .string(String(repeating: "e", count: 256))
    #expect(try self.event(.object(object)).isDeployment == false)
  }

  @Test(arguments: ["\n", "\u{7F}", "\u{9B}31m", "\u{202E}", "\u{2067}", "\u{61C}"])
  func whatIsNotForPrintingIsInNoNameAndNoLink(text: String) throws {
    var object = try #require(Fixture.json("deployment-blocked").object)
    object["project"] = ["id": 30, "path_with_namespace": "a/b", "web_url": .string("https://gitlab.example.com/\(text)")]
    guard case .deployment(let event) = try event(.object(object)) else {
      Issue.record("it is a deployment")
      return
    }
    #expect(event.project.webURL == nil)
    object["environment"] = .string("production\(text)")
    #expect(try self.event(.object(object)).isDeployment == false)
  }
}

extension WebhookEvent {
  fileprivate var isDeployment: Bool { if case .deployment = self { true } else { false } }
  fileprivate var isPipeline: Bool { if case .pipeline = self { true } else { false } }
}
