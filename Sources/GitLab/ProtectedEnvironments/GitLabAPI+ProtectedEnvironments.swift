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
