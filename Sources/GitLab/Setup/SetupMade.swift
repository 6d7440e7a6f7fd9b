/// What apply has made, by the records: where a survey looks beside what is configured. The newest first.
package struct SetupMade: Sendable {
  /// Where access tokens are that were made for `admin_token`.
  let adminTokens: [SetupPlace]
  let hooks: [SetupPlace]
  let protections: [SetupPlace]
  let memberships: [SetupMemory.MadeMembership]
  let accounts: [Account]
  /// The accounts that tokens were made of, and where these are; and of those that were begun.
  let issuedFor: [Int64: SetupPlace]
  let begunFor: [Int64: SetupPlace]

  struct Account: Sendable {
    /// GitLab's.
    var id: Int64
    var username: String
    var place: SetupPlace
  }

  /// - Parameters:
  ///   - made: what stands, the newest first.
  ///   - begun: what may stand.
  package init(_ made: [SetupTrace] = [], begun: [SetupTrace] = []) {
    func places(_ kind: SetupChange.Kind) -> [SetupPlace] { made.filter { $0.change.kind == kind }.map(\.change.place) }
    func accounts(_ traces: [SetupTrace]) -> [Int64: SetupPlace] {
      let tokens = traces.filter { $0.change.kind == .token }
      return Dictionary(tokens.compactMap { trace in trace.account.map { ($0, trace.change.place) } }) { newest, _ in newest }
    }
    (adminTokens, hooks, protections) = (places(.adminToken), places(.hook), places(.protection))
    memberships = made.filter { $0.change.kind == .membership }.compactMap(SetupMemory.MadeMembership.init)
    self.accounts = made.filter { $0.change.kind == .account }.compactMap { trace in
      trace.gitlabID.map { Account(id: $0, username: trace.change.name, place: trace.change.place) }
    }
    (issuedFor, begunFor) = (accounts(made), accounts(begun))
  }
}
