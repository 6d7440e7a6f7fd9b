import Calendar
import GitLabSimulator

/// A GitLab as a life finds it.
extension Neighbours {
  static func world(of name: String, _ options: Options, seed: UInt64) -> World {
    // Whose a webhook is, its secret tells, or its address.
    let hook = "https://gatehouse.example.com/webhooks/gitlab" + (name == Rulebook.instance || options.worldsAreAlike ? "" : "/\(name)")
    var world = World.demo(
      seed: seed, release: options.release, baseURL: "https://\(GitLabInstance.host(of: name))", hookURL: hook,
      now: Instant(milliseconds: Options.start), webhookToken: options.signsHooks ? nil : GitLabInstance.webhookToken(of: name),
      signingToken: options.signsHooks ? GitLabInstance.signingToken(of: name) : nil)
    world.tokens[501].secret = GitLabInstance.firstToken(of: name)
    if name != Rulebook.instance { exchange(21, 22, in: &world) }
    world.instance.disablesFailingHooks = options.switchesHooksOff
    world.runner = World.Runner(picksUpAfter: .milliseconds(options.jobs / 4), runsFor: .milliseconds(options.jobs))
    for (id, name) in [(Int64(31), "sven"), (32, "eve"), (33, "vera"), (34, "audrey"), (35, "adam")] {
      world.users.insert(.init(id: id, username: name, name: name))
    }
    for environment in ["production", "staging"] where options.asksOthersToo { world.addApprovalRule(.user(5), environment: environment) }
    for protection in world.protections.all where options.anybodyMayInGitLab {
      world.protections[protection.id].approvalRules = [.init(id: protection.id + 400, .level(.developer))]
    }
    if options.rulebook.approvesDocuments { deployOnce(in: &world) }
    if options.countsWithoutRules {
      for protection in world.protections.all {
        world.protections[protection.id].approvalRules = []
        world.protections[protection.id].requiredApprovalCount = 1
      }
    }
    if options.isAdministered { Administrator.addToken(to: &world, of: name) }
    return world
  }

  /// Something stands in each environment that what comes can be compared with. From before anything was protected, and the gate was there.
  private static func deployOnce(in world: inout World) {
    let (protections, runner) = (world.protections, world.runner)
    for environment in ["production", "staging"] { world.unprotect(environment: environment) }
    world.runner = World.Runner(picksUpAfter: .zero, runsFor: .zero)
    for environment in ["production", "staging"] {
      world.startPipeline(environment: environment, triggeredBy: "dana", commitTitle: "As it was in \(environment)")
    }
    world.tick(at: Instant(milliseconds: Options.start))
    (world.protections, world.runner) = (protections, runner)
    _ = world.takeDeliveries()
  }

  /// As it was, but what the administrator sees to stays as it is.
  static func protect(as before: Table<World.ProtectedEnvironment>, in world: inout World) {
    let others = world.protections.all.filter(Administrator.isAdministered)
    world.protections = before
    for protection in before.all where Administrator.isAdministered(protection) { world.protections.remove(protection.id) }
    for protection in others { world.protections.insert(protection) }
  }

  /// Elsewhere a person's number is another's.
  private static func exchange(_ one: Int64, _ other: Int64, in world: inout World) {
    let (first, second) = (world.users[one], world.users[other])
    (world.users[one].username, world.users[one].name, world.users[one].email) = (second.username, second.name, second.email)
    (world.users[other].username, world.users[other].name, world.users[other].email) = (first.username, first.name, first.email)
  }
}
