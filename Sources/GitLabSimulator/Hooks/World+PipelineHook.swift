internal import JSON

extension World {
  mutating func sendPipelineHook(_ pipeline: Pipeline) {
    guard !users[pipeline.userID].isBlocked else { return }
    send(.pipeline, project: pipeline.projectID, payload: .object(pipelineHook(pipeline)))
  }

  func pipelineHook(_ pipeline: Pipeline) -> JSONObject {
    let project = projects[pipeline.projectID]
    return [
      "object_kind": "pipeline",
      "object_attributes": .object(pipelineAttributes(pipeline, project)),
      "merge_request": .null,
      "user": hookUser(users[pipeline.userID]),
      "project": .object(hookProject(project, withOldNames: false)),
      "commit": pipelineHookCommit(pipeline, project),
      "builds": .array(jobs(ofPipeline: pipeline.id).reversed().map { .object(pipelineHookBuild($0)) }),
    ]
  }

  private func pipelineAttributes(_ pipeline: Pipeline, _ project: Project) -> JSONObject {
    [
      "id": .integer(pipeline.id),
      "iid": .integer(pipeline.iid),
      "name": .null,
      "ref": .string(pipeline.ref),
      "tag": false,
      "sha": .string(pipeline.sha),
      "before_sha": .string(World.noCommit),
      "source": "push",
      "status": .string(pipeline.status.rawValue),
      "detailed_status": .string(detailedStatus(pipeline.status)),
      "stages": ["test", "deploy"],
      "created_at": .string(pipeline.createdAt.rubyTime),
      "finished_at": .optional(pipeline.finishedAt?.rubyTime),
      "duration": pipeline.finishedAt.map { wholeSeconds(from: pipeline.startedAt, to: $0) } ?? .null,
      "queued_duration": wholeSeconds(from: pipeline.createdAt, to: pipeline.startedAt ?? now),
      "protected_ref": true,
      "variables": [],
      "url": .string(webURL(of: project) + "/-/pipelines/\(pipeline.id)"),
    ]
  }

  func detailedStatus(_ status: Pipeline.Status) -> String {
    switch status {
    case .manual: "waiting for manual action"
    case .success: "passed"
    default: status.rawValue
    }
  }

  private func pipelineHookCommit(_ pipeline: Pipeline, _ project: Project) -> JSONValue {
    guard let commit = commits[pipeline.sha] else { return .null }
    return [
      "id": .string(commit.sha),
      "message": .string(commit.message),
      "title": .string(commit.title),
      "timestamp": .string(commit.authoredAt.isoWithOffset),
      "url": .string(webURL(of: project) + "/-/commit/" + commit.sha),
      "author": ["name": .string(commit.authorName), "email": "[REDACTED]"],
    ]
  }

  private func pipelineHookBuild(_ job: Job) -> JSONObject {
    let neverRan = job.startedAt == nil
    return [
      "id": .integer(job.id),
      "stage": .string(job.stage),
      "name": .string(job.name),
      "status": .string(job.status.rawValue),
      "created_at": .string(job.createdAt.rubyTime),
      "started_at": .optional(job.startedAt?.rubyTime),
      "finished_at": .optional(neverRan ? nil : job.finishedAt?.rubyTime),
      "duration": neverRan ? .null : seconds(from: job.startedAt, to: job.finishedAt ?? now),
      "queued_duration": neverRan ? .null : seconds(from: job.queuedAt, to: job.startedAt ?? now),
      "failure_reason": .optional(job.failureReason),
      "when": .string(job.isManual ? "manual" : "on_success"),
      "manual": .bool(job.isManual),
      "allow_failure": .bool(job.allowsFailure),
      "user": hookUser(users[job.userID]),
      "runner": hookRunner(of: job),
      "artifacts_file": ["filename": .null, "size": .null],
      "environment": hookEnvironment(of: job),
    ]
  }

  mutating func sendPushHook(_ project: Project, by user: User) {
    send(.push, project: project.id, payload: pushHook(project, by: user))
  }

  mutating func pushHook(_ project: Project, by user: User) -> JSONValue {
    let old = random.commitID()
    let new = random.commitID()
    let web = webURL(of: project)
    return [
      "object_kind": "push",
      "event_name": "push",
      "before": .string(old),
      "after": .string(new),
      "ref": .string("refs/heads/" + project.defaultBranch),
      "ref_protected": true,
      "checkout_sha": .string(new),
      "message": .null,
      "user_id": .integer(user.id),
      "user_name": .string(user.name),
      "user_username": .string(user.username),
      "user_email": .optional(user.showsEmail ? user.email : nil),
      "user_avatar": .string(avatarURL(user)),
      "project_id": .integer(project.id),
      "project": .object(hookProject(project, withOldNames: true)),
      "commits": [],
      "total_commits_count": 0,
      "push_options": [:],
      "repository": [
        "name": .string(project.path), "url": .string(sshURL(of: project)), "description": .string(project.description),
        "homepage": .string(web), "git_http_url": .string(web + ".git"), "git_ssh_url": .string(sshURL(of: project)),
        "visibility_level": 0,
      ],
    ]
  }
}
