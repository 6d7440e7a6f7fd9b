/// One thing that GitLab is asked because a gate waits for it. However many changes wait, it is asked once.
package enum Question: Sendable, Hashable {
  case members(MembershipSource)
  /// Who has this username, and with which addresses they may have committed.
  case person(String)
  /// What a deployment brings to its environment.
  case contributions(DeploymentIdentity, environment: String, sha: String)
}

/// What GitLab told when it was asked a `Question`.
package enum Disclosure: Sendable, Hashable {
  case members([Member])
  /// Nil: GitLab knows nobody of that name.
  case person(KnownPerson?)
  case contributions(Contributions)
}

/// Somebody in a list of GitLab's. Blocked users and those who were only invited are left out.
package struct Member: Sendable, Hashable {
  package var id: Int64
  package var username: String
  package var level: Int

  package init(id: Int64, username: String, level: Int) {
    self.id = id
    self.username = username
    self.level = level
  }
}

extension Policy {
  /// Whether it looks at what a deployment brings: GitLab is asked only then.
  package var looksAtContributions: Bool {
    preventAuthorApproval || (autoApprove + autoReject).contains(where: \.needsContributions)
  }

  /// The lists of GitLab's that this policy's rules stand on.
  package func sources(in directory: Directory) -> Set<MembershipSource> {
    approvalRules.reduce(into: []) { sources, rule in
      if let source = directory.source(of: rule.approver) { sources.insert(source) }
    }
  }
}
