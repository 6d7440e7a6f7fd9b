/// GitLab's version, as far as behaviour depends on it: `19.3.0-ee` is 19.3.
package struct GitLabVersion: Sendable, Hashable, Comparable, CustomStringConvertible {
  package var major: Int
  package var minor: Int

  package init(major: Int, minor: Int) {
    self.major = major
    self.minor = minor
  }

  /// Reads `19.3.0-ee`, and the `GitLab/19.3.0-ee` of a hook's `User-Agent`. Nil for anything else.
  package init?(_ text: String) {
    let number = text.prefix(7).lowercased() == "gitlab/" ? text.dropFirst(7) : text[...]
    let parts = number.split(separator: ".", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count >= 2, let major = Self.number(parts[0]), let minor = Self.number(parts[1].prefix { $0.isWholeNumber }) else {
      return nil
    }
    self.init(major: major, minor: minor)
  }

  private static func number(_ digits: Substring) -> Int? {
    guard (1...4).contains(digits.utf8.count), digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    return Int(digits)
  }

  /// Service accounts begin with 16.1 (facts F).
  package var makesServiceAccounts: Bool { self >= GitLabVersion(major: 16, minor: 1) }

  /// From 16.10 on whoever makes one says what it is called; before, GitLab makes up a name at random (gitlab!144841).
  package var namesServiceAccounts: Bool { self >= GitLabVersion(major: 16, minor: 10) }

  /// From 17.1 on GitLab lists service accounts, to those who may administer them (facts F).
  package var listsServiceAccounts: Bool { self >= GitLabVersion(major: 17, minor: 1) }

  /// Whether an account's names can be changed by the API: from 17.10 on those of a group, from 18.2 on those of the instance (gitlab!182607,
  /// gitlab!196309), and those of a project since they are there (facts F).
  func renamesServiceAccounts(of level: SetupPlace.Level) -> Bool {
    switch level {
    case .group: self >= GitLabVersion(major: 17, minor: 10)
    case .instance: self >= GitLabVersion(major: 18, minor: 2)
    case .project: true
    }
  }

  /// From 17.11 on GitLab shows the tokens of a group's service account (facts F).
  package var listsAccountTokens: Bool { self >= GitLabVersion(major: 17, minor: 11) }

  /// From 15.8 on a project says whether who triggers a pipeline may approve its deployment; before, nobody may.
  package var hasTriggererApproval: Bool { self >= GitLabVersion(major: 15, minor: 8) }

  /// From 15.10 on the API shows that setting wherever the plan has protected environments, and only there (gitlab!111747;
  /// `EE::API::Entities::Project`).
  package var showsTriggererApproval: Bool { self >= GitLabVersion(major: 15, minor: 10) }

  /// From 19.0 on a hook can carry an HMAC signature.
  package var signsWebhooks: Bool { self >= GitLabVersion(major: 19, minor: 0) }

  /// From 19.3 on a Deployment Hook is sent for `blocked`; before, only Pipeline Hooks and the API tell.
  package var announcesBlockedDeployments: Bool { self >= GitLabVersion(major: 19, minor: 3) }

  /// From 17.3 on GitLab tells what a webhook has sent.
  package var listsSendings: Bool { self >= GitLabVersion(major: 17, minor: 3) }

  package var description: String { "\(major).\(minor)" }

  package static func < (left: GitLabVersion, right: GitLabVersion) -> Bool { (left.major, left.minor) < (right.major, right.minor) }
}
