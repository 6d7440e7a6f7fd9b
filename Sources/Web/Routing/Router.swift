internal import HTTPTypes

/// The route table, and who in it answers.
enum Router {
  static let routes: [Route] =
    HealthResource.routes + MetricsResource.routes + DeliveryResource.routes + MeResource.routes + ChangeResource.routes
    + EditResource.routes
    + ApprovalResource.routes + TransitionResource.routes + EmergencyResource.routes + PageResource.routes + CommentResource.routes
    + EvaluationResource.routes + CallbackResource.routes + AuditResource.routes + EventResource.routes
    + ProtectedEnvironmentResource.routes

  enum Match {
    case route(Route, parameters: [String])
    /// `OPTIONS`: what may be asked here, as `Allow` says it.
    case options(allow: String)
  }

  /// Throws 404 for a path that nothing answers to, 405 for a method that its path does not take. HEAD is asked for as GET is (RFC 9110 §9.3.2).
  static func match(_ method: HTTPRequest.Method, _ segments: [String], in shape: ErrorShape = .own) throws(Fault) -> Match {
    let wanted = method == .head ? .get : method
    var methods: [HTTPRequest.Method] = []
    for route in routes {
      guard let parameters = route.pattern.parameters(in: segments) else { continue }
      if route.method == wanted { return .route(route, parameters: parameters) }
      methods.append(route.method)
    }
    guard !methods.isEmpty else { throw shape == .gitLab ? .notOfGitLab : .notFound }
    let allow = allow(methods)
    guard method == .options else { throw .methodNotAllowed(allow) }
    return .options(allow: allow)
  }

  /// What `OPTIONS *` answers: all that anything here takes.
  static var allowOfAll: String { allow(routes.map(\.method)) }

  private static func allow(_ methods: [HTTPRequest.Method]) -> String {
    let order: [HTTPRequest.Method] = [.get, .head, .post, .put, .patch, .delete, .options]
    let taken = order.filter { methods.contains($0) || ($0 == .head && methods.contains(.get)) || $0 == .options }
    return taken.map(\.rawValue).joined(separator: ", ")
  }
}
