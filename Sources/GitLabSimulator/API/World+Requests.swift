package import Calendar
package import HTTPMessages
internal import HTTPTypes
internal import JSON

/// What comes back for a request, faults included.
package enum Reply: Sendable, Hashable {
  case response(Response)
  case delayed(Response, by: Duration)
  /// The head and a part of the body; then the connection closes.
  case truncated(Response)
  /// The connection is reset without an answer.
  case reset
  /// Nothing, until the caller gives up.
  case silence
  /// What came of this delivery of a hook is the answer: `takeAnswer(afterDelivery:)` has it once the delivery is settled.
  case afterDelivery(Int64)

  /// What a caller without a socket sees. A transport gives up on silence and cannot tell a cut answer from a reset.
  package var answer: Answer {
    switch self {
    case .response(let response), .delayed(let response, by: _): .success(response)
    case .truncated: .failure(TransportFailure(effect: .unknown, reason: "GitLab closed the connection in the middle of its answer"))
    case .reset: .failure(TransportFailure(effect: .unknown, reason: "GitLab reset the connection before it answered"))
    case .silence, .afterDelivery: .failure(TransportFailure(effect: .unknown, reason: "GitLab did not answer in time"))
    }
  }
}

extension World {
  /// Answers one request of the REST API at an instant, with everything that follows from it in this world.
  package mutating func respond(to request: Request, at instant: Instant) -> Reply {
    tick(at: instant)
    let fault = takeFault(for: request)
    switch fault {
    case .answer(let status, let headers, let body):
      var fields = HTTPFields()
      for (name, value) in headers.sorted(by: { $0.key < $1.key }) { fields[.known(name)] = value }
      let response = Response(head: HTTPResponse(status: .init(code: status), headerFields: fields), body: Array(body.utf8))
      record(request, status: status, fault: fault)
      return .response(response)
    case .resetBeforeEffect:
      record(request, status: nil, fault: fault)
      return .reset
    case .hangBeforeEffect:
      record(request, status: nil, fault: fault)
      return .silence
    case .askedTwice: record(request, status: perform(request).status.code, fault: fault)
    case nil, .resetAfterEffect, .hangAfterEffect, .truncate, .garble, .delay: break
    }
    let response = perform(request)
    record(request, status: response.status.code, fault: fault)
    if let id = awaitedDelivery {
      awaitedDelivery = nil
      if fault == nil {
        awaitedAnswers[id]?.response = response
        return .afterDelivery(id)
      }
      awaitedAnswers[id] = nil
    }
    return spoiled(response, by: fault)
  }

  private func spoiled(_ response: Response, by fault: Fault.Action?) -> Reply {
    switch fault {
    case .resetAfterEffect: return .reset
    case .hangAfterEffect: return .silence
    case .truncate: return .truncated(response)
    case .delay(let duration): return .delayed(response, by: duration)
    case .garble:
      var garbled = response
      garbled.body = Array(response.body.prefix(response.body.count / 2)) + Array("\u{0}<oops".utf8)
      return .response(garbled)
    case nil, .answer, .resetBeforeEffect, .hangBeforeEffect, .askedTwice: return .response(response)
    }
  }

  private mutating func takeFault(for request: Request) -> Fault.Action? {
    guard let segments = segments(of: request) else { return nil }
    for index in faults.indices where faults[index].matches(method: request.head.method.rawValue, segments: segments) {
      if faults[index].skip > 0 {
        faults[index].skip -= 1
        continue
      }
      faults[index].times -= 1
      let action = faults[index].action
      if faults[index].times <= 0 { faults.remove(at: index) }
      return action
    }
    return nil
  }

  private mutating func record(_ request: Request, status: Int?, fault: Fault.Action?) {
    let user = secret(of: request).flatMap { secret in tokens.all.first { $0.secret == secret }?.userID }
    requests.append(ReceivedRequest(at: now, request: request, userID: user, fault: fault, status: status))
  }

  private mutating func perform(_ request: Request) -> Response {
    cause = request.head.headerFields[.gitLabEventUUID]
    door = .api
    defer {
      cause = nil
      door = .interface
    }
    var response: Response
    let window = countRequest(of: request)
    do throws(APIError) {
      if window.isOverLimit { response = tooManyRequests(window) } else { response = try answer(request) }
    } catch {
      response = .json(error.body, status: error.status)
      for (name, value) in error.headers { response.head.headerFields[.known(name)] = value }
    }
    response.head.headerFields[.date] = (now + instance.clockOffset).httpDate
    for (name, value) in window.headers { response.head.headerFields[.known(name)] = value }
    response.head.headerFields[.requestID] = random.uuid()
    return response
  }

  private mutating func answer(_ request: Request) throws(APIError) -> Response {
    guard let segments = segments(of: request) else { throw .noSuchRoute }
    let candidates = Endpoint.all.compactMap { endpoint in
      endpoint.match(segments).flatMap { endpoint.feature.map(instance.has) ?? true ? (endpoint, $0) : nil }
    }
    guard !candidates.isEmpty else { throw .noSuchRoute }
    guard let (endpoint, path) = candidates.first(where: { $0.0.method == request.head.method.rawValue }) else {
      throw .methodNotAllowed(candidates.map(\.0.method))
    }
    var (user, token) = try authenticate(request, needs: endpoint.needs)
    let isAdministrator = user.isAdministrator
    if instance.hasAdminMode, !token.scopes.contains("admin_mode") { user.isAdministrator = false }
    let url = instance.baseURL + "/api/v4/" + segments.joined(separator: "/")
    let call = Call(
      level: endpoint.level, user: user, isAdministratorInName: isAdministrator, token: token, path: path,
      parameters: try Parameters(request), url: url)
    if let moved = try moved(call, endpoint, request) { return moved }
    return try endpoint.handler(&self, call)
  }

  /// The path after `/api/v4`, cut at its slashes and not yet decoded; nil for anything that is not the API.
  private func segments(of request: Request) -> [String]? {
    guard let path = request.head.path?.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false).first else { return nil }
    let prefix = instance.pathPrefix + "/api/v4/"
    guard path.hasPrefix(prefix) else { return nil }
    return path.dropFirst(prefix.count).split(separator: "/", omittingEmptySubsequences: false).map(String.init)
  }

  /// A project that was moved: reading is redirected, writing is refused (GitLab's `find_project!`).
  private func moved(_ call: Call, _ endpoint: Endpoint, _ request: Request) throws(APIError) -> Response? {
    guard endpoint.pattern.first == "projects", let id = call.path["id"],
      let project = projects.all.first(where: { $0.formerPaths.contains(id) }), mayRead(project: project.id, call.user)
    else { return nil }
    guard endpoint.method == "GET" else { throw .message(.methodNotAllowed, "Non GET methods are not allowed for moved projects") }
    let rest = (segments(of: request) ?? []).dropFirst(2)
    let query = request.head.path.flatMap { path in path.firstIndex(of: "?").map { String(path[$0...]) } } ?? ""
    let location = (["\(instance.baseURL)/api/v4/projects/\(project.id)"] + rest).joined(separator: "/") + query
    let head = HTTPResponse(status: .movedPermanently, headerFields: [.location: location, .contentType: "text/plain"])
    return Response(head: head, body: Array("This resource has been moved permanently to \(location).".utf8))
  }
}
