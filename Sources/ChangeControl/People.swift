package import Calendar

/// A group of GitLab's, as an approval rule names it.
package struct GitLabGroup: Sendable, Hashable {
  /// `group_inheritance_type`: whether those count who are members only through a parent group.
  package enum Inheritance: Int, Sendable, Hashable, CaseIterable {
    case directMembers = 0
    case inheritedMembers = 1
  }

  /// The full path, for example `acme/security`.
  package var path: String
  package var inheritance: Inheritance

  package init(path: String, inheritance: Inheritance = .directMembers) {
    self.path = path
    self.inheritance = inheritance
  }
}

/// A group of the configuration.
package enum Group: Sendable, Hashable {
  /// GitLab usernames.
  case listed([String])
  case gitLab(GitLabGroup)
}

/// A list of people that only GitLab knows.
package enum MembershipSource: Sendable, Hashable {
  case group(GitLabGroup)
  /// Members of a project, inherited ones too, with their levels.
  case project(Int64)
  /// Administrators of the instance.
  case administrators
}

/// What GitLab answered when it was asked who belongs to a source.
package struct Membership: Sendable, Hashable {
  /// The level of each member; usernames in lower case, for GitLab's do not differ by case.
  package var levels: [String: Int]
  /// The GitLab id of each: a username can be changed, and its owner stays who they are.
  package var ids: [String: Int64]
  /// When its last page was read.
  package var readAt: Instant
  /// When its reading began: who left a moment later may still stand in it.
  package var beganAt: Instant

  /// Of a list that takes longer to read than this nothing fresher can be had than what has just been read: it counts from its last page, or no
  /// gate could ever turn by it.
  static let longestReading: Duration = .seconds(10)

  package init(levels: [String: Int], ids: [String: Int64] = [:], beganAt: Instant? = nil, readAt: Instant) {
    self.levels = levels
    self.ids = ids
    self.readAt = readAt
    self.beganAt = beganAt ?? readAt
  }

  /// Since when it is known to be so.
  package var standsSince: Instant { readAt - beganAt > Membership.longestReading ? readAt : beganAt }
}

/// Who belongs where, as far as it is known.
package struct Directory: Sendable, Hashable {
  /// Whether somebody may fill a rule.
  package enum Standing: Sendable, Hashable {
    case belongs
    case doesNotBelong
    /// GitLab has not been heard on it yet.
    case unknown(MembershipSource)
  }

  package var groups: [String: Group]
  package var memberships: [MembershipSource: Membership]
  /// Why GitLab has not told a list so far.
  package var obstacles: [MembershipSource: String] = [:]
  /// The project whose access levels count.
  package var project: Int64

  package init(groups: [String: Group], memberships: [MembershipSource: Membership] = [:], project: Int64 = 0) {
    self.groups = groups
    self.memberships = memberships
    self.project = project
  }

  package func standing(of user: String, in approver: ApprovalRule.Approver) -> Standing {
    switch approver {
    case .user(let name): return sameUser(name, user) ? .belongs : .doesNotBelong
    case .group(let name):
      if case .listed(let members) = groups[name] {
        return members.contains { sameUser($0, user) } ? .belongs : .doesNotBelong
      }
    case .gitLabGroup, .accessLevel: break
    }
    guard let source = source(of: approver) else { return .doesNotBelong }
    guard let membership = memberships[source] else { return .unknown(source) }
    guard let level = membership.levels[user.lowercased()] else { return .doesNotBelong }
    if case .accessLevel(let needed) = approver, needed != .administrator, level < needed.rawValue { return .doesNotBelong }
    return .belongs
  }

  /// What has to be asked of GitLab to know who may fill a rule; nil where the configuration says it.
  package func source(of approver: ApprovalRule.Approver) -> MembershipSource? {
    switch approver {
    case .user: nil
    case .group(let name): if case .gitLab(let group) = groups[name] { .group(group) } else { nil }
    case .gitLabGroup(let group): .group(group)
    case .accessLevel(.administrator): .administrators
    case .accessLevel: .project(project)
    }
  }

  /// The GitLab ids that a username is known by.
  package func ids(of user: String) -> [Int64] {
    let user = user.lowercased()
    return memberships.values.compactMap { $0.ids[user] }
  }

  /// `GitLab to tell the members of acme/security`, with the reason why it has not so far.
  func wish(for source: MembershipSource, again: Bool = false) -> String {
    "GitLab to tell the \(source.text)\(again ? " once more" : "")" + (obstacles[source].map { ": \($0)" } ?? "")
  }

  /// Everybody who is known to belong, or nil where GitLab has not been heard.
  package func members(of approver: ApprovalRule.Approver) -> [String]? {
    if case .user(let name) = approver { return [name] }
    if case .group(let name) = approver, case .listed(let members) = groups[name] { return members }
    guard let source = source(of: approver) else { return [] }
    guard let membership = memberships[source] else { return nil }
    guard case .accessLevel(let needed) = approver, needed != .administrator else { return membership.levels.keys.sorted() }
    return membership.levels.filter { $0.value >= needed.rawValue }.keys.sorted()
  }
}

extension MembershipSource {
  /// For people: `members of acme/security`.
  package var text: String {
    switch self {
    case .group(let group): "members of \(group.path)"
    case .project(let id): "members of project \(id)"
    case .administrators: "administrators of the instance"
    }
  }
}
