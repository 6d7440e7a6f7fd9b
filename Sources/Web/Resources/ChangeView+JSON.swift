internal import ChangeControl
internal import Gate
internal import JSON
internal import Storage

extension ChangeView {
  /// A change request as the API shows it. Members may be added; those that are here stay.
  func write(to json: inout JSONWriter, in gate: Gate) {
    let (change, deployment) = (record.change, record.deployment)
    json.object { json in
      json.member("key", change.key)
      json.member("status", change.status)
      json.member("gate", change.gate.rawValue)
      json.member("type", change.type.rawValue)
      json.member("revision", change.revision)
      json.member("url", gate.address(of: change))
      json.member("service", change.service)
      json.member("service_name", gate.plan.service(id: change.service)?.name)
      json.member("policy", change.policy)
      json.member("policy_kept", policyKept)
      json.member("workflow", change.workflow)
      json.member("instance", deployment.identity.instance)
      json.object("project") { json in
        json.member("id", deployment.identity.project)
        json.member("path", deployment.projectPath)
        json.member("web_url", deployment.projectURL)
      }
      json.object("environment") { json in
        json.member("name", deployment.environment)
        json.member("tier", deployment.tier)
      }
      json.object("deployment") { deployment.writeMembers(to: &$0, sha: change.sha) }
      if let person = deployment.triggerer {
        json.object("requested_by") { person.writeMembers(to: &$0) }
      } else {
        json.member("requested_by", .null)
      }
      change.details.writeMembers(to: &json)
      json.member("out_of_band", change.outOfBand)
      json.member("created_at", change.createdAt.iso8601)
      json.member("updated_at", change.updatedAt.iso8601)
      json.member("expires_at", change.expiresAt?.iso8601)
      json.member("decided_at", change.decidedAt?.iso8601)
      json.member("decided_by", change.decidedBy)
      json.member("closed_at", change.closedAt?.iso8601)
      json.member("ended", ended)
      if let glass = change.brokenGlass {
        json.object("break_glass") { glass.writeMembers(to: &$0) }
      } else {
        json.member("break_glass", .null)
      }
      if let review = change.review {
        json.object("review") { review.writeMembers(to: &$0, isOverdue: isReviewOverdue) }
      } else {
        json.member("review", .null)
      }
      json.array("approvals") { json in
        for approval in approvals { json.object { approval.writeMembers(to: &$0, seat: evaluation?.seat(of: approval)) } }
      }
      json.array("freeze_overrides") { json in
        for override in freezeOverrides { json.object { override.writeMembers(to: &$0) } }
      }
      json.array("gitlab_approvals") { json in
        for approval in deployment.approvals { json.element(approval.json) }
      }
      json.array("callbacks") { json in
        for callback in callbacks { json.object { callback.writeMembers(to: &$0) } }
      }
      json.array("drift") { json in
        for drift in drifts { json.object { drift.writeMembers(to: &$0) } }
      }
      json.member("waiting_for", waitingFor)
      json.array("who_could") { json in
        for sentence in waitingFor {
          guard let people = evaluation?.whoCould[sentence] else { continue }
          json.object { json in
            json.member("waiting_for", sentence)
            json.member("users", people.users)
            json.member("others", Int64(people.others))
          }
        }
      }
    }
  }
}

extension DeploymentRecord {
  /// - Parameter sha: the commit that was asked for. The deployment's own may have moved on.
  fileprivate func writeMembers(to json: inout JSONWriter, sha: String) {
    json.member("id", identity.deployment)
    json.member("iid", iid)
    json.member("status", status.rawValue)
    json.member("job_id", job?.id)
    json.member("job_name", job?.name)
    json.member("job_status", job?.status)
    json.member("job_url", jobURL)
    json.member("pipeline_id", pipeline)
    json.member("ref", ref)
    json.member("sha", sha)
    json.member("commit_title", commitTitle)
    json.member("commit_authors", commitAuthors)
    json.member("pending_approval_count", pendingApprovals.map(Int64.init))
  }

  /// Where GitLab shows the job. The deployments API does not always tell; the address is always of this form.
  private var jobURL: String? {
    guard let job else { return nil }
    return job.webURL ?? projectURL.map { "\($0)/-/jobs/\(job.id)" }
  }
}

extension Person {
  fileprivate func writeMembers(to json: inout JSONWriter) {
    json.member("id", id)
    json.member("username", username)
    json.member("name", name)
  }
}

extension ChangeDetails {
  fileprivate func writeMembers(to json: inout JSONWriter) {
    json.member("risk", risk?.rawValue)
    json.member("impact", impact?.rawValue)
    json.member("reason", reason)
    json.member("implementation_plan", implementationPlan)
    json.member("rollback_plan", rollbackPlan)
    json.member("planned_start", plannedStart?.iso8601)
    json.member("planned_end", plannedEnd?.iso8601)
  }
}

extension BrokenGlass {
  fileprivate func writeMembers(to json: inout JSONWriter) {
    json.member("by", user)
    json.member("reason", reason)
    json.member("at", at.iso8601)
  }
}

extension FreezeOverride {
  fileprivate func writeMembers(to json: inout JSONWriter) {
    json.member("by", user)
    json.member("reason", reason)
    json.member("at", askedAt.iso8601)
  }
}

extension DriftRecord {
  func writeMembers(to json: inout JSONWriter) {
    json.member("check", check)
    json.member("seen", seen)
    json.member("since", beganAt.iso8601)
    json.member("until", endedAt?.iso8601)
    json.member("unwatched", isUnwatched)
  }
}

extension ChangeRequest.Review {
  fileprivate func writeMembers(to json: inout JSONWriter, isOverdue: Bool) {
    json.member("due_at", dueAt.iso8601)
    json.member("overdue", isOverdue)
    json.member("done_at", doneAt?.iso8601)
    json.member("by", by)
    json.member("comment", comment)
  }
}

extension Approval {
  /// - Parameter seat: the place in the policy of the rule that it fills; nil for a rejection, and for a yes that fills none.
  fileprivate func writeMembers(to json: inout JSONWriter, seat: Int?) {
    json.member("user", user)
    json.member("status", status.rawValue)
    json.member("comment", comment)
    json.member("represented_as", representedAs)
    json.member("created_at", createdAt.iso8601)
    json.member("rule", seat.map(Int64.init))
    json.member("step", step)
    json.member("effective_at", effectiveAt?.iso8601)
  }
}

extension CallbackRecord {
  fileprivate func writeMembers(to json: inout JSONWriter) {
    json.member("step", step.rawValue)
    json.member("state", state.rawValue)
    json.member("attempts", Int64(attempts))
    json.member("last_error", lastError)
    json.member("due_at", dueAt.iso8601)
    json.member("settled_at", settledAt?.iso8601)
  }
}
