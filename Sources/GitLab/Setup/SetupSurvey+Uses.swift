/// Who else uses the service account, by what a survey shows.
extension SetupSurvey {
  /// The account's tokens that serve, but the configured one; nil where they are not listed.
  package var tokensBesidesOwn: [AccessTokenReading]? {
    tokens?.filter { if case .valid(let own, _) = ownToken { own.id != $0.id } else { true } }
  }

  /// Access tokens of the account that serve somebody else.
  ///
  /// - Parameter own: the ids of those that the gate made.
  package func tokensOfOthers(besides own: Set<Int64>) -> [String] {
    var ours = own
    if case .valid(let token, _) = ownToken { ours.insert(token.id) }
    return (tokens ?? []).filter { $0.isActive && !ours.contains($0.id) }.map(\.text)
  }
}
