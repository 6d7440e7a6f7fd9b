internal import GitLab
internal import HTTPMessages
internal import HTTPTypes
internal import JSON

/// In whose form an address says no: ours, or GitLab's, where it answers GitLab's clients.
enum ErrorShape: Sendable, Hashable {
  case own, gitLab

  /// - Parameter path: as it came, with a query or without.
  init(path: String) {
    self = .own
    guard path.utf8.starts(with: "/api/v4/".utf8) || path.utf8.starts(with: "/gitlab/".utf8) else { return }
    let segments = path.prefix { $0 != "?" }.split(separator: "/", maxSplits: 4, omittingEmptySubsequences: false)
    if segments[1] == "api" || (segments.count > 4 && segments[3] == "api" && segments[4].hasPrefix("v4/")) { self = .gitLab }
  }
}

extension Response {
  /// The same no as GitLab's clients read it: `{"message": "404 Not Found - …"}`.
  var inGitLabShape: Response {
    guard let message = (try? JSONValue.parse(body))?["error"]?["message"]?.string else { return self }
    var response = self
    response.body = (["message": .string("\(status.code) \(status.reasonPhrase) - \(message)")] as JSONValue).bytes + [UInt8(ascii: "\n")]
    return response
  }
}

extension RelayedRefusal {
  var response: Response {
    var fields: HTTPFields = [.contentType: "application/json"]
    if let pause { fields[.retryAfter] = String(max(1, pause.components.seconds)) }
    return Response(
      head: HTTPResponse(status: .init(code: status), headerFields: fields), body: body.bytes + [UInt8(ascii: "\n")])
  }
}
