internal import HTTPTypes
internal import JSON

/// A request that cannot be carried out as it was sent. What a *rule* says to a person is a `Refusal`; this is about the request itself.
struct Fault: Error, Sendable, Hashable {
  var status: HTTPResponse.Status
  /// Stable, one for each cause.
  var code: String
  /// What is wrong and what to do next. Never holds a token or a body.
  var message: String
  var fields: HTTPFields = [:]
}

// MARK: 400

extension Fault {
  static let malformedPath = Fault(
    status: .badRequest, code: "malformed_path",
    message: "the path is not well formed: write special characters as percent-escapes of UTF-8, and % itself as %25")

  static let malformedQuery = Fault(
    status: .badRequest, code: "malformed_query",
    message:
      "the query is not well formed: write name=value pairs joined by &, special characters as percent-escapes of UTF-8, % itself as %25")

  static func repeatedParameter(_ name: String) -> Fault {
    Fault(status: .badRequest, code: "repeated_parameter", message: "the parameter '\(name)' is there more than once; send it once")
  }

  static func unknownParameter(_ name: String, known: [String]) -> Fault {
    let message =
      known.isEmpty
      ? "there is no parameter '\(name)'; this request takes none"
      : "there is no parameter '\(name)'; \(nearest(to: name, in: known).map { "did you mean '\($0)'? " } ?? "")known are \(known.joined(separator: ", "))"
    return Fault(status: .badRequest, code: "unknown_parameter", message: message)
  }

  static func notJSON(_ reason: String) -> Fault {
    Fault(status: .badRequest, code: "not_json", message: "the body is not JSON: \(reason)")
  }

  static func unreadable(_ error: JSONError) -> Fault {
    guard error.isBeyondBounds else { return notJSON("\(error)") }
    return Fault(status: .contentTooLarge, code: "body_too_large", message: "the body is more JSON than is read here: \(error)")
  }

  static func repeatedMember(_ name: String) -> Fault {
    Fault(status: .badRequest, code: "repeated_member", message: "the member '\(name)' is there more than once; send it once")
  }

  static let malformedIfMatch = Fault(
    status: .badRequest, code: "malformed_if_match",
    message: "If-Match is not well formed: send the ETag of the change as you got it, quotation marks included, or *")

  static let malformedLastEventID = Fault(
    status: .badRequest, code: "malformed_last_event_id",
    message: "Last-Event-ID is none of ours; send the id of the last event as you got it, or leave it out to hear what comes from now on")

  static let ambiguousToken = Fault(
    status: .badRequest, code: "token_ambiguous",
    message: "the request carries more than one token; send one, as Authorization: Bearer or as PRIVATE-TOKEN")
}

// MARK: 401

extension Fault {
  private static func unauthorized(_ code: String, _ message: String, challenge: String = "Bearer") -> Fault {
    Fault(status: .unauthorized, code: code, message: message, fields: [.wwwAuthenticate: challenge])
  }

  static let tokenMissing = unauthorized(
    "token_missing", "send a Gatehouse token as 'Authorization: Bearer ght_…' or 'PRIVATE-TOKEN: ght_…'; `gatehouse token create` makes one"
  )

  static let tokenUnknown = unauthorized(
    "token_unknown",
    "there is no such token here; it takes a Gatehouse token (ght_…), which `gatehouse token create` makes, not one of GitLab's")

  static let tokenExpired = unauthorized("token_expired", "the token has expired; `gatehouse token create` makes a new one")

  static let tokenRevoked = unauthorized("token_revoked", "the token was revoked; `gatehouse token create` makes a new one")

  /// RFC 9110 §15.5.2 asks for a challenge; no browser or client knows this scheme, so none asks its user for a password.
  static let notAuthentic = unauthorized(
    "not_authentic", "the delivery is not authentic; set the same secret in the webhook's settings in GitLab and in the configuration",
    challenge: "Gitlab-Webhook")
}

// MARK: 404, 405, 413, 415

extension Fault {
  static let notFound = Fault(
    status: .notFound, code: "not_found", message: "there is nothing at this address; the API begins at /api/v1/changes")

  static func unknownInstance(_ name: String, known: [String]) -> Fault {
    Fault(
      status: .notFound, code: "instance_not_found",
      message: "no GitLab instance '\(name)' is configured; known are \(known.joined(separator: ", "))")
  }

  static func methodNotAllowed(_ allow: String) -> Fault {
    Fault(
      status: .methodNotAllowed, code: "method_not_allowed", message: "this address takes \(allow)", fields: [.allow: allow])
  }

  static func bodyTooLarge(limit: Int) -> Fault {
    Fault(status: .contentTooLarge, code: "body_too_large", message: "the body is larger than the \(limit) bytes that are taken here")
  }

  /// RFC 9110 §15.5.12.
  static let lengthRequired = Fault(
    status: .lengthRequired, code: "length_required", message: "send the body, with its Content-Length or chunked; there is none")

  static let unsupportedMediaType = Fault(
    status: .unsupportedMediaType, code: "unsupported_media_type",
    message: "send the body as JSON in UTF-8, with 'Content-Type: application/json'")
}

extension Fault {
  static let unsupportedMediaTypeOfGitLab = Fault(
    status: .unsupportedMediaType, code: "unsupported_media_type",
    message: "send the body as JSON in UTF-8 with 'Content-Type: application/json', or as a form")

  /// What is asked of GitLab's API and is not answered here.
  static let notOfGitLab = Fault(
    status: .notFound, code: "not_found",
    message:
      "of GitLab's API the gate answers projects and groups under change control and their protected_environments; ask GitLab itself "
      + "for the rest. A slash in a path or a name is written as %2F")
}

// MARK: 422

extension Fault {
  static func invalidValue(_ name: String, _ problem: String) -> Fault {
    Fault(status: .unprocessableContent, code: "invalid_value", message: "'\(name)' \(problem)")
  }

  static func invalidBody(_ problem: String) -> Fault {
    Fault(status: .unprocessableContent, code: "invalid_value", message: "the body \(problem)")
  }

  static func missingMember(_ name: String, expecting: String) -> Fault {
    Fault(status: .unprocessableContent, code: "missing_member", message: "'\(name)' is missing; send \(expecting)")
  }

  static func unknownMember(_ name: String, known: [String]) -> Fault {
    let hint = nearest(to: name, in: known).map { "did you mean '\($0)'? " } ?? ""
    return Fault(
      status: .unprocessableContent, code: "unknown_member",
      message: "there is no member '\(name)'; \(hint)known are \(known.joined(separator: ", "))")
  }

  static let reasonMissing = Fault(
    status: .unprocessableContent, code: "reason_required", message: "'reason' is missing or empty; say why it cannot wait")

  static let commentMissing = Fault(
    status: .unprocessableContent, code: "comment_required", message: "'comment' is missing or empty; a comment has to say something")
}
