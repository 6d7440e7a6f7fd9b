/// Where a webhook of the gate's leads. One rule for plan, apply, undo and check of what is ours: it leads to this gate's endpoint, and names this
/// GitLab or none (then it is proved by whose secret it carries). So it is ours before and after the configuration has a second GitLab.
struct GateWebhookAddress: Sendable, Hashable {
  /// What the gate is called, and where it is: `https://gatehouse.example.com`.
  let gate: String
  /// The GitLab that it names, if it names one.
  let instance: String?

  private static let endpoint = "/webhooks/gitlab"

  /// Nil for an address that is no gate's.
  init?(_ url: String) {
    guard let address = try? GitLabAddress(url) else { return nil }
    let path = address.root[...]
    let start = "\(address.scheme)://\(address.authority)"
    if path.hasSuffix(Self.endpoint) {
      gate = start + path.dropLast(Self.endpoint.count)
      instance = nil
      return
    }
    guard let slash = path.lastIndex(of: "/"), path[..<slash].hasSuffix(Self.endpoint) else { return nil }
    gate = start + path[..<slash].dropLast(Self.endpoint.count)
    instance = String(path[path.index(after: slash)...])
  }

  /// Any webhook of the gate's.
  ///
  /// - Parameter publicURL: what GitLab calls the gate.
  init?(publicURL: String) {
    guard let address = try? GitLabAddress(publicURL) else { return nil }
    gate = "\(address.scheme)://\(address.authority)\(address.root)"
    instance = nil
  }

  /// Whether a webhook that the named GitLab has leads to the same gate, and is taken there for that GitLab's.
  func leadsToSameGate(_ url: String, from name: String) -> Bool {
    guard let other = GateWebhookAddress(url) else { return false }
    return other.gate == gate && other.isOpen(to: name)
  }

  /// Whether what the named GitLab sends there is taken for its own.
  func isOpen(to name: String) -> Bool { instance == nil || instance == name }
}
