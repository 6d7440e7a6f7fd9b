package import Calendar

/// The names and secrets of the ready-made world, for whoever configures a gate beside it.
package enum Demo {
  package static let projectID: Int64 = 30
  package static let projectPath = "acme/payments/checkout"
  package static let accountName = "change-gateway"
  package static let accountID: Int64 = 97
  /// Invented, and good for nothing outside a simulated GitLab.
  package static let token = "glpat-simulated-change-gateway"
  package static let webhookToken = "simulated-webhook-token"
  package static let signingToken = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
}

extension World {
  /// A small company: dana triggers deployments of `acme/payments/checkout`, whose production and staging ask for one approval by the
  /// service account `change-gateway`; alice, bob and carol are maintainers; `review/feature-x` is not protected.
  ///
  /// - Parameters:
  ///   - hookURL: where the project's hook points; nil: no hook.
  ///   - accountLevel: what the service account is on the project. A developer may approve and play by its own rules, and may not list hooks.
  package static func demo(
    seed: UInt64 = 1, release: Release = .v19, baseURL: String = "https://gitlab.example.com", hookURL: String? = nil,
    now: Instant, webhookToken: String? = Demo.webhookToken, signingToken: String? = nil, accountLevel: AccessLevel = .developer
  ) -> World {
    var world = World(instance: Instance(baseURL: baseURL, release: release), now: now, seed: seed)
    world.addPeople(accountLevel: accountLevel)
    world.addProject()
    if let hookURL {
      world.addHook(url: hookURL, token: webhookToken, signingToken: signingToken)
    }
    return world
  }

  /// Adds a project hook as an administrator would, and returns its id.
  @discardableResult
  package mutating func addHook(
    project projectID: Int64 = Demo.projectID, url: String, token: String? = Demo.webhookToken, signingToken: String? = nil,
    events: Set<Hook.Event> = [.deployment, .pipeline]
  ) -> Int64 {
    let id = nextIDs.take(\.row)
    hooks.insert(
      Hook(id: id, owner: .project(projectID), url: url, events: events, token: token, signingToken: signingToken, createdAt: now))
    return id
  }

  private mutating func addPeople(accountLevel: AccessLevel) {
    var administrator = User(id: 1, username: "root", name: "Administrator")
    administrator.isAdministrator = true
    var olu = User(id: 5, username: "olu", name: "Olu Ops Lead")
    olu.showsEmail = true
    let dana = User(id: 12, username: "dana", name: "Dana Developer")
    let alice = User(id: 21, username: "alice", name: "Alice Archer")
    let bob = User(id: 22, username: "bob", name: "Bob Baker")
    let carol = User(id: 23, username: "carol", name: "Carol Cook")
    let account = User(id: Demo.accountID, username: Demo.accountName, name: "Change Gateway", isServiceAccount: true)
    for user in [administrator, olu, dana, alice, bob, carol, account] { users.insert(user) }
    tokens.insert(
      PersonalAccessToken(
        id: 501, userID: account.id, secret: Demo.token, name: "gatehouse", createdAt: now, expiresAt: now + .seconds(365 * 86_400)))
    groups.insert(Group(id: 2, name: "acme", fullPath: "acme"))
    groups.insert(Group(id: 3, name: "payments", fullPath: "acme/payments", parentID: 2))
    groups.insert(Group(id: 134, name: "qa-group", fullPath: "acme/qa-group", parentID: 2))
    memberships = [
      Membership(.project(Demo.projectID), userID: dana.id, level: .developer),
      Membership(.group(3), userID: alice.id, level: .maintainer),
      Membership(.group(3), userID: bob.id, level: .maintainer),
      Membership(.group(3), userID: carol.id, level: .maintainer),
      Membership(.project(Demo.projectID), userID: olu.id, level: .maintainer),
      Membership(.group(134), userID: olu.id, level: .developer),
      Membership(.project(Demo.projectID), userID: account.id, level: accountLevel),
    ]
  }

  private mutating func addProject() {
    let id = Demo.projectID
    projects.insert(Project(id: id, groupID: 3, path: "checkout", description: "Checkout service", createdAt: now))
    environments.insert(
      Environment(id: 9, projectID: id, name: "production", tier: "production", externalURL: "https://shop.example.com", createdAt: now))
    environments.insert(
      Environment(id: 10, projectID: id, name: "staging", tier: "staging", externalURL: "https://staging.example.com", createdAt: now))
    environments.insert(
      Environment(
        id: 14, projectID: id, name: "review/feature-x", slug: "review-feature-x-1a2b3c", tier: "development", createdAt: now))
    for (number, name) in [(Int64(38), "production"), (40, "staging")] {
      protections.insert(
        ProtectedEnvironment(
          id: number, .project(id), name: name,
          deployAccess: [AccessRule(id: number + 200, .level(.maintainer)), AccessRule(id: number + 201, .user(Demo.accountID))],
          approvalRules: [AccessRule(id: number, .user(Demo.accountID))]))
    }
  }
}
