internal import Calendar
internal import JSON

extension World {
  mutating func sendJobHook(_ job: Job) {
    guard !users[job.userID].isBlocked else { return }
    send(.job, project: job.projectID, payload: .object(jobHook(job)))
  }

  func jobHook(_ job: Job) -> JSONObject {
    let pipeline = pipelines[job.pipelineID]
    let project = projects[job.projectID]
    var object: JSONObject = [
      "object_kind": "build",
      "ref": .string(pipeline.ref),
      "tag": false,
      "before_sha": .string(World.noCommit),
      "sha": .string(pipeline.sha),
      "retries_count": .integer(job.retriesCount),
      "build_id": .integer(job.id),
      "build_name": .string(job.name),
      "build_stage": .string(job.stage),
      "build_status": .string(job.status.rawValue),
      "build_created_at": .string(job.createdAt.rubyTime),
      "build_created_at_iso": .string(job.createdAt.isoSeconds),
      "build_started_at": .optional(job.startedAt?.rubyTime),
      "build_started_at_iso": .optional(job.startedAt?.isoSeconds),
      "build_finished_at": .optional(job.finishedAt?.rubyTime),
      "build_finished_at_iso": .optional(job.finishedAt?.isoSeconds),
      "build_duration": seconds(from: job.startedAt, to: job.finishedAt ?? now),
      "build_queued_duration": seconds(from: job.queuedAt, to: job.startedAt ?? now),
      "build_allow_failure": .bool(job.allowsFailure),
      "build_failure_reason": .string(job.failureReason ?? "unknown_failure"),
      "pipeline_id": .integer(pipeline.id),
      "runner": hookRunner(of: job),
      "project_id": .integer(project.id),
      "project_name": .string(displayPath(of: project)),
      "user": hookUser(users[job.userID]),
      "commit": jobHookCommit(pipeline),
    ]
    object.append("repository", repository(project))
    object.append("project", .object(hookProject(project, withOldNames: false)))
    object.append("environment", hookEnvironment(of: job))
    return object
  }

  /// In a Job Hook "commit" is the pipeline, with some facts of its commit.
  private func jobHookCommit(_ pipeline: Pipeline) -> JSONValue {
    [
      "id": .integer(pipeline.id),
      "name": .null,
      "sha": .string(pipeline.sha),
      "message": .optional(commits[pipeline.sha]?.message),
      "author_name": .optional(commits[pipeline.sha]?.authorName),
      "author_email": "[REDACTED]",
      "status": .string(pipeline.status.rawValue),
      "duration": pipeline.finishedAt.map { wholeSeconds(from: pipeline.startedAt, to: $0) } ?? .null,
      "started_at": .optional(pipeline.startedAt?.rubyTime),
      "started_at_iso": .optional(pipeline.startedAt?.isoSeconds),
      "finished_at": .optional(pipeline.finishedAt?.rubyTime),
      "finished_at_iso": .optional(pipeline.finishedAt?.isoSeconds),
    ]
  }

  private func repository(_ project: Project) -> JSONValue {
    [
      "name": .string(project.path),
      "description": .string(project.description),
      "homepage": .string(webURL(of: project)),
      "git_ssh_url": .string(sshURL(of: project)),
      "git_http_url": .string(webURL(of: project) + ".git"),
      "visibility_level": 0,
    ]
  }

  /// `acme / payments / checkout`
  private func displayPath(of project: Project) -> String {
    (ancestry(of: project.groupID).reversed().map(\.name) + [project.path]).joined(separator: " / ")
  }

  func hookEnvironment(of job: Job) -> JSONValue {
    guard let environment = environments.find(job.environmentID) else { return .null }
    return ["name": .string(environment.name), "action": "start", "deployment_tier": .string(environment.tier)]
  }

  func hookRunner(of job: Job) -> JSONValue {
    guard job.startedAt != nil else { return .null }
    return [
      "id": 380, "description": "runner-1", "runner_type": "instance_type", "active": true, "is_shared": true,
      "tags": ["linux", "docker"],
    ]
  }

  /// Null until the clock has started.
  func seconds(from start: Instant?, to end: Instant) -> JSONValue {
    guard let start else { return .null }
    return .number(Double((end - start).wholeMilliseconds) / 1_000)
  }

  func wholeSeconds(from start: Instant?, to end: Instant) -> JSONValue {
    guard let start else { return .null }
    return .integer((end - start).components.seconds)
  }

  static let noCommit = String(repeating: "0", count: 40)
}
