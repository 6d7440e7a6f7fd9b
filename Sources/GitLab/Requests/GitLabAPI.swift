internal import HTTPMessages
internal import HTTPTypes
internal import JSON

/// Makes requests to one GitLab instance's REST API and reads what its answers mean.
///
/// `X-Gitlab-Event-UUID` is never sent: GitLab would take the request for caused by that hook, and not fire it again.
package struct GitLabAPI: Sendable {
  /// The instance's name in the configuration; it stands in every reason.
  package let instance: String
  let address: GitLabAddress
  private let token: String
  private let requestID: String
  private let userAgent: String
  /// Whose token it is, for what is said of setting up.
  package var speaker = Speaker.person

  package enum Speaker: Sendable, Hashable {
    /// Somebody's, of this run.
    case person
    /// The configured administrator's.
    case administrator
    /// The service account's own.
    case account

    var name: String {
      switch self {
      case .person: "the token in GATEHOUSE_SETUP_TOKEN"
      case .administrator: "the admin_token"
      case .account: "the account's own token"
      }
    }

    var remedy: String {
      switch self {
      case .person: "set one that serves"
      case .administrator: "put one that serves where `admin_token` says, or leave it out"
      case .account: "put one that serves where `token` says"
      }
    }
  }

  /// `requestID` goes out as `X-Request-Id`, so that one callback can be followed through both logs.
  package init(instance: String, address: GitLabAddress, token: String, requestID: String, version: String = "1") {
    self.instance = instance
    self.address = address
    self.token = token
    self.requestID = requestID
    userAgent = "gatehouse/\(version)"
  }

  /// `path` begins after `/api/v4` and is already percent-encoded.
  func get(_ path: String) -> Request { request(.get, address.apiRoot + path) }

  /// A page whose whole path GitLab told (`GitLabAddress.path(ofLink:)`).
  func get(page path: String) -> Request { request(.get, path) }

  func post(_ path: String, _ body: JSONValue) -> Request { request(.post, path, body) }

  func put(_ path: String, _ body: JSONValue) -> Request { request(.put, path, body) }

  func patch(_ path: String, _ body: JSONValue) -> Request { request(.patch, path, body) }

  func delete(_ path: String) -> Request { request(.delete, address.apiRoot + path) }

  private func request(_ method: HTTPRequest.Method, _ path: String, _ body: JSONValue) -> Request {
    var request = request(method, address.apiRoot + path)
    request.head.headerFields[.contentType] = "application/json"
    request.body = body.bytes
    return request
  }

  private func request(_ method: HTTPRequest.Method, _ path: String) -> Request {
    var head = HTTPRequest(method: method, scheme: address.scheme, authority: address.authority, path: path)
    head.headerFields[.privateToken] = token
    head.headerFields[.accept] = "application/json"
    head.headerFields[.userAgent] = userAgent
    head.headerFields[.requestID] = requestID
    return Request(head: head)
  }

  /// The body of an answer without the token, wherever it comes from: a commit's title may have it, or a proxy may throw back what it was sent.
  func withoutToken(_ body: [UInt8]) -> [UInt8] {
    guard token.utf8.count >= Limits.shortestSecretBytes, token.isContained(in: body) else { return body }
    return Array(String(decoding: body, as: UTF8.self).replacing(token, with: "[REDACTED]").utf8)
  }

  /// A text from outside as it may stand in a reason: one line, bounded, without the token.
  func safe(_ text: String, limit: Int = Limits.message) -> String {
    let text = token.isEmpty ? text : text.replacing(token, with: "[REDACTED]")
    return text.bounded(to: limit).trimmed
  }
}

/// However it is printed, the token is not.
extension GitLabAPI: CustomStringConvertible, CustomReflectable {
  package var description: String { "GitLab \(instance)" }

  package var customMirror: Mirror { Mirror(self, children: ["instance": instance]) }
}
