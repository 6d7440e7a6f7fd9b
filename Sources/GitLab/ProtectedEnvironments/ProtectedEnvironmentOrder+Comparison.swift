extension ProtectedEnvironmentOrder {
  /// What stands otherwise than it was asked for, a sentence each: what GitLab dropped, and what it changed besides.
  ///
  /// - Parameters:
  ///   - before: as it stood; nil where it was not protected.
  ///   - after: as it was read back.
  func deviations(before: ProtectedEnvironment?, after: ProtectedEnvironment) -> [String] {
    guard let change else { return [] }
    return AccessGrant.List.allCases.flatMap { list in
      deviations(change.changes(list), list, before: before?.grants(list) ?? [], after: after.grants(list))
    }
  }

  /// Ids of elements that are to be changed or removed and are not there: GitLab would answer 404, and not say of what.
  package func unknownElements(in environment: ProtectedEnvironment) -> [String] {
    (change?.all ?? []).compactMap { list, change in
      guard let id = change.id, !environment.grants(list).contains(where: { $0.id == id }) else { return nil }
      let known = environment.grants(list).map { String($0.id) }
      return "\(change.place)[id]: there is no \(list.singular) \(id) in it; "
        + (known.isEmpty ? "there are none" : "there are \(known.joined(separator: ", "))")
    }
  }

  private func deviations(_ changes: [AccessGrantChange], _ list: AccessGrant.List, before: [AccessGrant], after: [AccessGrant]) -> [String]
  {
    var found: [String] = []
    var added = after.filter { row in !before.contains { $0.id == row.id } }
    for change in changes {
      guard let id = change.id else {
        guard let index = added.firstIndex(where: change.isMet) else {
          found.append("\(change.text) is not there: GitLab left it out without a word")
          continue
        }
        added.remove(at: index)
        continue
      }
      let row = after.first { $0.id == id }
      if change.isRemoval {
        if row != nil { found.append("\(list.singular) \(id) is still there, though it was to be removed") }
      } else if let row {
        found += change.deviations(list, before: before.first { $0.id == id }, after: row)
      } else {
        found.append("\(list.singular) \(id) is gone, though it was to be changed")
      }
    }
    for row in before where !changes.contains(where: { $0.id == row.id }) {
      if !after.contains(where: { $0.id == row.id }) {
        found.append("\(list.singular) \(row.id) (\(row.grantee.text)) is gone, which nobody asked for here")
      } else if !after.contains(row) {
        found.append("\(list.singular) \(row.id) (\(row.grantee.text)) has changed, which nobody asked for here")
      }
    }
    return found
  }
}

extension AccessGrantChange {
  /// Whether a row that is new is what this element asks for. What it does not say has GitLab's default.
  fileprivate func isMet(by row: AccessGrant) -> Bool {
    row.grantee == grantee && row.groupInheritance == groupInheritance ?? 0
      && row.requiredApprovals == row.requiredApprovals.map { _ in requiredApprovals ?? 1 }
  }

  fileprivate func deviations(_ list: AccessGrant.List, before: AccessGrant?, after: AccessGrant) -> [String] {
    var found: [String] = []
    if let grantee, after.grantee != grantee {
      found.append("\(list.singular) \(after.id) has \(after.grantee.text) and not \(grantee.text): GitLab left that out without a word")
    }
    if let groupInheritance, after.groupInheritance != groupInheritance {
      found.append("\(list.singular) \(after.id) has group_inheritance_type \(after.groupInheritance), not \(groupInheritance)")
    }
    if let requiredApprovals, let now = after.requiredApprovals, now != requiredApprovals {
      found.append("\(list.singular) \(after.id) needs \(now) approvals, not \(requiredApprovals)")
    }
    // GitLab's API framework writes its default over what was there.
    if requiredApprovals == nil, let now = after.requiredApprovals, let then = before?.requiredApprovals, now != then {
      found.append(
        "\(list.singular) \(after.id) now needs \(now) approval\(now == 1 ? "" : "s"), it was \(then): GitLab sets required_approvals back where it "
          + "is left out; send it with every change")
    }
    return found
  }
}
