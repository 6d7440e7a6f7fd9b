/// Who else uses the service account, by what a survey shows.
extension SetupSurvey {
  /// The one that is where `token` says; nil where GitLab does not take it.
  package var ownTokenID: Int64? { if case .valid(let own, _) = ownToken { own.id } else { nil } }

  /// What GitLab lists of an account's tokens: of the one of now, or of one before it; nil where it lists none. Whose one is may not be known.
  package func tokens(of account: Int64?) -> [AccessTokenReading]? {
    guard let account, account != self.account?.id else { return tokens }
    return try? formerTokens[account]?.get()
  }

  /// The account's tokens, but the configured one; nil where they are not listed.
  package var tokensBesidesOwn: [AccessTokenReading]? {
    tokens?.filter { $0.id != ownTokenID }
  }

  /// Access tokens of the account that serve somebody else.
  ///
  /// - Parameter own: the ids of those that the gate made.
  package func tokensOfOthers(besides own: Set<Int64>) -> [String] {
    let ours = own.union(ownTokenID.map { [$0] } ?? [])
    return (tokens ?? []).filter { $0.isActive && !ours.contains($0.id) }.map(\.text)
  }

  /// Whose token may manage the service accounts here, for sentences: GitLab can be set to let no Owner do so, and then lists them to none either.
  package var accountManagers: String {
    let owner = "an Owner of the top-level group"
    let isRefused = isOwner && accountGaps.values.contains { $0.kind == .forbidden }
    return isRefused ? "an administrator, or of \(owner) whom this GitLab lets manage service accounts" : owner
  }

  package var isOwner: Bool { projects.contains { ($0.personLevel ?? 0) >= 50 } }
}
