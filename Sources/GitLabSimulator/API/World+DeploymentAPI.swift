internal import Calendar
internal import HTTPMessages
internal import JSON

extension World {
  func listDeployments(_ call: Call) throws(APIError) -> Response {
    let orderBy = try call.parameters.choice("order_by", ["id", "iid", "created_at", "updated_at", "finished_at"]) ?? "id"
    let sort = try call.parameters.choice("sort", ["asc", "desc"]) ?? "asc"
    let status = try call.parameters.choice("status", Deployment.Status.allCases.map(\.rawValue))
    let window = try TimeWindow(call.parameters, orderBy: orderBy, status: status)
    let project = try project(call)
    try require(.reporter, project, call)
    let name = call.parameters.text("environment")
    let rows = deployments.all.filter { deployment in
      deployment.projectID == project.id && (status.map { $0 == deployment.status.rawValue } ?? true)
        && (name.map { $0 == environments[deployment.environmentID].name } ?? true) && window.contains(deployment)
    }
    func key(_ deployment: Deployment) -> Int64 {
      switch orderBy {
      case "created_at": deployment.createdAt.milliseconds
      case "updated_at": deployment.updatedAt.milliseconds
      case "finished_at": deployment.finishedAt?.milliseconds ?? .max
      case "iid": deployment.iid
      default: deployment.id
      }
    }
    let sorted = rows.sorted { (key($0), $0.id) < (key($1), $1.id) }
    return try page(sort == "asc" ? sorted : sorted.reversed(), call) { .object(deploymentEntity($0)) }
  }

  func showDeployment(_ call: Call) throws(APIError) -> Response {
    let deployment = try deployment(call)
    var object = deploymentEntity(deployment)
    guard instance.isLicensed else { return .json(.object(object)) }
    let given = approvals.all.filter { $0.deploymentID == deployment.id }
    object.append("pending_approval_count", .integer(pendingApprovalCount(of: deployment)))
    object.append("approvals", .array(given.map(approvalEntity)))
    let rules = approvalRules(of: environments[deployment.environmentID])
    object.append("approval_summary", ["rules": .array(rules.map { .object(summaryEntity($0, given)) })])
    return .json(.object(object))
  }

  private func deployment(_ call: Call) throws(APIError) -> Deployment {
    let id = try call.id("deployment_id")
    let project = try project(call)
    try require(.reporter, project, call)
    guard let deployment = deployments.find(id), deployment.projectID == project.id else { throw .notFound }
    return deployment
  }

  private func summaryEntity(_ rule: AccessRule, _ given: [Approval]) -> JSONObject {
    var object = holderMembers(rule)
    object.append("required_approvals", .integer(rule.requiredApprovals))
    object.append("deployment_approvals", .array(given.filter { $0.ruleID == rule.id }.map(approvalEntity)))
    return object
  }

  private func approvalEntity(_ approval: Approval) -> JSONValue {
    [
      "user": userEntity(users[approval.userID]),
      "status": .string(approval.status.rawValue),
      "created_at": .string(approval.createdAt.iso8601),
      "comment": .optional(approval.comment),
    ]
  }

  mutating func approveDeployment(_ call: Call) throws(APIError) -> Response {
    guard let text = call.parameters.text("status") else { throw .parameter("status is missing") }
    guard let status = Approval.Status(rawValue: text) else { throw .parameter("status does not have a valid value") }
    let approval = try recordApproval(
      deploymentID: try deployment(call).id, by: call.user, status: status, comment: call.parameters.text("comment"),
      representedAs: call.parameters.text("represented_as"))
    return .json(approvalEntity(approval), status: .created)
  }

  /// The short entity: no counts, no approvals.
  private func deploymentEntity(_ deployment: Deployment) -> JSONObject {
    let environment = environments[deployment.environmentID]
    return [
      "id": .integer(deployment.id),
      "iid": .integer(deployment.iid),
      "ref": .string(deployment.ref),
      "sha": .string(deployment.sha),
      "created_at": .string(deployment.createdAt.iso8601),
      "updated_at": .string(deployment.updatedAt.iso8601),
      "status": .string(deployment.status.rawValue),
      "user": users.find(deployment.userID).map(userEntity) ?? .null,
      "environment": [
        "id": .integer(environment.id), "name": .string(environment.name), "external_url": .optional(environment.externalURL),
      ],
      "deployable": jobs.find(deployment.jobID).map(deployableEntity) ?? .null,
    ]
  }
}

/// The time filters of the list, each of which needs its own order (GitLab's `DeploymentsFinder`).
private struct TimeWindow {
  var updated: (after: Instant?, before: Instant?)
  var finished: (after: Instant?, before: Instant?)

  init(_ parameters: Parameters, orderBy: String, status: String?) throws(APIError) {
    func instant(_ name: String) throws(APIError) -> Instant? {
      guard let text = parameters.text(name) else { return nil }
      guard let instant = Instant(iso8601: text) else { throw .parameter("\(name) is invalid") }
      return instant
    }
    updated = (try instant("updated_after"), try instant("updated_before"))
    finished = (try instant("finished_after"), try instant("finished_before"))
    if updated.after != nil || updated.before != nil, orderBy != "updated_at" {
      throw .badRequest("400 Bad request - `updated_at` filter requires `updated_at` sort")
    }
    if finished.after != nil || finished.before != nil {
      guard orderBy == "finished_at" else { throw .badRequest("400 Bad request - `finished_at` filter requires `finished_at` sort") }
      guard status == "success" else {
        throw .badRequest("400 Bad request - `finished_at` filter must be combined with `success` status filter.")
      }
    }
  }

  func contains(_ deployment: World.Deployment) -> Bool {
    let finishedAt = deployment.finishedAt ?? deployment.updatedAt
    return (updated.after.map { deployment.updatedAt >= $0 } ?? true) && (updated.before.map { deployment.updatedAt <= $0 } ?? true)
      && (finished.after.map { finishedAt >= $0 } ?? true) && (finished.before.map { finishedAt <= $0 } ?? true)
  }
}
