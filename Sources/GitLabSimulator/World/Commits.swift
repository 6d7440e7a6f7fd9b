package import Calendar

extension World {
  package struct Commit: Sendable {
    package var sha: String
    package var title: String
    package var authorName: String
    package var authorEmail: String
    package var authoredAt: Instant
    /// Nil where the author committed it.
    package var committerName: String?
    package var committerEmail: String?
    /// What stands below the title.
    package var trailer = ""
    package var files: [String] = []
    /// The one before it; histories here are straight lines.
    package internal(set) var parent: String?

    package init(sha: String, title: String, authorName: String, authorEmail: String, authoredAt: Instant) {
      self.sha = sha
      self.title = title
      self.authorName = authorName
      self.authorEmail = authorEmail
      self.authoredAt = authoredAt
    }

    var shortSHA: String { String(sha.prefix(8)) }
    var message: String { trailer.isEmpty ? title + "\n" : title + "\n\n" + trailer + "\n" }
  }

  package struct MergeRequest: Identifiable, Sendable {
    package let id: Int64
    package let iid: Int64
    package var projectID: Int64
    package var title: String
    package var authorID: Int64
    package var labels: [String]
    package var commits: [String]
    package var state = "merged"
  }

  /// Somebody pushes a commit to the project's main branch, on top of what is there. Returns its id.
  @discardableResult
  package mutating func commit(
    _ title: String, by username: String, project projectID: Int64 = 30, sha: String? = nil, edit: (inout Commit) -> Void = { _ in }
  ) -> String {
    let author = user(named: username)
    var commit = Commit(
      sha: sha ?? random.commitID(), title: title, authorName: author.name, authorEmail: author.email, authoredAt: now - .seconds(20))
    edit(&commit)
    append(commit, project: projectID)
    return commit.sha
  }

  /// A commit that is there already keeps its place.
  mutating func append(_ commit: Commit, project projectID: Int64) {
    var commit = commit
    if let known = commits[commit.sha] {
      commit.parent = known.parent
    } else {
      commit.parent = heads[projectID]
      heads[projectID] = commit.sha
    }
    commits[commit.sha] = commit
  }

  /// Somebody's merge request with these commits, merged unless `state` says otherwise. Returns its number in the project.
  @discardableResult
  package mutating func mergeRequest(
    by username: String, project projectID: Int64 = 30, commits: [String], labels: [String] = [], state: String = "merged"
  ) -> Int64 {
    let id = nextIDs.take(\.row)
    mergeRequests.insert(
      MergeRequest(
        id: id, iid: id - 990, projectID: projectID, title: "Merge request of \(username)", authorID: user(named: username).id,
        labels: labels, commits: commits, state: state))
    return id - 990
  }

  /// History was rewritten, and the commit is gone.
  package mutating func forget(commit sha: String) { commits[sha] = nil }

  // MARK: People

  /// Makes somebody a member, or gives a member another level.
  package mutating func add(_ username: String, to source: Source, level: AccessLevel = .developer) {
    let id = user(named: username).id
    memberships.removeAll { $0.source == source && $0.userID == id }
    memberships.append(Membership(source, userID: id, level: level))
  }

  /// Ends a membership; what the user was named for in the project's protected environments goes with it.
  package mutating func remove(_ username: String, from source: Source) { removeMember(user(named: username).id, from: source) }

  mutating func removeMember(_ userID: Int64, from source: Source) {
    guard memberships.contains(where: { $0.source == source && $0.userID == userID }) else { return }
    memberships.removeAll { $0.source == source && $0.userID == userID }
    revoke(.user(userID), from: source)
  }

  /// Somebody changes their username. Their id stays.
  package mutating func rename(_ username: String, to name: String) { users[user(named: username).id].username = name }
}
