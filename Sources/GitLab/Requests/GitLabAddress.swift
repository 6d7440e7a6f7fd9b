internal import ChangeControl

/// Where a GitLab instance is: `https://gitlab.example.com`, or with a path for a relative URL root. Its API is that + `/api/v4`.
package struct GitLabAddress: Sendable, Hashable {
  package let scheme: String
  /// Host and port, lower case, the scheme's own port left out.
  package let authority: String
  /// The path before `/api/v4`, with no slash at its end; usually empty.
  package let root: String

  package init(_ url: String) throws(MalformedAddress) {
    guard let mark = url.firstRange(of: "://") else { throw MalformedAddress() }
    scheme = url[..<mark.lowerBound].lowercased()
    guard scheme == "https" || scheme == "http" else { throw MalformedAddress() }
    let rest = url[mark.upperBound...]
    let host = rest.prefix { $0 != "/" }
    guard !host.isEmpty, rest.utf8.allSatisfy({ (0x21..<0x7F).contains($0) }), !rest.contains(where: { "@?#".contains($0) }) else {
      throw MalformedAddress()
    }
    let ownPort = scheme == "https" ? ":443" : ":80"
    authority = (host.hasSuffix(ownPort) ? host.dropLast(ownPort.count) : host).lowercased()
    var path = rest[host.endIndex...]
    while path.last == "/" { path.removeLast() }
    root = String(path)
  }

  /// As it is written in a configuration.
  package var text: String { "\(scheme)://\(authority)\(root)" }

  var apiRoot: String { root + "/api/v4" }

  /// The path of a link of GitLab's, if it leads to this instance's API: nothing else is followed, for the token would go with it.
  func path(ofLink link: String) -> String? {
    let path: String
    if link.hasPrefix("/"), !link.hasPrefix("//") {
      path = link
    } else {
      guard let mark = link.firstRange(of: "://") else { return nil }
      let start = link[mark.upperBound...].firstIndex(of: "/") ?? link.endIndex
      guard let target = try? GitLabAddress(String(link[..<start])), target.scheme == scheme, target.authority == authority else {
        return nil
      }
      path = String(link[start...])
    }
    guard path.hasPrefix(apiRoot + "/"), path.utf8.count <= Limits.urlBytes, path.utf8.allSatisfy({ (0x21..<0x7F).contains($0) }),
      !path.contains("/../"), !path.contains("#")
    else { return nil }
    return path
  }

  /// The project that a page of GitLab's belongs to: what stands before `/-/` in the page's address is the project's own.
  func project(_ id: Int64, ofPage page: String) -> Project? {
    guard let mark = page.firstRange(of: "://"), let end = page.firstRange(of: "/-/") else { return nil }
    let rest = page[mark.upperBound..<end.lowerBound]
    guard let slash = rest.firstIndex(of: "/") else { return nil }
    var path = rest[slash...]
    if !root.isEmpty, path.hasPrefix(root + "/") { path = path.dropFirst(root.count) }
    path = path.dropFirst()
    guard path.contains("/") else { return nil }
    return Project(id: id, path: String(path), webURL: String(page[..<end.lowerBound]))
  }
}

/// The configured `url` of an instance is not one.
package struct MalformedAddress: Error, Sendable, Hashable, CustomStringConvertible {
  package var description: String {
    "the url of a GitLab instance is http:// or https://, a host, and nothing more than a port and a path: https://gitlab.example.com"
  }
}
