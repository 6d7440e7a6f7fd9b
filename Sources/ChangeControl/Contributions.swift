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
    package var labels: [String]

    package init(iid: Int64, author: String, labels: [String]) {
      self.iid = iid
      self.author = author
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
  /// The name that GitLab shows; nil when it was not told.
  package var name: String?
  package var emails: [String]

  package init(username: String, name: String?, emails: [String]) {
    self.username = username
    self.name = name
    self.emails = emails
  }
}

extension Contributions {
  /// How somebody took part: `wrote a commit in it`, or nil when nothing shows it.
  ///
  /// Compared without regard to case: an email address of theirs; GitLab's private commit address (`12-alice@users.noreply.…`); the name that git
  /// has, with their display name or username. A namesake is kept out with the author: that costs one approver, the opposite costs the rule.
  package func part(of person: KnownPerson) -> String? {
    if mergeRequests.contains(where: { sameUser($0.author, person.username) }) { return "opened its merge request" }
    let username = person.username.lowercased()
    let emails = Set(person.emails.map { $0.lowercased() })
    let names = Set([username, person.name?.lowercased()].compactMap(\.self))
    let wrote = identities.contains { identity in
      let email = identity.email.lowercased()
      return emails.contains(email) || names.contains(identity.name.lowercased()) || Contributions.privateUsername(email) == username
    }
    return wrote ? "wrote or committed a part of it" : nil
  }

  /// The username in an address that GitLab gives to who keeps theirs private: `ID-USERNAME@users.noreply.HOST`.
  private static func privateUsername(_ email: String) -> String? {
    let halves = email.split(separator: "@", omittingEmptySubsequences: false)
    guard halves.count == 2, halves[1].hasPrefix("users.noreply."), let dash = halves[0].firstIndex(of: "-") else { return nil }
    guard halves[0][..<dash].allSatisfy(\.isWholeNumber) else { return nil }
    return String(halves[0][halves[0].index(after: dash)...])
  }
}
