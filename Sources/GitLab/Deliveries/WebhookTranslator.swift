package import ChangeControl
internal import JSON

/// Turns a delivery into our own words. Whatever is authentic gets an answer: a delivery that makes no sense to a gate is irrelevant, with
/// the reason, and never an error, for GitLab switches a hook off after four of those.
package struct WebhookTranslator: Sendable {
  /// The name of the GitLab instance that deliveries come from.
  package let instance: String

  package init(instance: String) { self.instance = instance }

  /// `eventName` is the header `X-Gitlab-Event`; without it, the body's `object_kind` says what it is.
  package func translate(_ body: WebhookBody, eventName: String?) -> WebhookEvent { translate(body.facts, eventName: eventName) }

  /// All that is asked for below, at whatever depth.
  static let members = JSONNames([
    "object_kind", "status", "deployment_id", "environment", "environment_tier", "project", "id", "path_with_namespace", "web_url",
    "deployable_id", "approver", "username", "name", "approval", "object_attributes", "builds", "action", "deployment_tier",
  ])

  func translate(_ body: JSONValue, eventName: String?) -> WebhookEvent {
    switch eventName ?? body["object_kind"]?.string {
    case "Deployment Hook", "deployment": translateDeployment(body)
    case "Pipeline Hook", "pipeline": translatePipeline(body)
    case let other?: .irrelevant(reason: "\(other.bounded(to: 60)) is nothing to a gate")
    case nil: .irrelevant(reason: "the delivery does not say which event it is")
    }
  }

  /// A Deployment Hook (GitLab's lib/gitlab/data_builder/deployment.rb). `approved` and `rejected` come from 19.3 on, with an approver.
  private func translateDeployment(_ body: JSONValue) -> WebhookEvent {
    guard body["object_kind"]?.string == "deployment" else { return .irrelevant(reason: misshapen("object_kind")) }
    guard let status = body.text("status") else { return .irrelevant(reason: misshapen("status")) }
    guard let kind = DeploymentEvent.Kind(rawValue: status) else {
      return .irrelevant(reason: "the deployment status '\(status.bounded(to: 40))' is nothing to a gate")
    }
    guard let deployment = body.id("deployment_id") else { return .irrelevant(reason: misshapen("deployment_id")) }
    guard let project = body["project"]?.project else { return .irrelevant(reason: misshapen("project")) }
    guard let environment = environmentName(body["environment"]) else { return .irrelevant(reason: misshapen("environment")) }
    return .deployment(
      DeploymentEvent(
        identity: DeploymentIdentity(instance: instance, project: project.id, deployment: deployment),
        kind: kind,
        environment: environment,
        tier: body.text("environment_tier"),
        project: project,
        jobID: body.id("deployable_id"),
        approver: body["approver"]?.person,
        approvalID: body["approval"]?.id("id")))
  }

  /// A Pipeline Hook. Before 19.3, a pipeline that stands at `manual` is the only sign that a job waits for approval; whether it does, and
  /// as which deployment, only the API can tell.
  private func translatePipeline(_ body: JSONValue) -> WebhookEvent {
    let attributes = body["object_attributes"]
    guard let status = attributes?.text("status") else { return .irrelevant(reason: misshapen("object_attributes.status")) }
    guard status == "manual" else { return .irrelevant(reason: "a pipeline that is '\(status.bounded(to: 40))' does not wait for anybody") }
    guard let pipeline = attributes?.id("id") else { return .irrelevant(reason: misshapen("object_attributes.id")) }
    guard let project = body["project"]?.project else { return .irrelevant(reason: misshapen("project")) }
    let jobs = (body["builds"]?.array ?? []).lazy.compactMap(waitingJob).prefix(Limits.jobsPerPipeline)
    guard !jobs.isEmpty else { return .irrelevant(reason: "no waiting job of the pipeline would deploy") }
    return .pipeline(PipelineHint(instance: instance, project: project, pipeline: pipeline, jobs: Array(jobs)))
  }

  /// Only a job whose action is `start` (GitLab's default) makes a deployment.
  private func waitingJob(_ build: JSONValue) -> PipelineHint.WaitingJob? {
    guard build["status"]?.string == "manual", let id = build.id("id"), let environment = build["environment"],
      let name = environmentName(environment["name"]), environment.text("action") ?? "start" == "start"
    else { return nil }
    return PipelineHint.WaitingJob(id: id, environment: name, tier: environment.text("deployment_tier"))
  }

  /// Never cut or cleaned: it would match other patterns than the name itself. GitLab allows no character in it that is not for printing.
  private func environmentName(_ value: JSONValue?) -> String? {
    guard let name = value?.string, (1...Limits.environmentName).contains(name.unicodeScalars.count),
      name.unicodeScalars.allSatisfy(\.isPrintable)
    else { return nil }
    return name
  }

  private func misshapen(_ member: String) -> String {
    "'\(member)' is missing or misshapen; remove the custom template from the webhook's settings in GitLab"
  }
}
