import CCurl
import HTTPMessages
import HTTPTypes

/// The options of every transfer.
struct TransferSetup: Sendable {
  let limits: ClientLimits
  let certificateAuthorityFile: String?
  let unixSocket: String?

  /// Sets a fresh easy handle up. The list that is returned is the caller's to free, after the handle.
  func apply(to easy: UnsafeMutableRawPointer, exchange: Exchange) -> UnsafeMutablePointer<curl_slist>? {
    ccurl_set_long(easy, CURLOPT_NOSIGNAL, 1)
    // Nothing but what the configuration names: no proxy from the environment, no other protocol, no redirect that would carry the token away.
    ccurl_set_string(easy, CURLOPT_PROXY, "")
    ccurl_set_string(easy, CURLOPT_PROTOCOLS_STR, "http,https")
    if let unixSocket { ccurl_set_string(easy, CURLOPT_UNIX_SOCKET_PATH, unixSocket) }
    ccurl_set_long(easy, CURLOPT_FOLLOWLOCATION, 0)
    // One request at a time on a connection: its fate is that of the connection.
    ccurl_set_long(easy, CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
    setTimeouts(of: easy, isEndless: exchange.receive != nil)
    setSecurity(of: easy)
    ccurl_set_string(easy, CURLOPT_URL, exchange.target.url)
    ccurl_set_long(easy, CURLOPT_PATH_AS_IS, 1)
    ccurl_set_string(easy, CURLOPT_REQUEST_TARGET, exchange.target.path)
    setMethod(of: easy, request: exchange.request)
    let fields = list(of: exchange.request)
    ccurl_set_list(easy, CURLOPT_HTTPHEADER, fields)
    return fields
  }

  private func setTimeouts(of easy: UnsafeMutableRawPointer, isEndless: Bool) {
    ccurl_set_long(easy, CURLOPT_CONNECTTIMEOUT_MS, limits.connectTimeout.curlMilliseconds)
    if !isEndless { ccurl_set_long(easy, CURLOPT_TIMEOUT_MS, limits.wholeTimeout.curlMilliseconds) }
    ccurl_set_long(easy, CURLOPT_MAXAGE_CONN, max(1, Int(limits.idleConnection.components.seconds)))
    // A peer that vanished without a word is noticed while the connection idles.
    ccurl_set_long(easy, CURLOPT_TCP_KEEPALIVE, 1)
    ccurl_set_long(easy, CURLOPT_TCP_KEEPIDLE, 20)
    ccurl_set_long(easy, CURLOPT_TCP_KEEPINTVL, 10)
  }

  /// With a CA file of one's own only what it vouches for is trusted, not the system's authorities too.
  private func setSecurity(of easy: UnsafeMutableRawPointer) {
    ccurl_set_long(easy, CURLOPT_SSL_VERIFYPEER, 1)
    ccurl_set_long(easy, CURLOPT_SSL_VERIFYHOST, 2)
    ccurl_set_long(easy, CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
    if let certificateAuthorityFile {
      ccurl_set_string(easy, CURLOPT_CAINFO, certificateAuthorityFile)
      ccurl_set_string(easy, CURLOPT_CAPATH, nil)
      // Its content may change.
      ccurl_set_no_authority_cache(easy)
    }
  }

  private func setMethod(of easy: UnsafeMutableRawPointer, request: Request) {
    let method = request.head.method
    if method == .head {
      ccurl_set_long(easy, CURLOPT_NOBODY, 1)
    } else if request.body.isEmpty && !method.expectsBody {
      ccurl_set_long(easy, CURLOPT_HTTPGET, 1)
    } else {
      // The size first: without it curl would copy up to the first zero byte.
      ccurl_set_offset(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(request.body.count))
      request.body.withUnsafeBytes { bytes in
        withUnsafeBytes(of: UInt8(0)) { nothing in
          _ = ccurl_set_pointer(easy, CURLOPT_COPYPOSTFIELDS, bytes.baseAddress ?? nothing.baseAddress)
        }
      }
    }
    ccurl_set_string(easy, CURLOPT_CUSTOMREQUEST, method.rawValue)
  }

  /// The caller's fields but for those that frame the message, which are curl's, and ours: no `Expect: 100-continue`, which would cost a second
  /// where it is not understood, and no compressed answers, whose size could not be bounded while they come in.
  private func list(of request: Request) -> UnsafeMutablePointer<curl_slist>? {
    var lines = ["Expect:", "Accept-Encoding: identity"]
    if request.head.headerFields[.contentType] == nil { lines.append("Content-Type:") }
    for field in request.head.headerFields where !TransferSetup.ownFields.contains(field.name.canonicalName) {
      // "Name:" would remove a field, "Name;" sends it empty.
      lines.append(field.value.isEmpty ? "\(field.name.rawName);" : "\(field.name.rawName): \(field.value)")
    }
    var list: UnsafeMutablePointer<curl_slist>?
    for line in lines { list = curl_slist_append(list, line) ?? list }
    return list
  }

  private static let ownFields: Set<String> = [
    "accept-encoding", "connection", "content-length", "expect", "host", "te", "transfer-encoding", "upgrade",
  ]
}

extension HTTPRequest.Method {
  /// Changes nothing at the other end (RFC 9110 §9.2.1).
  var isSafe: Bool { self == .get || self == .head || self == .options }

  /// Whether it is sent with a Content-Length even when there is no body (RFC 9110 §8.6).
  fileprivate var expectsBody: Bool { self == .post || self == .put || self == .patch }
}

extension Duration {
  /// At least one: for curl, 0 stands for no limit.
  fileprivate var curlMilliseconds: Int { max(1, Int(components.seconds) * 1_000 + Int(components.attoseconds / 1_000_000_000_000_000)) }
}
