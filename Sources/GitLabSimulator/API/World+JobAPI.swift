internal import HTTPMessages
internal import HTTPTypes
internal import JSON

extension World {
  func showJob(_ call: Call) throws(APIError) -> Response { .json(jobEntity(try job(call))) }

  /// Starts a manual job (facts D.3). 403 comes before "Unplayable Job".
  mutating func playJob(_ call: Call) throws(APIError) -> Response {
    let job = try job(call)
    try play(job, by: call.user)
    return .json(jobEntity(jobs[job.id]))
  }

  /// Ends a job that has not ended; on one that has, GitLab does nothing and answers with it. Needs no permission to deploy.
  mutating func cancelJob(_ call: Call) throws(APIError) -> Response {
    let job = try job(call)
    guard has(.developer, onProject: job.projectID, call.user) else { throw .forbidden }
    if !job.status.isFinished {
      note(.jobCanceled(job: job.id), by: call.user.id)
      move(job.id, to: .canceled)
    }
    return .json(jobEntity(jobs[job.id]), status: .created)
  }

  private func job(_ call: Call) throws(APIError) -> Job {
    let id = try call.id("job_id")
    let project = try project(call)
    try require(.reporter, project, call)
    guard let job = jobs.find(id), job.projectID == project.id else { throw .notFound }
    return job
  }

  /// A job as it stands inside a deployment.
  func deployableEntity(_ job: Job) -> JSONValue {
    let pipeline = pipelines[job.pipelineID]
    return [
      "id": .integer(job.id),
      "status": .string(job.status.rawValue),
      "stage": .string(job.stage),
      "name": .string(job.name),
      "ref": .string(pipeline.ref),
      "tag": false,
      "coverage": .null,
      "created_at": .string(job.createdAt.iso8601),
      "started_at": .optional(job.startedAt?.iso8601),
      "finished_at": .optional(job.finishedAt?.iso8601),
      "user": shortUser(job.userID),
      "commit": shortCommit(pipeline.sha),
      "pipeline": [
        "id": .integer(pipeline.id), "ref": .string(pipeline.ref), "sha": .string(pipeline.sha),
        "status": .string(pipeline.status.rawValue), "web_url": .string(webURL(of: pipeline)),
      ],
      "runner": .null,
    ]
  }

  private func jobEntity(_ job: Job) -> JSONValue {
    let pipeline = pipelines[job.pipelineID]
    var object: JSONObject = [
      "id": .integer(job.id),
      "status": .string(job.status.rawValue),
      "stage": .string(job.stage),
      "name": .string(job.name),
      "ref": .string(pipeline.ref),
      "tag": false,
      "coverage": .null,
      "allow_failure": .bool(job.allowsFailure),
      "created_at": .string(job.createdAt.iso8601),
      "started_at": .optional(job.startedAt?.iso8601),
      "finished_at": .optional(job.finishedAt?.iso8601),
      "erased_at": .null,
      "duration": seconds(from: job.startedAt, to: job.finishedAt ?? now),
      "queued_duration": seconds(from: job.queuedAt, to: job.startedAt ?? now),
      "user": shortUser(job.userID),
      "commit": shortCommit(pipeline.sha),
      "pipeline": pipelineEntity(pipeline),
      "web_url": .string(webURL(of: projects[job.projectID]) + "/-/jobs/\(job.id)"),
      "project": ["ci_job_token_scope_enabled": false],
      "artifacts": [],
      "runner": .null,
      "artifacts_expire_at": .null,
      "archived": false,
      "tag_list": [],
    ]
    if let reason = job.failureReason { object.append("failure_reason", .string(reason)) }
    return .object(object)
  }

  /// Runs what a branch has now; here its last job deploys to production.
  mutating func createPipeline(_ call: Call) throws(APIError) -> Response {
    let project = try project(call)
    try require(.developer, project, call)
    guard let ref = call.parameters.text("ref") else { throw .parameter("ref is missing") }
    let started = startPipeline(
      project: project.id, environment: "production", triggeredBy: call.user.username, commitTitle: "Raise checkout timeout", ref: ref)
    return try show(pipelines[started.pipelineID], status: .created)
  }

  func showPipeline(_ call: Call) throws(APIError) -> Response {
    let id = try call.id("pipeline_id")
    let project = try project(call)
    try require(.reporter, project, call)
    guard let pipeline = pipelines.find(id), pipeline.projectID == project.id else { throw .notFound }
    return try show(pipeline)
  }

  private func show(_ pipeline: Pipeline, status: HTTPResponse.Status = .ok) throws(APIError) -> Response {
    guard case .object(var object) = pipelineEntity(pipeline) else { throw .notFound }
    object.append("before_sha", .string(World.noCommit))
    object.append("tag", false)
    object.append("yaml_errors", .null)
    object.append("user", userEntity(users[pipeline.userID]))
    object.append("started_at", .optional(pipeline.startedAt?.iso8601))
    object.append("finished_at", .optional(pipeline.finishedAt?.iso8601))
    object.append("committed_at", .null)
    object.append("duration", pipeline.finishedAt.map { wholeSeconds(from: pipeline.startedAt, to: $0) } ?? .null)
    object.append("queued_duration", wholeSeconds(from: pipeline.createdAt, to: pipeline.startedAt ?? now))
    object.append("coverage", .null)
    object.append("detailed_status", ["text": .string(detailedStatus(pipeline.status)), "group": .string(pipeline.status.rawValue)])
    return .json(.object(object), status: status)
  }

  private func pipelineEntity(_ pipeline: Pipeline) -> JSONValue {
    [
      "id": .integer(pipeline.id),
      "iid": .integer(pipeline.iid),
      "project_id": .integer(pipeline.projectID),
      "sha": .string(pipeline.sha),
      "ref": .string(pipeline.ref),
      "status": .string(pipeline.status.rawValue),
      "source": "push",
      "created_at": .string(pipeline.createdAt.iso8601),
      "updated_at": .string(pipeline.updatedAt.iso8601),
      "web_url": .string(webURL(of: pipeline)),
    ]
  }

  private func webURL(of pipeline: Pipeline) -> String { webURL(of: projects[pipeline.projectID]) + "/-/pipelines/\(pipeline.id)" }

  private func shortUser(_ id: Int64) -> JSONValue {
    ["id": .integer(id), "username": .string(users[id].username), "name": .string(users[id].name)]
  }

  private func shortCommit(_ sha: String) -> JSONValue {
    guard let commit = commits[sha] else { return .null }
    return ["id": .string(commit.sha), "short_id": .string(commit.shortSHA), "title": .string(commit.title)]
  }
}
