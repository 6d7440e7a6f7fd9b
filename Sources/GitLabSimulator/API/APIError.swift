package import HTTPTypes
package import JSON

/// An answer of GitLab's API that says no. GitLab has several shapes of error body (facts H); each constructor below makes one of them.
package struct APIError: Error, Sendable, Hashable {
  package var status: HTTPResponse.Status
  package var body: JSONValue
  package var headers: [String: String] = [:]

  private init(_ status: HTTPResponse.Status, _ body: JSONValue) {
    self.status = status
    self.body = body
  }

  static func message(_ status: HTTPResponse.Status, _ text: String) -> APIError { APIError(status, ["message": .string(text)]) }

  static func badRequest(_ text: String) -> APIError { message(.badRequest, text) }

  /// The validation errors of a row come as a list.
  static func badRequest(messages: [String]) -> APIError { APIError(.badRequest, ["message": .array(messages.map(JSONValue.string))]) }

  /// What the API's framework says of a parameter before GitLab's own code runs.
  static func parameter(_ text: String) -> APIError { APIError(.badRequest, ["error": .string(text)]) }

  static let unauthorized = message(.unauthorized, "401 Unauthorized")
  static let forbidden = message(.forbidden, "403 Forbidden")
  static let notFound = message(.notFound, "404 Not found")
  static let noSuchRoute = APIError(.notFound, ["error": "404 Not Found"])

  /// What GitLab says of a feature that the plan does not have: as if there were no such thing.
  static let unlicensed = message(.notFound, "404 Not Found")

  /// A limit of the application itself, which unlike the request limiter's has no headers.
  static let actionLimit = APIError(
    .tooManyRequests, ["message": ["error": "This endpoint has been requested too many times. Try again later."]])

  static func validation(_ field: String, _ text: String) -> APIError {
    APIError(.badRequest, ["message": .object(JSONObject(members: [(field, [.string(text)])]))])
  }

  static func conflict(_ text: String) -> APIError { message(.conflict, text) }

  /// Where an endpoint ends with the framework's own `error!`.
  static func unprocessableParameter(_ text: String) -> APIError { APIError(.unprocessableContent, ["error": .string(text)]) }

  static func unprocessable(_ text: String) -> APIError { message(.unprocessableContent, text) }

  static func unprocessable(messages: [String]) -> APIError {
    APIError(.unprocessableContent, ["message": .array(messages.map(JSONValue.string))])
  }

  static func notFound(_ what: String) -> APIError { message(.notFound, "404 \(what) Not Found") }

  static func methodNotAllowed(_ allowed: [String]) -> APIError {
    var error = APIError(.methodNotAllowed, ["error": "405 Not Allowed"])
    error.headers["Allow"] = allowed.joined(separator: ", ")
    return error
  }

  static func invalidToken(_ description: String) -> APIError {
    APIError(.unauthorized, ["error": "invalid_token", "error_description": .string(description)])
  }

  static func insufficientScope(_ scopes: [String]) -> APIError {
    APIError(
      .forbidden,
      [
        "error": "insufficient_scope",
        "error_description": "The request requires higher privileges than provided by the access token.",
        "scope": .string(scopes.joined(separator: " ")),
      ])
  }
}
