package import Calendar
internal import ChangeControl
internal import Cryptography
package import HTTPMessages
internal import HTTPTypes
internal import JSON

/// A webhook that the gate sends to itself by the address that GitLab uses: it shows whether what GitLab sends arrives, with its secret, and at this
/// gate. The server answers it like any other, and writes nothing down.
package struct WebhookPing: Sendable {
  /// What GitLab never sends.
  package static let eventName = "Gatehouse Check"

  private let instance: String
  private let address: GitLabAddress
  private let secret: Secret

  private enum Secret: Sendable {
    case token(String)
    case signing(SigningToken)
  }

  /// Nil where nothing is configured that would prove it.
  ///
  /// - Parameter publicURL: what GitLab calls the gate.
  package init?(instance: String, publicURL: String, webhookToken: String?, signingToken: String?) {
    guard let address = try? GitLabAddress(publicURL) else { return nil }
    self.instance = instance
    self.address = address
    if let signing = signingToken.flatMap({ try? SigningToken($0) }) {
      secret = .signing(signing)
    } else if let webhookToken {
      secret = .token(webhookToken)
    } else {
      return nil
    }
  }

  /// - Parameter id: another for each ping.
  package func request(id: String, at now: Instant) -> Request {
    let body = JSONValue.object(["object_kind": "gatehouse_check"]).bytes
    var head = HTTPRequest(
      method: .post, scheme: address.scheme, authority: address.authority,
      path: "\(address.root)/webhooks/gitlab/\(percentEncoded(instance))")
    head.headerFields[.contentType] = "application/json"
    head.headerFields[.gitLabEvent] = Self.eventName
    switch secret {
    case .token(let token): head.headerFields[.gitLabToken] = token
    case .signing(let token):
      let time = String(now.milliseconds / 1_000)
      let code = MessageAuthentication.sha256([Array("\(id).\(time).".utf8), body], key: token.key)
      head.headerFields[.webhookID] = id
      head.headerFields[.webhookTimestamp] = time
      head.headerFields[.webhookSignature] = "v1,\(Base64.encode(code))"
    }
    return Request(head: head, body: body)
  }

  /// What came of it means.
  package func finding(_ answer: Answer) -> DoctorFinding {
    let name = "gitlab \(instance) webhook address"
    let url = "\(address.scheme)://\(address.authority)\(address.root)"
    switch answer {
    case .failure(let failure):
      if address.scheme == "https", let trouble = TLSTrouble(failure.reason) {
        return .fail(
          name, "\(url): \(trouble.meaning); GitLab will hardly trust it either",
          "mend the certificate of public_url; where its authority is a private one, GATEHOUSE_CA_FILE names it to this check")
      }
      return .warn(
        name, "\(url) cannot be reached from this machine: \(failure.reason.bounded(to: Limits.transportMessage))",
        "correct server.public_url, or its DNS; GitLab may reach it all the same, by another way than this machine")
    case .success(let response): return finding(response, name: name, url: url)
    }
  }

  private func finding(_ response: Response, name: String, url: String) -> DoctorFinding {
    let status = response.status.code
    switch status {
    case 200:
      guard (try? JSONValue.parse(response.body))?["result"]?.string == "ignored" else {
        return .fail(
          name, "\(url) is answered by something that is no gate: what GitLab sends there is lost",
          "correct server.public_url, or have the proxy pass /webhooks/ on to the gate")
      }
      return .ok(name, "\(url) leads here, and the secret is taken")
    case 300..<400:
      return .fail(
        name, "\(url) redirects (\(status)): GitLab takes that for a success, and the event is lost",
        "set server.public_url and the webhook's URL to where it leads, most often https:// in place of http://")
    case 401:
      return .fail(
        name, "the server at \(url) refuses the secret that is configured here: what GitLab sends with it is refused too",
        "have the server read the configuration anew (SIGHUP; restart it for {env: NAME}); if it stays so, a proxy drops "
          + (isSigned ? "webhook-id, webhook-timestamp or webhook-signature, or changes the body" : "X-Gitlab-Token")
          + ": have it pass them on")
    case 404, 405:
      return .fail(
        name, "\(url) does not know /webhooks/gitlab/\(instance) (\(status))",
        "have the proxy pass /webhooks/ on to the gate unchanged, and the server read the configuration anew (SIGHUP)")
    case 502, 503, 504:
      return .fail(
        name, "the proxy at \(url) does not reach the gate, or the gate cannot take more (\(status))",
        "start `gatehouse serve` where the proxy looks for it; its log and /readyz say what is wrong")
    default:
      return .fail(
        name, "\(url) answers \(status) to a webhook", "see the logs of the gate and of the proxy in front of it for what refuses it")
    }
  }

  private var isSigned: Bool { if case .signing = secret { true } else { false } }
}
