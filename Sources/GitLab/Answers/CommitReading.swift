internal import ChangeControl
internal import JSON

extension Contributions {
  /// Author, committer, and whom the message names in `Co-authored-by: Name <address>` lines.
  mutating func add(commit: JSONValue) {
    var found = ["author", "committer"].compactMap { role in
      commit.text("\(role)_name").map { Identity(name: $0, email: commit.text("\(role)_email") ?? "") }
    }
    for line in (commit["message"]?.string ?? "").split(whereSeparator: \.isNewline).filter(\.namesCoAuthor).prefix(Limits.commitAuthors) {
      let parts = line.dropFirst(coAuthored.count).split(separator: "<", maxSplits: 1)
      let name = parts.first.map { String($0).trimmed.bounded(to: Limits.title) } ?? ""
      let email = parts.dropFirst().first.map { String($0.prefix { $0 != ">" }).trimmed.bounded(to: Limits.title) } ?? ""
      if !name.isEmpty || !email.isEmpty { found.append(Identity(name: name, email: email)) }
    }
    for identity in found where !identities.contains(identity) { identities.append(identity) }
  }

  /// One that was closed has brought nothing. Returns its number when it was not known yet.
  mutating func add(mergeRequest: JSONValue) -> Int64? {
    guard let iid = mergeRequest.id("iid"), let author = mergeRequest["author"]?.person, mergeRequest["state"]?.string != "closed",
      !mergeRequests.contains(where: { $0.iid == iid })
    else { return nil }
    let labels = (mergeRequest["labels"]?.array ?? []).compactMap(\.string)
    mergeRequests.append(MergeRequest(iid: iid, author: author.username, authorID: author.id, labels: labels))
    return iid
  }
}

extension AnswerMeaning {
  /// Whether it is no word on what was asked: GitLab asks us to wait, does not know us, or was not reached. That it failed is one only in the end.
  func isPutOff(untilLastTry isLastTry: Bool) -> Bool {
    switch self {
    case .unauthorized, .unavailable(_, after: .some, _), .unheard(_, mayHaveTakenEffect: false): true
    case .unavailable, .unheard: !isLastTry
    case .content, .forbidden, .notFound, .moved, .invalid: false
    }
  }

  /// The paths in a comparison, old and new names; nil where it is cut (`compare_timeout`) or not there: then nobody knows them all.
  var comparedFiles: [String]? {
    guard case .content(let value) = self, value["compare_timeout"]?.bool == false, let diffs = value["diffs"]?.array else { return nil }
    var files: Set<String> = []
    for diff in diffs {
      guard let old = diff["old_path"]?.string, let new = diff["new_path"]?.string else { return nil }
      files.formUnion([old, new])
    }
    return files.sorted()
  }
}

private let coAuthored = "co-authored-by:"

extension Substring {
  fileprivate var namesCoAuthor: Bool { prefix(coAuthored.count).lowercased() == coAuthored }
}
