internal import Calendar
internal import HTTPMessages
internal import JSON

extension World {
  func showCommit(_ call: Call) throws(APIError) -> Response { .json(commitEntity(try commit(call), in: try project(call))) }

  private func commit(_ call: Call) throws(APIError) -> Commit {
    _ = try project(call)
    let sha = call.path["sha"] ?? ""
    // GitLab also resolves a shortened id.
    let known = commits.keys.sorted().first { $0 == sha || (sha.count >= 7 && $0.hasPrefix(sha)) }
    guard let commit = known.flatMap({ commits[$0] }) else { throw .notFound("Commit") }
    return commit
  }

  /// `ref_name` may be a range; one whose beginning is not there is an empty list.
  func listCommits(_ call: Call) throws(APIError) -> Response {
    let project = try project(call)
    try require(.reporter, project, call)
    let range = (call.parameters.text("ref_name") ?? "").split(separator: "..", omittingEmptySubsequences: false).map(String.init)
    guard range.count == 2, commits[range[0]] != nil else { return try page([Commit](), call) { commitEntity($0, in: project) } }
    return try page(history(from: range[0], to: range[1]), call) { commitEntity($0, in: project) }
  }

  /// The commits that one has and the other has not, newest first.
  private func history(from base: String, to sha: String) -> [Commit] {
    let had = Set(ancestors(of: base).map(\.sha))
    return ancestors(of: sha).filter { !had.contains($0.sha) }
  }

  private func ancestors(of sha: String) -> [Commit] {
    var found: [Commit] = []
    var next = commits[sha]
    while let commit = next, !found.contains(where: { $0.sha == commit.sha }) {
      found.append(commit)
      next = commit.parent.flatMap { commits[$0] }
    }
    return found
  }

  func compareCommits(_ call: Call) throws(APIError) -> Response {
    let project = try project(call)
    try require(.reporter, project, call)
    guard let from = call.parameters.text("from"), let to = call.parameters.text("to") else {
      throw .parameter("from is missing, to is missing")
    }
    guard commits[from] != nil, commits[to] != nil else { throw .notFound("Ref") }
    let between = history(from: from, to: to) + (call.parameters.flag("straight") ? history(from: to, to: from) : [])
    let files = Set(between.flatMap(\.files)).sorted()
    let shown = files.prefix(instance.comparedFiles)
    return .json([
      "commit": between.first.map { commitEntity($0, in: project) } ?? .null,
      "commits": .array(history(from: from, to: to).reversed().map { commitEntity($0, in: project) }),
      "diffs": .array(
        shown.map { file in
          [
            "old_path": .string(file), "new_path": .string(file), "a_mode": "100644", "b_mode": "100644", "diff": "", "new_file": false,
            "renamed_file": false, "deleted_file": false,
          ]
        }),
      "compare_timeout": .bool(shown.count < files.count),
      "compare_same_ref": .bool(from == to),
    ])
  }

  private func commitEntity(_ commit: Commit, in project: Project) -> JSONValue {
    [
      "id": .string(commit.sha),
      "short_id": .string(commit.shortSHA),
      "created_at": .string(commit.authoredAt.isoWithOffset),
      "parent_ids": .array(commit.parent.map { [.string($0)] } ?? []),
      "title": .string(commit.title),
      "message": .string(commit.message),
      "author_name": .string(commit.authorName),
      "author_email": .string(commit.authorEmail),
      "authored_date": .string(commit.authoredAt.isoWithOffset),
      "committer_name": .string(commit.committerName ?? commit.authorName),
      "committer_email": .string(commit.committerEmail ?? commit.authorEmail),
      "committed_date": .string(commit.authoredAt.isoWithOffset),
      "trailers": [:],
      "web_url": .string(webURL(of: project) + "/-/commit/" + commit.sha),
      "status": .null,
      "project_id": .integer(project.id),
      "last_pipeline": .null,
    ]
  }

  // MARK: Merge requests

  func listMergeRequestsOfCommit(_ call: Call) throws(APIError) -> Response {
    let project = try project(call)
    try require(.reporter, project, call)
    let sha = try commit(call).sha
    return try page(mergeRequests.all.filter { $0.projectID == project.id && $0.commits.contains(sha) }, call) { request in
      [
        "id": .integer(request.id), "iid": .integer(request.iid), "project_id": .integer(project.id), "title": .string(request.title),
        "state": .string(request.state), "author": userEntity(users[request.authorID]),
        "labels": .array(request.labels.map(JSONValue.string)),
      ]
    }
  }

  func listCommitsOfMergeRequest(_ call: Call) throws(APIError) -> Response {
    let project = try project(call)
    try require(.reporter, project, call)
    let iid = try call.id("iid")
    guard let request = mergeRequests.all.first(where: { $0.projectID == project.id && $0.iid == iid }) else { throw .notFound }
    return try page(request.commits.compactMap { commits[$0] }, call) { commitEntity($0, in: project) }
  }
}
