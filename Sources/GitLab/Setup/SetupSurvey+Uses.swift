/// Who else uses the service account, by what a survey shows.
extension SetupSurvey {
  /// The one that is where `token` says; nil where GitLab does not take it.
  package var ownTokenID: Int64? { if case .valid(let own, _) = ownToken { own.id } else { nil } }

  /// The account's tokens that serve, but the configured one; nil where they are not listed.
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
}
