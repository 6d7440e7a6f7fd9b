extension World {
  /// A group that was invited to a project or to another group: its members have access there, up to a level.
  package struct GroupLink: Sendable, Hashable {
    /// Where it was invited to.
    package var source: Source
    package var groupID: Int64
    package var level: AccessLevel

    package init(_ source: Source, groupID: Int64, level: AccessLevel) {
      self.source = source
      self.groupID = groupID
      self.level = level
    }
  }

  /// Invites a group, or gives one that was invited another level.
  package mutating func share(_ source: Source, with groupID: Int64, level: AccessLevel = .developer) {
    groupLinks.removeAll { $0.source == source && $0.groupID == groupID }
    groupLinks.append(GroupLink(source, groupID: groupID, level: level))
  }

  /// Takes an invitation back; what the group was named for in the project's protected environments goes with it.
  package mutating func unshare(_ source: Source, with groupID: Int64) {
    guard groupLinks.contains(where: { $0.source == source && $0.groupID == groupID }) else { return }
    groupLinks.removeAll { $0.source == source && $0.groupID == groupID }
    revoke(.group(groupID), from: source)
  }

  /// The groups invited there directly, which is what protected environments of a project may name.
  func invitedGroups(of source: Source) -> [GroupLink] { groupLinks.filter { $0.source == source && groups.find($0.groupID) != nil } }
}
