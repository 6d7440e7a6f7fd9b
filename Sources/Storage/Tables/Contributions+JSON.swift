internal import ChangeControl
internal import JSON

/// Contributions as their row keeps them.
extension Contributions {
  var json: JSONValue {
    [
      "base": .optional(base),
      "identities": .array(identities.map { ["name": .string($0.name), "email": .string($0.email)] }),
      "merge_requests": .array(
        mergeRequests.map { request in
          [
            "iid": .integer(request.iid), "author": .string(request.author), "author_id": .optional(request.authorID),
            "labels": .array(request.labels.map(JSONValue.string)),
          ]
        }),
      "files": files.map { .array($0.map(JSONValue.string)) } ?? .null,
      "files_obstacle": .optional(filesObstacle),
      "commits_without_merge_requests": .integer(Int64(commitsWithoutMergeRequests)),
    ]
  }

  init(json: JSONValue) {
    self.init(
      base: json["base"]?.string,
      identities: (json["identities"]?.array ?? []).compactMap { identity in
        guard let name = identity["name"]?.string, let email = identity["email"]?.string else { return nil }
        return Identity(name: name, email: email)
      },
      mergeRequests: (json["merge_requests"]?.array ?? []).compactMap { request in
        guard let iid = request["iid"]?.integer, let author = request["author"]?.string else { return nil }
        return MergeRequest(
          iid: iid, author: author, authorID: request["author_id"]?.integer, labels: (request["labels"]?.array ?? []).compactMap(\.string))
      },
      files: json["files"]?.array?.compactMap(\.string))
    filesObstacle = json["files_obstacle"]?.string
    commitsWithoutMergeRequests = Int(json["commits_without_merge_requests"]?.integer ?? 0)
  }
}
