internal import HTTPMessages
internal import JSON

/// The protected environments API (facts E), and what says whom it would take.
extension GitLabAPI {
  /// `reference` is a number, or a full path.
  func place(_ level: GovernedPlace.Level, _ reference: String) -> Request {
    get("/\(level.collection)/\(percentEncoded(reference))\(level == .group ? "?with_projects=false" : "")")
  }

  func protectedEnvironments(of place: GovernedPlace, page: Int64, perPage: Int64) -> Request {
    get("\(place.endpoint)/protected_environments?page=\(page)&per_page=\(perPage)")
  }

  func protectedEnvironment(_ name: String, of place: GovernedPlace) -> Request { get(path(name, place)) }

  /// Reads one protected environment. Nil where the place has none of that name.
  package func readingProtectedEnvironment(
    _ name: String, of place: GovernedPlace
  ) -> some Conversation<Result<ProtectedEnvironment?, RelayedRefusal>> {
    SingleExchange(protectedEnvironment(name, of: place)).then { protectedEnvironment(in: $0, name, of: place) }
  }

  /// Reads the answer to `protectedEnvironment(_:of:)`. That the place itself is gone is another no than that nothing is protected in it.
  func protectedEnvironment(in answer: Answer, _ name: String, of place: GovernedPlace) -> Result<ProtectedEnvironment?, RelayedRefusal> {
    let doing = "reading the protected environment \(name.bounded(to: Limits.message)) of \(place.text)"
    let meaning = meaning(of: answer)
    if case .notFound(let message, _) = meaning, !message.lowercased().contains("\(place.level.rawValue) not found") {
      return .success(nil)
    }
    if let refusal = refusal(in: answer, doing: doing) { return .failure(refusal) }
    guard case .content(let value) = meaning, let environment = ProtectedEnvironment(value), environment.name == name else {
      return .failure(misshapen(doing: doing))
    }
    return .success(environment)
  }

  func request(_ order: ProtectedEnvironmentOrder, in place: GovernedPlace) -> Request {
    switch order {
    case .protect: post("\(place.endpoint)/protected_environments", order.body)
    case .update(let name, _): put(path(name, place), order.body)
    case .unprotect(let name): delete(path(name, place))
    }
  }

  /// What a user effectively is there, through the groups above too.
  func effectiveMember(_ user: Int64, of place: GovernedPlace) -> Request { get("\(place.endpoint)/members/all/\(user)") }

  private func path(_ name: String, _ place: GovernedPlace) -> String {
    "\(place.endpoint)/protected_environments/\(percentEncoded(name))"
  }
}
