internal import NetworkAddresses

/// Where the server is found, and who is in front of it.
extension ConfigurationReader {
  func server(_ section: Section?) -> Configuration.Server? {
    let listen = if let node = section?.node("listen") { listen(node) } else { [ListenAddress.tcp(host: "127.0.0.1", port: 8_080)] }
    let publicURL = section?.node("public_url").flatMap { address($0, "public_url")?.text }
    let proxies = trustedProxies(section)
    let limits = limits(section?.section("limits", .limits))
    guard let listen else { return nil }
    var server = Configuration.Server(listen: listen, publicURL: publicURL, limits: limits, trustedProxies: proxies)
    server.checksOnStart = section?.flag("check_on_start") ?? true
    if let node = section?.node("check_every") { server.checksEvery = checksEvery(node) }
    if let section, !section.has("public_url") { warnOfLinks(server, at: section.position) }
    return server
  }

  /// `never` for never.
  private func checksEvery(_ node: YAMLNode) -> Duration? {
    if case .scalar("never", _) = node.content { return nil }
    return report.duration(node, "check_every", in: Limits.checksEvery, or: "never")
  }

  /// Where links lead that nobody has named.
  private func warnOfLinks(_ server: Configuration.Server, at position: Position) {
    let link = server.publicURL(listeningAt: server.listen)
    guard let first = server.listen.first(where: { $0.url != nil }) else {
      return report.warn(
        "`public_url` is missing, and a Unix socket has no address that links could lead to: they would lead to \(link); add it",
        at: position)
    }
    if first.isEverywhere {
      report.warn("`public_url` is missing: links would lead to \(link), which is no address to others; add it", at: position)
    }
  }

  // MARK: listen

  private func listen(_ node: YAMLNode) -> [ListenAddress]? {
    guard case .sequence(let items) = node.content else { return listenAddress(node).map { [$0] } }
    guard (1...Limits.listenAddresses).contains(items.count) else {
      return report.wrong(node, "listen", "an address or a list of 1 to \(Limits.listenAddresses)", hint: " of \(items.count)")
    }
    var addresses: [ListenAddress] = []
    for item in items {
      guard let address = listenAddress(item) else { continue }
      if let other = addresses.first(where: { $0.takesTheSame(as: address) }) {
        report.problem("`listen`: \(shown(other.description)) takes what \(shown(address.description)) would; keep one", at: item.position)
      }
      addresses.append(address)
    }
    return addresses
  }

  private func listenAddress(_ node: YAMLNode) -> ListenAddress? {
    guard case .scalar(let text, _) = node.content else { return report.wrong(node, "listen", "an address or a list of them") }
    do throws(ListenAddress.Fault) {
      return try ListenAddress(text)
    } catch {
      report.problem("`listen` \(error.rawValue), not \(node.shownBriefly)", at: node.position)
      return nil
    }
  }

  // MARK: trusted_proxies

  private func trustedProxies(_ section: Section?) -> TrustedProxies {
    var proxies = TrustedProxies()
    for node in section?.items("trusted_proxies", of: "addresses, blocks of addresses, or unix") ?? [] {
      guard let text = report.text(node, "trusted_proxies") else { continue }
      if text == Configuration.Server.unixProxies { proxies.includesUnix = true } else { proxies.blocks += block(text, node) }
    }
    if let field = section?.choice("forwarded_field", TrustedProxies.Field.self) { proxies.field = field }
    return proxies
  }

  private func block(_ text: String, _ node: YAMLNode) -> [AddressBlock] {
    do throws(AddressBlock.Fault) {
      let block = try AddressBlock(text)
      guard !block.isEverything else {
        report.problem(
          "`trusted_proxies`: \(shown(text)) is everybody, so that any client could say that it is any other; name your proxies, such as 10.0.0.0/8",
          at: node.position)
        return []
      }
      return [block]
    } catch {
      switch error {
      case .form:
        let guess = nearest(to: text, among: [Configuration.Server.unixProxies]).map { "; did you mean `\($0)`?" }
        report.problem(
          "`trusted_proxies`: \(shown(text)) is no address"
            + (guess ?? "; write one such as 127.0.0.1, a block such as 10.0.0.0/8 or \"2001:db8::/32\", or unix"), at: node.position)
      case .strayBits(let block):
        report.problem("`trusted_proxies`: \(shown(text)) has bits set behind its length; write \(block)", at: node.position)
      }
      return []
    }
  }
}

extension ListenAddress {
  /// `[::]` takes IPv4 clients too. Port 0 is another one each time.
  fileprivate func takesTheSame(as other: ListenAddress) -> Bool {
    if case .tcp(_, port: 0) = self { return false }
    if case .tcp(_, let port) = self, case .tcp(_, port) = other, isEverywhere, other.isEverywhere { return true }
    return self == other
  }
}
