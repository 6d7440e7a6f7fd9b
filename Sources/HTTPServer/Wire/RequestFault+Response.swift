internal import HTTPMessages
internal import HTTPTypes

extension RequestFault {
  /// The answer to a request that no handler sees, or that its handler did not answer in time. The code and the message are plain ASCII
  /// that needs no escaping; a test holds them to it.
  func response(limits: Limits) -> Response {
    var fields = HTTPFields()
    fields[.contentType] = "application/json"
    // RFC 9110 §10.2.3: whole seconds.
    if status == .serviceUnavailable { fields[.retryAfter] = String(limits.retryAfter.components.seconds) }
    return Response(
      head: HTTPResponse(status: status, headerFields: fields),
      body: Array("{\"error\":{\"code\":\"\(code)\",\"message\":\"\(message)\"}}".utf8))
  }
}
