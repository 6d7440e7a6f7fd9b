/// What others have made of the service account, by what a survey shows: it cannot go without taking that along.
extension SetupSurvey {
  /// Access tokens of the account that serve somebody else.
  ///
  /// - Parameter own: the ids of those that the gate made.
  package func tokensOfOthers(besides own: Set<Int64>) -> [String] {
    var ours = own
    if case .valid(let token, _) = ownToken { ours.insert(token.id) }
    return (tokens ?? []).filter { $0.isActive && !ours.contains($0.id) }.map { "access token \($0.name.bounded(to: 80))" }
  }

  /// Protections that name it in elements that apply did not make: an approval rule of an account that is gone can be met by nobody.
  package func protectionsNaming(_ account: Int64, besides own: [SetupTrace]) -> [String] {
    let deployRows = Set(own.flatMap(\.deployRows))
    let approvalRows = Set(own.flatMap(\.approvalRows))
    func named(_ known: Result<[ProtectedEnvironment], SetupFault>?, _ place: SetupPlace) -> [String] {
      let all = (try? known?.get()) ?? []
      return all.filter { protection in
        protection.approvalRules.contains { $0.grantee == .user(account) && !approvalRows.contains($0.id) }
          || protection.deployAccessLevels.contains { $0.grantee == .user(account) && !deployRows.contains($0.id) }
      }
      .map { "\($0.name.bounded(to: 80)) of \(place.text)" }
    }
    return projects.flatMap { named($0.protections, $0.place) }
      + groups.values.sorted { $0.path < $1.path }.flatMap { named($0.protections, $0.place) }
  }
}
