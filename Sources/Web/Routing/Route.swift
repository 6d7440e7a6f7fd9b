internal import Calendar
internal import ChangeControl
internal import Gate
internal import HTTPMessages
internal import HTTPTypes
internal import Storage

/// One line of the route table: what it answers to, who may ask, and who answers.
struct Route: Sendable {
  typealias Reads = @Sendable (Caller, Reading) throws -> Response
  typealias Streams = @Sendable (Caller, Reading) throws -> StreamedResponse
  typealias Subscribes = @Sendable (Caller, Reading) throws -> Subscription
  typealias Writes = @Sendable (Caller, Transaction) throws -> Response
  /// Finds out who asks, in whichever view a step runs in.
  typealias Admits = @Sendable (Reading) throws -> Caller

  /// Handlers work in two steps. The first takes the request apart, on the event loop; the second, with the token's owner known, runs in the
  /// database. What the first throws is told only to somebody who may ask.
  enum Handler: Sendable {
    /// Answers anyone.
    case open(@Sendable (Call, WebSettings) throws -> Work)
    case read(@Sendable (Call) throws -> Reads)
    case stream(@Sendable (Call) throws -> Streams)
    case subscribe(@Sendable (Call) throws -> Subscribes)
    case write(@Sendable (Call) throws -> Writes)
    /// Its first step runs in the database, and says what follows.
    case errand(@Sendable (Call, @escaping Admits) throws -> Errand)
  }

  /// What the body is.
  enum Content: Sendable {
    /// Not looked at.
    case ignored
    case json
    /// As GitLab takes it: JSON, or a form.
    case parameters
    case delivery
  }

  var method: HTTPRequest.Method
  var pattern: PathPattern
  var permission: Permission
  /// Names of the query's parameters. An open route looks at none and minds none.
  var parameters: [String]
  var content: Content
  var handler: Handler

  init(
    _ method: HTTPRequest.Method, _ pattern: PathPattern, needs permission: Permission = .anyRole, query parameters: [String] = [],
    content: Content = .ignored, _ handler: Handler
  ) {
    self.method = method
    self.pattern = pattern
    self.permission = permission
    self.parameters = parameters
    self.content = content
    self.handler = handler
  }

  var isOpen: Bool { if case .open = handler { true } else { false } }
}

/// What a role must allow.
enum Permission: Sendable {
  case anyRole, decide, operate, audit, administer

  func check(_ role: Role) throws(Refusal) {
    switch self {
    case .anyRole: return
    case .decide: if !role.mayDecide { throw .role(role, needs: "approver, operator or admin") }
    case .operate: if !role.mayOperate { throw .role(role, needs: "operator or admin") }
    case .audit: if !role.mayAudit { throw .role(role, needs: "auditor or admin") }
    case .administer: if !role.covers(.admin) { throw .role(role, needs: "admin") }
    }
  }
}

/// One request on its way to its handler.
struct Call: Sendable {
  var request: Request
  var target: Target
  var query = QueryParameters()
  /// What stands in the path for the pattern's `{…}`, in their order.
  var parameters: [String]
  var requestID: String
  var now: Instant
  var gate: Gate
  var kept: KeptAnswers

  /// The only parameter of a path that has one.
  var key: String { parameters[0] }
}
