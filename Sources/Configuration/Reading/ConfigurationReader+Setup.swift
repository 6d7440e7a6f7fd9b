internal import ChangeControl

/// `gitlab[].setup`: how setup makes what the gate needs there.
extension ConfigurationReader {
  /// - Parameter token: the account's, as far as the file says where it is kept.
  func setup(_ section: Section?, token: Secret?) -> GitLabSetup {
    var setup = GitLabSetup()
    guard let section else { return setup }
    if let account = section.section("account", .setupAccount) {
      setup.username = account.node("username").flatMap { username($0) }
      if let node = account.node("name"), let name = report.text(node, "name", limit: Limits.usernameBytes) { setup.displayName = name }
      setup.level = account.choice("level", GitLabSetup.Level.self)
    }
    setup.group = section.node("group").flatMap { groupPath($0, "group") }
    setup.members = section.choice("members", GitLabSetup.Scope.self) ?? setup.members
    setup.protect = section.choice("protect", GitLabSetup.Scope.self) ?? setup.protect
    setup.hook = section.choice("hook", GitLabSetup.Hook.self) ?? setup.hook
    setup.verifiesTLS = section.flag("verify_tls") ?? setup.verifiesTLS
    setup.tokenLifetime = section.duration("token_lifetime", in: Limits.tokenLifetime) ?? setup.tokenLifetime
    setup.rotateTokenBefore = rotateTokenBefore(section, lifetime: setup.tokenLifetime, token: token)
    if let items = section.items("deployers", of: "deployers, such as {access_level: 40}") { setup.deployers = items.compactMap(deployer) }
    return setup
  }

  /// A token that is rotated as soon as it is made would be rotated for ever; and one that comes from the environment cannot be put back there.
  private func rotateTokenBefore(_ section: Section, lifetime: Duration, token: Secret?) -> Duration? {
    guard let node = section.node("rotate_token_before"),
      let before = report.duration(node, "rotate_token_before", in: Limits.rotateTokenBefore)
    else { return nil }
    guard before < lifetime else {
      let days = lifetime.components.seconds / 86_400
      let instead = days > 1 ? "make it shorter, \(min(max(days / 3, 1), 30))d say" : "let tokens live longer, or leave it out"
      report.problem(
        "`rotate_token_before` is as long as a token's whole life (`token_lifetime`, \(days)d): it would be rotated again and again; "
          + instead, at: node.position)
      return nil
    }
    if let token, case .variable = token.place {
      report.problem(
        "`rotate_token_before` needs a token that the server can replace: write `token: {file: PATH}`, with a file in a folder that it may "
          + "write; nobody can set an environment variable for another program", at: node.position)
      return nil
    }
    return before
  }

  /// GitLab's usernames: letters, digits, `_`, `-` and `.`, none of the last two at an end.
  private func username(_ node: YAMLNode) -> String? {
    guard let text = report.text(node, "username", limit: Limits.usernameBytes) else { return nil }
    guard text.utf8.allSatisfy({ $0.isLetterOrDigit || "-_.".utf8.contains($0) }), let first = text.utf8.first, let last = text.utf8.last,
      ![first, last].contains(where: { "-.".utf8.contains($0) })
    else {
      return report.wrong(node, "username", "a GitLab username: letters, digits, hyphens, underscores and dots, without the @")
    }
    return text
  }

  private func groupPath(_ node: YAMLNode, _ key: String) -> String? {
    guard let text = report.text(node, key, limit: Limits.patternBytes) else { return nil }
    let segments = text.split(separator: "/", omittingEmptySubsequences: false)
    guard !segments.contains(where: { ["", ".", ".."].contains($0) }),
      text.utf8.allSatisfy({ $0.isLetterOrDigit || "-_./".utf8.contains($0) })
    else { return report.wrong(node, key, "the full path of a group, such as acme/payments") }
    return text
  }

  private func deployer(_ node: YAMLNode) -> GitLabSetup.Deployer? {
    guard let section = Section(node, "an entry of `deployers`", .deployer, report) else { return nil }
    let keys = ["access_level", "user", "gitlab_group"].filter(section.has)
    guard keys.count == 1 else {
      report.problem(
        "an entry of `deployers` has \(keys.isEmpty ? "none" : "several") of `access_level`, `user` and `gitlab_group`; write one of them",
        at: section.position)
      return nil
    }
    if let node = section.node("access_level") {
      guard let level = report.whole(node, "access_level", in: 30...60), [30, 40, 60].contains(level) else {
        return report.isClean ? report.wrong(node, "access_level", "30 (Developers), 40 (Maintainers) or 60 (administrators)") : nil
      }
      return .accessLevel(level)
    }
    if let node = section.node("user") { return username(node).map(GitLabSetup.Deployer.user) }
    return section.node("gitlab_group").flatMap { groupPath($0, "gitlab_group") }.map(GitLabSetup.Deployer.gitlabGroup)
  }
}
