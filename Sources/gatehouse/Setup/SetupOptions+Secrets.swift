import Configuration

extension SetupOptions {
  /// One secret in two places is written over by whoever makes the other: a token of this GitLab goes to another then, or to whoever is sent the webhook's.
  func expectOwnSecrets(of instance: Configuration.GitLabInstance, among instances: [Configuration.GitLabInstance]) throws {
    let token = (name: "token", secret: instance.token)
    let admin = instance.adminToken.map { (name: "admin_token", secret: $0) }
    let hooks = [
      instance.webhookToken.map { (name: "webhook_token", secret: $0) }, instance.signingToken.map { (name: "signing_token", secret: $0) },
    ]
    .compactMap(\.self)
    let pairs = ([admin].compactMap(\.self) + hooks).map { (token, $0) } + hooks.compactMap { hook in admin.map { ($0, hook) } }
    // What comes from the environment nobody writes.
    if let (one, other) = pairs.first(where: { $0.secret.file != nil && $0.secret.isSame(as: $1.secret) }) {
      throw Failure.usage(
        "`\(one.name)` and `\(other.name)` of GitLab \(instance.name) are the same, \(one.secret.whereabouts): one would be written over the other. Give each a "
          + "place of its own")
    }
    for other in instances where other.url != instance.url {
      guard [other.token, other.adminToken].contains(where: { $0.map(instance.token.isSame) ?? false }) else { continue }
      throw Failure.usage(
        "the token of GitLab \(instance.name) is a token of GitLab \(other.name) too, \(instance.token.whereabouts): it would go to both. Give each a place of "
          + "its own")
    }
  }
}

extension Secret {
  fileprivate func isSame(as other: Secret) -> Bool {
    if let file, let its = other.file { return file.path == its.path || (try? file.resolved().path) == (try? its.resolved().path) }
    return place == other.place
  }

  fileprivate var whereabouts: String {
    switch place {
    case .file(let path): "the file \(path)"
    case .variable(let name): "the environment variable \(name)"
    }
  }
}
