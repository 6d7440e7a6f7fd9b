internal import Calendar
internal import HTTPMessages
internal import HTTPTypes

extension World {
  /// The token of a request: `PRIVATE-TOKEN`, or `Authorization: Bearer`.
  func secret(of request: Request) -> String? {
    if let token = request.head.headerFields[.privateToken] { return token }
    guard let authorization = request.head.headerFields[.authorization], authorization.hasPrefix("Bearer ") else { return nil }
    return String(authorization.dropFirst(7))
  }

  mutating func authenticate(_ request: Request, needs: Endpoint.Needs) throws(APIError) -> (User, PersonalAccessToken) {
    guard let secret = secret(of: request), let token = tokens.all.first(where: { $0.secret == secret }),
      let user = users.find(token.userID)
    else { throw .unauthorized }
    guard !token.isRevoked else {
      // Whoever rotates with a token that was revoked may be a thief: everything that came of it ends (GitLab's reuse detection).
      if request.head.path?.split(separator: "?").first?.hasSuffix("/rotate") == true { revokeFamily(of: token) }
      throw .invalidToken("Token was revoked. You have to re-authorize from the user.")
    }
    if let expiry = token.expiresAt, now >= expiry {
      throw .invalidToken("Token is expired. You can either do re-authorization or token refresh.")
    }
    guard needs.scopes.isEmpty || token.scopes.contains(where: needs.scopes.contains) else { throw .insufficientScope(needs.scopes) }
    if let state = user.barredState { throw .message(.forbidden, "403 Forbidden - \(refusal(inState: state))") }
    tokens[token.id].lastUsedAt = now
    return (user, token)
  }

  /// A banned user is told that they are blocked (`Gitlab::Auth::UserAccessDeniedReason`).
  private func refusal(inState state: String) -> String {
    state == "deactivated"
      ? "Your account has been deactivated by your administrator. Please log back in from a web browser to reactivate your account at "
        + instance.baseURL
      : "Your account has been blocked."
  }

  /// How many requests one token has made in the running minute.
  struct RateWindow: Sendable {
    var minute: Int64
    var count: Int
    var limit: Int

    var isOverLimit: Bool { count > limit }
    /// Unix seconds.
    var resetsAt: Int64 { (minute + 1) * 60 }

    var headers: [(String, String)] {
      [
        ("RateLimit-Limit", String(limit)),
        ("RateLimit-Name", "throttle_authenticated_api"),
        ("RateLimit-Observed", String(count)),
        ("RateLimit-Remaining", String(max(0, limit - count))),
        ("RateLimit-Reset", String(resetsAt)),
      ]
    }
  }

  /// Counts a request to its token; those without one share a window.
  mutating func countRequest(of request: Request) -> RateWindow {
    let key = secret(of: request).flatMap { secret in tokens.all.first { $0.secret == secret }?.id } ?? 0
    let minute = now.milliseconds / 60_000
    var window = rateWindows[key] ?? RateWindow(minute: minute, count: 0, limit: instance.requestsPerMinute)
    if window.minute != minute { window = RateWindow(minute: minute, count: 0, limit: instance.requestsPerMinute) }
    window.count += 1
    window.limit = instance.requestsPerMinute
    rateWindows[key] = window
    return window
  }

  /// Plain text, unlike every other error.
  func tooManyRequests(_ window: RateWindow) -> Response {
    var fields: HTTPFields = [.contentType: "text/plain"]
    fields[.retryAfter] = String(max(1, window.resetsAt - now.milliseconds / 1_000))
    fields[.known("RateLimit-ResetTime")] = Instant(milliseconds: window.resetsAt * 1_000).httpDate
    return Response(head: HTTPResponse(status: .tooManyRequests, headerFields: fields), body: Array("Retry later\n".utf8))
  }
}

extension Instant {
  /// `Thu, 03 Sep 2026 09:15:02 GMT` (RFC 9110 §5.6.7).
  var httpDate: String {
    let days = milliseconds / 86_400_000
    let names = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    let text = iso8601
    let parts = text.prefix(10).split(separator: "-")
    let month = months[(Int(parts[1]) ?? 1) - 1]
    return "\(names[Int(days % 7)]), \(parts[2]) \(month) \(parts[0]) \(text.dropFirst(11).prefix(8)) GMT"
  }
}
