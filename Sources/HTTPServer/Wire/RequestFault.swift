package import HTTPTypes

/// Why a request is refused by the listener itself. Each has one status, one stable code for the caller and one sentence that says
/// what to send instead. After a fault the connection is closed: what follows on it cannot be trusted to be a request.
package enum RequestFault: Error, Sendable, Hashable, CaseIterable {
  case malformedRequestLine, malformedTarget, requestLineTooLong
  case unsupportedVersion, unsupportedMethod
  case malformedField, foldedField, bareLineFeed, fieldTooLarge, tooManyFields, headTooLarge
  case missingHost, repeatedHost, malformedHost
  case malformedContentLength, repeatedContentLength, contentLengthWithTransferEncoding
  case malformedTransferEncoding, unknownTransferCoding
  case malformedChunk, chunkLineTooLong, trailersTooLarge
  case unknownExpectation
  case contentTooLarge
  case incompleteRequest
  case headTimeout, bodyTimeout
  case handlerTimeout, invalidResponse, overloaded, tooManyConnections

  package var status: HTTPResponse.Status {
    switch self {
    case .requestLineTooLong: .uriTooLong
    case .unsupportedVersion: .httpVersionNotSupported
    case .unsupportedMethod, .unknownTransferCoding: .notImplemented
    case .fieldTooLarge, .tooManyFields, .headTooLarge, .trailersTooLarge: .requestHeaderFieldsTooLarge
    case .unknownExpectation: .expectationFailed
    case .contentTooLarge: .contentTooLarge
    case .headTimeout, .bodyTimeout: .requestTimeout
    case .handlerTimeout, .overloaded, .tooManyConnections: .serviceUnavailable
    case .invalidResponse: .internalServerError
    default: .badRequest
    }
  }

  /// The stable code in the error body.
  package var code: String {
    switch self {
    case .malformedRequestLine: "malformed_request_line"
    case .malformedTarget: "malformed_target"
    case .requestLineTooLong: "request_line_too_long"
    case .unsupportedVersion: "unsupported_version"
    case .unsupportedMethod: "unsupported_method"
    case .malformedField: "malformed_field"
    case .foldedField: "folded_field"
    case .bareLineFeed: "bare_line_feed"
    case .fieldTooLarge: "field_too_large"
    case .tooManyFields: "too_many_fields"
    case .headTooLarge: "head_too_large"
    case .missingHost: "missing_host"
    case .repeatedHost: "repeated_host"
    case .malformedHost: "malformed_host"
    case .malformedContentLength: "malformed_content_length"
    case .repeatedContentLength: "repeated_content_length"
    case .contentLengthWithTransferEncoding: "content_length_with_transfer_encoding"
    case .malformedTransferEncoding: "malformed_transfer_encoding"
    case .unknownTransferCoding: "unknown_transfer_coding"
    case .malformedChunk: "malformed_chunk"
    case .chunkLineTooLong: "chunk_line_too_long"
    case .trailersTooLarge: "trailers_too_large"
    case .unknownExpectation: "unknown_expectation"
    case .contentTooLarge: "content_too_large"
    case .incompleteRequest: "incomplete_request"
    case .headTimeout: "head_timeout"
    case .bodyTimeout: "body_timeout"
    case .handlerTimeout: "handler_timeout"
    case .invalidResponse: "invalid_response"
    case .overloaded: "overloaded"
    case .tooManyConnections: "too_many_connections"
    }
  }

  /// For the person at the other end. Plain ASCII without quotation marks, so that it can stand in JSON as it is.
  package var message: String {
    switch self {
    case .malformedRequestLine: "Send the request line as METHOD target HTTP/1.1, with single spaces."
    case .malformedTarget: "Send a path that starts with / and percent-encode what a URI may not hold."
    case .requestLineTooLong: "Shorten the request line."
    case .unsupportedVersion: "Use HTTP/1.1."
    case .unsupportedMethod: "Use GET, HEAD, POST, PUT, PATCH, DELETE or OPTIONS."
    case .malformedField: "Send each field as Name: value, without control characters and without a space before the colon."
    case .foldedField: "Send each field on one line."
    case .bareLineFeed: "End each line with CR LF."
    case .fieldTooLarge: "Shorten the longest header field."
    case .tooManyFields: "Send fewer header fields."
    case .headTooLarge: "Send less in the header section."
    case .missingHost: "Send a Host field."
    case .repeatedHost: "Send one Host field."
    case .malformedHost: "Send the host and port of this server in the Host field."
    case .malformedContentLength: "Send the Content-Length in decimal digits."
    case .repeatedContentLength: "Send one Content-Length field."
    case .contentLengthWithTransferEncoding: "Send either Content-Length or Transfer-Encoding."
    case .malformedTransferEncoding: "Send Transfer-Encoding: chunked, once, with HTTP/1.1; or a Content-Length."
    case .unknownTransferCoding: "Use no transfer coding but chunked."
    case .malformedChunk: "Send each chunk as its size in hexadecimal, CR LF, that many bytes, CR LF."
    case .chunkLineTooLong: "Send chunks without extensions."
    case .trailersTooLarge: "Send fewer trailer fields."
    case .unknownExpectation: "Send no Expect but 100-continue."
    case .contentTooLarge: "Send a smaller body."
    case .incompleteRequest: "Send the whole request before closing the connection."
    case .headTimeout: "Send the request head faster."
    case .bodyTimeout: "Send the request body faster."
    case .handlerTimeout: "The answer took too long. Try again; what was asked for may still happen."
    case .invalidResponse: "The server made an answer that cannot be sent. Its log says more."
    case .overloaded: "The server is busy. Try again in a few seconds."
    case .tooManyConnections: "Too many connections come from your address. Close some, or try again in a few seconds."
    }
  }
}
