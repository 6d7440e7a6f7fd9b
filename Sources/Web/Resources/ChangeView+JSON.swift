internal import ChangeControl
internal import Gate
internal import JSON
internal import Storage

extension ChangeView {
  /// A change request as the API shows it. Members may be added; those that are here stay.
  func json(in gate: Gate) -> JSONValue {
    let change = change
    return [
      "key": .string(change.key), "status": .string(change.status), "gate": .string(change.gate.rawValue),
      "type": .string(change.type.rawValue), "revision": .integer(change.revision), "url": .string(gate.address(of: change)),
      "service": .string(change.service), "service_name": .optional(gate.plan.service(id: change.service)?.name),
      "policy": .string(change.policy), "workflow": .string(change.workflow), "instance": .string(record.deployment.identity.instance),
      "project": projectJSON,
      "environment": ["name": .string(record.deployment.environment), "tier": .optional(record.deployment.tier)],
      "deployment": deploymentJSON,
      "requested_by": record.deployment.triggerer?.json ?? .null,
      "risk": .optional(change.details.risk?.rawValue), "impact": .optional(change.details.impact?.rawValue),
      "reason": .optional(change.details.reason), "implementation_plan": .optional(change.details.implementationPlan),
      "rollback_plan": .optional(change.details.rollbackPlan), "planned_start": .optional(change.details.plannedStart?.iso8601),
      "planned_end": .optional(change.details.plannedEnd?.iso8601),
      "out_of_band": .bool(change.outOfBand),
      "created_at": .string(change.createdAt.iso8601), "updated_at": .string(change.updatedAt.iso8601),
      "expires_at": .optional(change.expiresAt?.iso8601), "decided_at": .optional(change.decidedAt?.iso8601),
      "decided_by": .optional(change.decidedBy),
      "closed_at": .optional(change.closedAt?.iso8601),
      "break_glass": change.brokenGlass?.json ?? .null, "review": change.review?.json ?? .null,
      "approvals": .array(approvals.map { $0.json(seat: evaluation?.seats[$0.user]) }),
      "gitlab_approvals": .array(record.deployment.approvals.map(\.json)),
      "callbacks": .array(callbacks.map(\.json)),
      "waiting_for": .array(waitingFor.map(JSONValue.string)),
    ]
  }

  private var projectJSON: JSONValue {
    [
      "id": .integer(record.deployment.identity.project), "path": .optional(record.deployment.projectPath),
      "web_url": .optional(record.deployment.projectURL),
    ]
  }

  private var deploymentJSON: JSONValue {
    let deployment = record.deployment
    return [
      "id": .integer(deployment.identity.deployment), "iid": .optional(deployment.iid), "status": .string(deployment.status.rawValue),
      "job_id": .optional(deployment.job?.id), "job_name": .optional(deployment.job?.name), "job_status": .optional(deployment.job?.status),
      "job_url": .optional(deployment.jobURL), "pipeline_id": .optional(deployment.pipeline), "ref": .optional(deployment.ref),
      "sha": .string(change.sha), "commit_title": .optional(deployment.commitTitle),
      "commit_authors": .array(deployment.commitAuthors.map(JSONValue.string)),
      "pending_approval_count": .optional(deployment.pendingApprovals.map(Int64.init)),
    ]
  }
}

extension Person {
  fileprivate var json: JSONValue { ["id": .integer(id), "username": .string(username), "name": .string(name)] }
}

extension BrokenGlass {
  fileprivate var json: JSONValue { ["by": .string(user), "reason": .string(reason), "at": .string(at.iso8601)] }
}

extension ChangeRequest.Review {
  fileprivate var json: JSONValue {
    [
      "due_at": .string(dueAt.iso8601), "done_at": .optional(doneAt?.iso8601), "by": .optional(by), "comment": .optional(comment),
    ]
  }
}

extension Approval {
  /// - Parameter seat: the place in the policy of the rule that it fills; nil for a rejection, and for a yes that fills none.
  fileprivate func json(seat: Int?) -> JSONValue {
    [
      "user": .string(user), "status": .string(status.rawValue), "comment": .optional(comment),
      "represented_as": .optional(representedAs), "created_at": .string(createdAt.iso8601), "rule": .optional(seat.map(Int64.init)),
      "step": .string(step), "effective_at": .optional(effectiveAt?.iso8601),
    ]
  }
}

extension CallbackRecord {
  fileprivate var json: JSONValue {
    [
      "step": .string(step.rawValue), "state": .string(state.rawValue), "attempts": .integer(Int64(attempts)),
      "last_error": .optional(lastError), "due_at": .string(dueAt.iso8601), "settled_at": .optional(settledAt?.iso8601),
    ]
  }
}

extension DeploymentRecord {
  /// Where GitLab shows the job. The deployments API does not always tell; the address is always of this form.
  fileprivate var jobURL: String? {
    guard let job else { return nil }
    return job.webURL ?? projectURL.map { "\($0)/-/jobs/\(job.id)" }
  }
}
