internal import HTTPMessages
internal import JSON

/// Accounts and their tokens: what GitLab shows of them, and to whom, differs with its version (facts F).
extension SetupUndoConversation {
  /// Whether the version is known to be before this one. Where GitLab does not tell it, nothing is taken for a peculiarity of an old one.
  private func isBefore(_ version: GitLabVersion) -> Bool { view.version.map { $0 < version } ?? false }

  /// Before 17.1 a group's accounts can be made, and removed only as any user is, by an administrator: GitLab knows no such address then, for an
  /// account that it has just shown. Nil where that is not so.
  mutating func removeAsUser(_ meaning: AnswerMeaning, _ fault: SetupFault) -> ConversationMove<SetupUndoing>? {
    guard isBefore(GitLabVersion(major: 17, minor: 1)) else { return nil }
    if removesAsUser {
      guard fault.kind == .forbidden || fault.kind == .unauthorized else { return nil }
      return .end(
        .kept(
          "this GitLab lets only administrators remove it (before 17.1): \(view.again) with the token of one; or have one remove the user \(change.name) "
            + "(Admin > Users), and its tokens go with it"))
    }
    var isUnknown = fault.kind == .missing
    if case .invalid(_, status: 405) = meaning { isUnknown = true }
    guard isUnknown, change.place != .instance else { return nil }
    removesAsUser = true
    return .send(api.removeServiceAccount(account, in: .instance))
  }

  /// A token that is not in a list, for there is no list for this person.
  mutating func unlisted() -> ConversationMove<SetupUndoing> {
    if ownAPI != nil {
      asksToken = true
      return start()
    }
    if isBefore(GitLabVersion(major: 17, minor: 11)) {
      return .end(.left("before 17.11 GitLab lists it to nobody, and nobody has it here any more: it ends with its account"))
    }
    return seekAccount(byName: false)
  }

  /// GitLab shows each user to whoever has a token. One that it shows neither by id nor by name is gone, if it answers the second at all.
  mutating func seekAccount(byName: Bool) -> ConversationMove<SetupUndoing> {
    guard byName else {
      phase = .seekingAccount(byName: false)
      return ask(api.user(account))
    }
    guard let name = change.kind == .account ? change.name : view.username else { return unseen(nil) }
    phase = .seekingAccount(byName: true)
    return ask(api.users(named: name))
  }

  mutating func sought(_ meaning: AnswerMeaning, byName: Bool) -> ConversationMove<SetupUndoing> {
    switch meaning {
    case .notFound where !byName: return seekAccount(byName: true)
    case .content(.array(let all)) where byName && !all.contains { $0.id("id") == account }: return .end(.gone)
    default: return unseen(meaning)
    }
  }
}
