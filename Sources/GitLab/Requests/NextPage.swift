internal import HTTPMessages
internal import HTTPTypes

/// Where a list goes on.
enum NextPage: Sendable, Hashable {
  case none
  /// A path of this instance's API.
  case path(String)
  /// GitLab says that there is more, at an address the token must not go to.
  case elsewhere
}

extension GitLabAPI {
  /// Follows `Link: <…>; rel="next"` (RFC 8288) within this instance. A GitLab that is reached by another name than its own writes its own
  /// into the link, and a proxy may leave the link out; then `X-Next-Page` tells, and the page is asked for where the last one was.
  func nextPage(after answer: Answer, to request: Request) -> NextPage {
    guard case .success(let response) = answer else { return .none }
    let link = response.head.headerFields[values: .link].lazy.compactMap(nextLink).first
    if let path = link.flatMap(address.path(ofLink:)) { return .path(path) }
    guard let number = response.head.headerFields[.nextPage].flatMap({ Int($0) }), number > 1, let path = request.head.path else {
      return link == nil ? .none : .elsewhere
    }
    let (base, query) = path.split(at: "?")
    let kept = query.split(separator: "&").filter { !$0.hasPrefix("page=") }
    return .path(base + "?" + (kept + ["page=\(number)"]).joined(separator: "&"))
  }

  private func nextLink(_ header: String) -> String? {
    for part in header.split(separator: "<").dropFirst(header.hasPrefix("<") ? 0 : 1) {
      guard let end = part.firstIndex(of: ">") else { continue }
      let parameters = part[end...].lowercased()
      guard parameters.contains("rel=\"next\"") || parameters.contains("rel=next") else { continue }
      return String(part[..<end])
    }
    return nil
  }
}

extension String {
  fileprivate func split(at separator: Character) -> (String, String) {
    guard let index = firstIndex(of: separator) else { return (self, "") }
    return (String(self[..<index]), String(self[self.index(after: index)...]))
  }
}
