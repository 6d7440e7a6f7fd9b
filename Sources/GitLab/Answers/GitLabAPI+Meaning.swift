internal import HTTPMessages
internal import HTTPTypes
internal import JSON

extension GitLabAPI {
  func meaning(of answer: Answer) -> AnswerMeaning {
    switch answer {
    case .success(let response): meaning(of: response)
    case .failure(let failure):
      .unheard(safe(failure.reason, limit: Limits.transportMessage), mayHaveTakenEffect: failure.effect == .unknown)
    }
  }

  private func meaning(of response: Response) -> AnswerMeaning {
    let status = response.status.code
    switch status {
    case 200..<300:
      if response.body.isEmpty { return .content(.null) }
      if let value = try? JSONValue.parse(withoutToken(response.body)) { return .content(value) }
      // A proxy's page with 200 is not GitLab's answer; whether GitLab saw the request cannot be told.
      return .unavailable("\(status), but no JSON: a proxy answers in GitLab's place", after: nil, mayHaveTakenEffect: true)
    case 300..<400: return .moved("\(status)")
    case 401:
      // GitLab's own are JSON; a proxy, which may want a sign-in of its own, answers with a page, and that is no word of the token. Whether GitLab saw the
      // request cannot be told either.
      guard (try? JSONValue.parse(response.body)) != nil else {
        return .unavailable(
          "401, but not from GitLab: see whether a proxy in between wants a sign-in, or puts a page in the place of GitLab's words, and whether the token "
            + "still serves",
          after: nil,
          mayHaveTakenEffect: true)
      }
      return .unauthorized(message(in: response))
    case 403: return .forbidden(message(in: response))
    case 404:
      // GitLab says what it did not find as a `message`; a path that it does not route at all, like anybody else, is an `error` or a page.
      guard let message = ownMessage(in: response, ofMember: "message") else {
        return .unavailable("404, but not from GitLab; check the instance's url", after: nil, mayHaveTakenEffect: false)
      }
      return .notFound(message, project: message.lowercased().contains("project"))
    case 408, 425, 429: return .unavailable(message(in: response), after: pause(from: response.head), mayHaveTakenEffect: false)
    case 400..<500: return .invalid(message(in: response), status: status)
    default: return .unavailable(message(in: response), after: pause(from: response.head), mayHaveTakenEffect: true)
    }
  }

  /// The status and GitLab's own words, made safe; a page is only named, not quoted.
  private func message(in response: Response) -> String {
    let status = response.status.code
    if let message = ownMessage(in: response) { return message.hasPrefix("\(status)") ? message : "\(status): \(message)" }
    // On 429 GitLab answers in plain text: "Retry later".
    guard response.body.count <= Limits.message, let text = String(validating: response.body, as: UTF8.self)?.trimmed, !text.isEmpty,
      !text.hasPrefix("<"), !text.hasPrefix("{")
    else { return "\(status)" }
    return "\(status): \(safe(text))"
  }

  private func ownMessage(in response: Response, ofMember member: String? = nil) -> String? {
    guard response.body.count <= Limits.errorBodyBytes, let body = try? JSONValue.parse(response.body), let text = errorText(body),
      member.map({ body[$0] != nil }) ?? true
    else { return nil }
    return safe(text)
  }
}

/// GitLab's error bodies: `{"message": "text"}`, `{"message": ["text"]}`, `{"message": {"field": ["text"]}}`, `{"error": "text"}`, and
/// OAuth's `{"error": "insufficient_scope", "error_description": "text"}`.
private func errorText(_ body: JSONValue) -> String? {
  if let message = body["message"], let text = flattened(message) { return text }
  guard let error = body["error"]?.string, !error.isEmpty else { return nil }
  guard let description = body["error_description"]?.string else { return error }
  return "\(error): \(description)"
}

private func flattened(_ message: JSONValue) -> String? {
  switch message {
  case .string(let text): return text.isEmpty ? nil : text
  case .array(let elements):
    let texts = elements.compactMap(flattened)
    return texts.isEmpty ? nil : texts.joined(separator: ", ")
  case .object(let object):
    let texts = object.members.compactMap { member in flattened(member.value).map { "\(member.name) \($0)" } }
    return texts.isEmpty ? nil : texts.joined(separator: ", ")
  default: return nil
  }
}
