internal import GitLab
internal import HTTPMessages
internal import HTTPTypes
internal import JSON

/// GitLab's protected environments API, for projects under change control and the groups above them, in GitLab's shapes: its clients need not know that
/// they speak to a gate. Under `/gitlab/{instance}` where there are several GitLabs.
enum ProtectedEnvironmentResource {
  static let routes: [Route] = [
    Route(.get, "/api/v4/projects/{id}", needs: .audit, .errand { try place($0, .project, $1) }),
    Route(.get, "/api/v4/groups/{id}", needs: .audit, .errand { try place($0, .group, $1) }),
    Route(
      .get, "/api/v4/projects/{id}/protected_environments", needs: .audit, query: paging, .errand { try list($0, .project, $1) }),
    Route(.get, "/api/v4/groups/{id}/protected_environments", needs: .audit, query: paging, .errand { try list($0, .group, $1) }),
    Route(.get, "/api/v4/projects/{id}/protected_environments/{name}", needs: .audit, .errand { try get($0, .project, $1) }),
    Route(.get, "/api/v4/groups/{id}/protected_environments/{name}", needs: .audit, .errand { try get($0, .group, $1) }),
    Route(
      .post, "/api/v4/projects/{id}/protected_environments", needs: .administer, content: .parameters,
      .errand { try protect($0, .project, $1) }),
    Route(
      .post, "/api/v4/groups/{id}/protected_environments", needs: .administer, content: .parameters, .errand { try protect($0, .group, $1) }
    ),
    Route(
      .put, "/api/v4/projects/{id}/protected_environments/{name}", needs: .administer, content: .parameters,
      .errand { try update($0, .project, $1) }),
    Route(
      .put, "/api/v4/groups/{id}/protected_environments/{name}", needs: .administer, content: .parameters,
      .errand { try update($0, .group, $1) }),
    Route(.delete, "/api/v4/projects/{id}/protected_environments/{name}", needs: .administer, .errand { try unprotect($0, .project, $1) }),
    Route(.delete, "/api/v4/groups/{id}/protected_environments/{name}", needs: .administer, .errand { try unprotect($0, .group, $1) }),
  ].flatMap { [$0, $0.underInstance] }

  private static let paging = ["page", "per_page"]

  private typealias Level = GovernedPlace.Level

  /// What a client that does not know its project by number alone looks up first.
  private static func place(_ call: Call, _ level: Level, _ admits: @escaping Route.Admits) throws -> Errand {
    try PlaceErrand(call, level, admits).errand { place in .answer(.json { $0.element(place.entity) }) }
  }

  private static func list(_ call: Call, _ level: Level, _ admits: @escaping Route.Admits) throws -> Errand {
    let page = try call.query.positive("page") ?? 1
    let perPage = min(try call.query.positive("per_page") ?? Limits.defaultGitLabPage, Int64(Limits.pageSize))
    let errand = try PlaceErrand(call, level, admits)
    return errand.errand { place in
      .ask { api in
        ListProtectedEnvironmentsConversation(api: api, place: place, page: page, perPage: perPage).then { result in
          errand.follow(result) { .answer($0.response(to: call)) }
        }
      }
    }
  }

  private static func get(_ call: Call, _ level: Level, _ admits: @escaping Route.Admits) throws -> Errand {
    let errand = try PlaceErrand(call, level, admits)
    let name = try call.environmentName
    return errand.errand { place in
      errand.reading(name, of: place) { environment in
        guard let environment else { return .answer(RelayedRefusal.notProtected.response) }
        return .answer(.json { $0.element(environment.value) })
      }
    }
  }

  private static func protect(_ call: Call, _ level: Level, _ admits: @escaping Route.Admits) throws -> Errand {
    let body = try RequestParameters.read(call.request)
    return try change(call, level, admits, to: invalid { () throws(InvalidProtectedEnvironment) in try .protecting(body, in: level) })
  }

  private static func update(_ call: Call, _ level: Level, _ admits: @escaping Route.Admits) throws -> Errand {
    let body = try RequestParameters.read(call.request)
    let name = try call.environmentName
    return try change(call, level, admits, to: invalid { () throws(InvalidProtectedEnvironment) in try .updating(name, body) })
  }

  private static func unprotect(_ call: Call, _ level: Level, _ admits: @escaping Route.Admits) throws -> Errand {
    try change(call, level, admits, to: .unprotect(try call.environmentName))
  }

  /// What is wrong with a body, as GitLab's validation says it.
  private static func invalid(
    _ read: () throws(InvalidProtectedEnvironment) -> ProtectedEnvironmentOrder
  ) throws(RelayedRefusal) -> ProtectedEnvironmentOrder {
    do throws(InvalidProtectedEnvironment) {
      return try read()
    } catch {
      throw RelayedRefusal(status: 422, messages: error.messages)
    }
  }

  private static func change(
    _ call: Call, _ level: Level, _ admits: @escaping Route.Admits, to order: ProtectedEnvironmentOrder
  ) throws -> Errand {
    let errand = try PlaceErrand(call, level, admits)
    return errand.errand(isExclusive: true) { place in
      errand.reading(order.name, of: place) { before in
        OrderErrand(errand: errand, place: place, order: order, before: before).first
      }
    }
  }
}

extension Route {
  /// The same route where the address names the GitLab.
  fileprivate var underInstance: Route {
    var route = self
    route.pattern = pattern.below("gitlab")
    return route
  }
}

extension Call {
  /// The last parameter of a path that names an environment.
  fileprivate var environmentName: String {
    get throws(RelayedRefusal) {
      let name = parameters[parameters.count - 1]
      if let objection = ProtectedEnvironmentOrder.objection(toName: name) { throw RelayedRefusal(status: 422, messages: [objection]) }
      return name
    }
  }
}

extension RelayedRefusal {
  /// GitLab's words.
  static let notProtected = RelayedRefusal(status: 404, message: "404 Not found")
}

extension ProtectedEnvironmentPage {
  /// With GitLab's paging header fields, whose links lead here.
  fileprivate func response(to call: Call) -> Response {
    var fields: HTTPFields = [.page: String(page), .perPage: String(perPage)]
    fields[.nextPage] = nextPage.map { String($0) } ?? ""
    fields[.previousPage] = previousPage.map { String($0) } ?? ""
    if let total { fields[.total] = String(total) }
    if let totalPages { fields[.totalPages] = String(totalPages) }
    let links = [("prev", previousPage), ("next", nextPage), ("first", 1), ("last", totalPages.map { max(1, $0) })].compactMap {
      relation, number in
      number.map { "<\(call.gate.plan.publicURL)\(call.target.path)?page=\($0)&per_page=\(perPage)>; rel=\"\(relation)\"" }
    }
    fields[.link] = links.joined(separator: ", ")
    return .json(fields: fields) { json in json.element(.array(elements)) }
  }
}
