package import Calendar

/// What a deployment brings to its environment since the last one that succeeded there, as GitLab told it.
package struct Contributions: Sendable, Hashable {
  /// Who git says wrote or committed something. Anybody can write anything there, and it names no GitLab user.
  package struct Identity: Sendable, Hashable {
    package var name: String
    package var email: String

    package init(name: String, email: String) {
      self.name = name
      self.email = email
    }
  }

  package struct MergeRequest: Sendable, Hashable {
    package var iid: Int64
    /// A GitLab username.
    package var author: String
    package var authorID: Int64?
    package var labels: [String]

    package init(iid: Int64, author: String, authorID: Int64? = nil, labels: [String]) {
      self.iid = iid
      self.author = author
      self.authorID = authorID
      self.labels = labels
    }
  }

  /// The commit that the environment had before; nil when this is its first deployment.
  package var base: String?
  /// Authors and committers, each once.
  package var identities: [Identity]
  package var mergeRequests: [MergeRequest]
  /// Paths that differ, old and new names; nil when GitLab did not tell them all.
  package var files: [String]?
  /// Why GitLab did not compare, where it may yet: it refused, or failed. Nil where it did, and cut what it told.
  package var filesObstacle: String?
  /// Commits whose merge requests were not looked up, for there are too many: their authors are known, who opened the merge request is not.
  package var commitsWithoutMergeRequests = 0

  package init(base: String?, identities: [Identity], mergeRequests: [MergeRequest], files: [String]?) {
    self.base = base
    self.identities = identities
    self.mergeRequests = mergeRequests
    self.files = files
  }
}

/// What is known of a GitLab user that a git identity can be compared with.
package struct KnownPerson: Sendable, Hashable {
  package var username: String
  /// Nil where GitLab was not asked, or knows nobody of that name.
  package var id: Int64?
  /// The name that GitLab shows; nil when it was not told.
  package var name: String?
  package var emails: [String]
  /// When GitLab was asked; nil when it was not, and the rest is the configuration's.
  package var readAt: Instant?

  package init(username: String, id: Int64? = nil, name: String?, emails: [String], readAt: Instant? = nil) {
    self.username = username
    self.id = id
    self.name = name
    self.emails = emails
    self.readAt = readAt
  }

  /// GitLab was asked and knows nobody of that name: whether they wrote something cannot be told.
  var isStranger: Bool { readAt != nil && id == nil }
}

extension Contributions {
  /// How somebody took part: `wrote a commit in it`, or nil when nothing shows it.
  ///
  /// Compared without regard to case: an email address of theirs; GitLab's private commit address (`12-alice@users.noreply.…`); the name that git
  /// has, with their display name or username. A namesake is kept out with the author: that costs one approver, the opposite costs the rule.
  package func part(of person: KnownPerson) -> String? {
    let opened = mergeRequests.contains { request in
      sameUser(request.author, person.username) || (request.authorID != nil && request.authorID == person.id)
    }
    if opened { return "opened its merge request" }
    let username = person.username.lowercased()
    let emails = Set(person.emails.map { $0.lowercased() })
    let names = Set([username, person.name?.lowercased()].compactMap(\.self))
    let wrote = identities.contains { identity in
      let email = identity.email.lowercased()
      return emails.contains(email) || names.contains(identity.name.lowercased()) || Contributions.isPrivateAddress(email, of: person)
    }
    return wrote ? "wrote or committed a part of it" : nil
  }

  /// Whether it is the address that GitLab gives to who keeps theirs private: `ID-USERNAME@users.noreply.HOST`. By either part: the username in it is
  /// the one that they had then.
  private static func isPrivateAddress(_ email: String, of person: KnownPerson) -> Bool {
    let halves = email.split(separator: "@", omittingEmptySubsequences: false)
    guard halves.count == 2, halves[1].hasPrefix("users.noreply."), let dash = halves[0].firstIndex(of: "-") else { return false }
    let id = halves[0][..<dash]
    guard !id.isEmpty, id.allSatisfy({ ("0"..."9").contains($0) }) else { return false }
    return halves[0][halves[0].index(after: dash)...] == person.username.lowercased() || person.id.map { String($0) == id } ?? false
  }
}
