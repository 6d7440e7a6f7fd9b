import Glibc
import Storage
import TestSupport
import Testing

@testable import GitLabSimulator

/// A house whose GitLab has nothing of what a gate needs, and paula, who owns the top-level group and sets it up.
extension House {
  static let setupToken = "glpat-paula-sets-up-5f6a"
  static let paula: Int64 = 60

  static func bare(release: World.Release = .v19, _ more: @escaping @Sendable (inout World) -> Void = { _ in }) -> HouseSettings {
    HouseSettings(release: release).beginning { world in
      for protection in world.protections.all { world.protections.remove(protection.id) }
      for token in world.tokens.all { world.tokens.remove(token.id) }
      world.users.remove(Demo.accountID)
      world.memberships.removeAll { $0.userID == Demo.accountID }
      world.users.insert(World.User(id: paula, username: "paula", name: "Paula Platform"))
      world.memberships.append(World.Membership(.group(2), userID: paula, level: .owner))
      world.tokens.insert(
        World.PersonalAccessToken(id: 601, userID: paula, secret: setupToken, name: "for setup", createdAt: world.now))
      world.instance.allowsOwnersServiceAccounts = true
      world.instance.deletesAccountsAfter = .zero
      more(&world)
    }
  }

  var tokenFile: String { folder.file("account-token") }
  var hookFile: String { folder.file("hook-token") }

  /// Writes a configuration whose secrets are files that are not there yet.
  ///
  /// - Parameter gitlab: more keys of the entry under `gitlab`, each on a line of its own.
  func configureForSetup(_ gitlab: String = "", token: String? = nil, webhook: String? = nil, tier: String = "production") {
    let lines = gitlab.split(separator: "\n").map { "    \($0)\n" }.joined()
    write(
      """
      server: {listen: "127.0.0.1:0", public_url: "https://gatehouse.example.com"}
      database: {path: "\(database)"}
      gitlab:
        - name: main
          url: \(gitLabURL)
          token: \(token ?? "{file: \"\(tokenFile)\"}")
          \(webhook ?? "webhook_token: {file: \"\(hookFile)\"}")
      \(lines)services: [{id: checkout, projects: ["acme/payments/*"], gate: {tiers: [\(tier)]}, policy: p}]
      groups: {g: [alice]}
      policies: {p: {approval_rules: [{group: g}]}}

      """, toFile: configurationFile)
  }

  private func environment(_ token: String?) -> [String: String] {
    var environment = ["GATEHOUSE_CONFIG": configurationFile]
    environment["GATEHOUSE_SETUP_TOKEN"] = token
    return environment
  }

  func setup(_ arguments: String..., token: String? = House.setupToken) async throws -> Program.Run {
    try await setup(arguments, token: token)
  }

  /// - Parameter isLater: so long after what was asked before that GitLab cannot be at it any more.
  func setup(_ arguments: [String], token: String? = House.setupToken, isLater: Bool = true) async throws -> Program.Run {
    if isLater, access(database, F_OK) == 0 {
      let connection = try Connection(path: database, access: .readWrite)
      try connection.execute("UPDATE setup_record SET updated_at = updated_at - 120000 WHERE state = 'intended'")
    }
    return try await Program.run(["setup"] + arguments, environment: environment(token), in: folder)
  }

  /// Nothing is left to do: plan and apply find that, and undo leaves GitLab as it was.
  func hasSettled(_ before: [String]) async throws {
    forgetRequests()
    #expect(try await setup("plan").status == 0)
    #expect(try await setup("apply").status == 0 && changesAsked.isEmpty)
    #expect(try await setup("undo").status == 0)
    #expect(picture == before)
    try await isSound()
  }

  /// Starts a verb of setup, and kills it when GitLab has been asked for what the fault makes hang.
  func setupDies(_ verb: String, at fault: Fault) async throws {
    let before = gitlab.with { world in
      world.faults = [fault]
      return world.requests.entries.count { $0.fault != nil }
    }
    let child = try Program.start(
      ["setup", verb], environment: environment(House.setupToken), in: folder, named: "dying-\(verb)-\(before)")
    try await eventually("GitLab to be asked") { () -> Sighting<Void> in
      if self.gitlab.with({ $0.requests.entries.count { $0.fault != nil } }) > before { return .found(()) }
      if child.ending != nil { return .found(()) }
      return .notYet(child.outputText)
    }
    child.end()
    gitlab.with { $0.faults = [] }
  }

  /// All of GitLab that setup may touch, one line each, without ids that differ from run to run.
  var picture: [String] {
    gitlab.with { world in
      func name(_ id: Int64) -> String { world.users.find(id)?.username ?? "user \(id)" }
      func text(_ holder: World.Holder) -> String { if case .user(let id) = holder { name(id) } else { "\(holder)" } }
      func rows(_ rows: [World.AccessRule]) -> String { rows.map { "\(text($0.holder)) \($0.requiredApprovals)" }.joined(separator: ", ") }
      let users = world.users.all.filter { !$0.isDeleted }.map { "user \($0.username)" }
      let members = world.memberships.map { "member \(name($0.userID)) of \($0.source): \($0.level)" }
      let tokens = world.tokens.all.filter { !$0.isRevoked && $0.userID != House.paula }.map { "token of \(name($0.userID)) \($0.scopes)" }
      let protections = world.protections.all.map { "\($0.source) \($0.name): \(rows($0.deployAccess)); \(rows($0.approvalRules))" }
      let hooks = world.hooks.all.map { hook in
        "hook \(hook.owner) \(hook.url) \(hook.events.map(\.rawValue).sorted()) \(hook.verifiesTLS) \(hook.token != nil) \(hook.signingToken != nil)"
      }
      return (users + members + tokens + protections + hooks).sorted()
    }
  }

  /// Requests that change something, since the journal was cleared.
  var changesAsked: [String] {
    requestsToGitLab.filter { !["GET", "HEAD"].contains($0.method) }.map { "\($0.method) \($0.path.replacing("/api/v4", with: ""))" }
  }

  /// What a person does in GitLab where nothing is to be gated any more: nobody waits for the account there.
  func takeAccountOut(of source: World.Source) {
    gitlab.with { world in
      for row in world.protections.all where row.source == source { world.protections[row.id].approvalRules = [] }
    }
  }

  func forgetRequests() { gitlab.with { $0.requests.clear() } }

  /// The one token of the account that serves.
  var accountTokens: [String] {
    gitlab.with { world in
      world.tokens.all.filter { !$0.isRevoked && $0.userID != House.paula && world.users.find($0.userID)?.botOf == nil }.map(\.secret)
    }
  }
}

extension World {
  /// By hand, with the rows of `production`.
  mutating func protectAsProduction(_ name: String) {
    guard let row = protections.all.first(where: { $0.name == "production" }) else { return }
    protections.insert(.init(id: 990, row.source, name: name, deployAccess: row.deployAccess, approvalRules: row.approvalRules))
  }
}
