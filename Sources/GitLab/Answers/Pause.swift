internal import Calendar
package import HTTPTypes

/// How long GitLab asks us to wait: `Retry-After` in seconds or as a date (RFC 9110 §10.2.3), or on 429 `RateLimit-Reset` in Unix time.
///
/// Points in time are measured against the `Date` of the same answer, so that a wrong clock on either side changes nothing. Nil when GitLab
/// does not say, or not in a way that can be read.
package func pause(from head: HTTPResponse) -> Duration? {
  let sentAt = head.headerFields[.date].flatMap(instant(httpDate:))
  if let text = head.headerFields[.retryAfter]?.trimmed {
    if let seconds = Int64(text) { return clamped(.seconds(min(max(seconds, 0), 1_000_000))) }
    if let until = instant(httpDate: text), let sentAt { return clamped(until - sentAt) }
  }
  guard head.status.code == 429, let sentAt, let reset = head.headerFields[.rateLimitReset].flatMap({ Int64($0) }),
    (0..<100_000_000_000).contains(reset)
  else { return nil }
  return clamped(Instant(milliseconds: reset * 1_000) - sentAt)
}

private func clamped(_ pause: Duration) -> Duration { min(max(pause, Limits.shortestPause), Limits.longestPause) }

/// The one form of date that servers may send: `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 §5.6.7).
func instant(httpDate text: String) -> Instant? {
  let parts = text.split(separator: " ")
  let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
  guard parts.count == 6, parts[5] == "GMT", let month = months.firstIndex(of: String(parts[2])) else { return nil }
  let number = month < 9 ? "0\(month + 1)" : "\(month + 1)"
  return Instant(iso8601: "\(parts[3])-\(number)-\(parts[1])T\(parts[4])Z")
}
