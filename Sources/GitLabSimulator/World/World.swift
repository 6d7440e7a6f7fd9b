package import Calendar

/// A GitLab in memory, as far as a gate can see it: projects, protected environments, pipelines, deployments, approvals, hooks and the REST API.
///
/// Written against GitLab's documentation and source, not against our client, so that the gate fails here where it would fail there.
/// A value with no locks, no clock and no threads. Instants and requests go in (`respond(to:at:)`, `tick(at:)`, the scenario's functions);
/// replies come back, and hooks wait in a queue until the owner takes them (`takeDeliveries()`) and says what came of them
/// (`settle(_:with:)`). The same seed and the same calls give the same bytes.
package struct World: Sendable {
  package var instance: Instance
  package var runner = Runner()
  /// The instant of the last `tick(at:)` or `respond(to:at:)`. What people do happens at this instant.
  package internal(set) var now: Instant

  package var users = Table<User>()
  package var tokens = Table<PersonalAccessToken>()
  package var groups = Table<Group>()
  package var projects = Table<Project>()
  package var memberships: [Membership] = []
  package internal(set) var groupLinks: [GroupLink] = []
  package var environments = Table<Environment>()
  package var protections = Table<ProtectedEnvironment>()
  package var hooks = Table<Hook>()
  package internal(set) var commits: [String: Commit] = [:]
  /// The newest commit of each project.
  var heads: [Int64: String] = [:]
  package internal(set) var mergeRequests = Table<MergeRequest>()
  package internal(set) var pipelines = Table<Pipeline>()
  package var jobs = Table<Job>()
  package internal(set) var deployments = Table<Deployment>()
  package internal(set) var approvals = Table<Approval>()

  /// What goes wrong on purpose. Spent faults leave the list.
  package var faults: [Fault] = []
  package var requests = Journal<ReceivedRequest>()
  package var effects = Journal<Effect>()
  /// Hooks that were sent, with what came of them, and hooks that were not, with the reason.
  package var deliveries = Journal<DeliveryRecord>()

  var nextIDs = NextIDs()
  var random: SeededGenerator
  var outbox: [HookDelivery] = []
  var door = Door.interface
  /// The recursion id of the request that is being carried out, when it carried one.
  var cause: String?
  /// The hooks that have been sent under a recursion id.
  var hooksOfCause: [String: Set<Int64>] = [:]
  /// What the application's own limits have counted, by action and user.
  var actionWindows: [String: RateWindow] = [:]
  /// The delivery whose outcome the request that is being carried out wants to know.
  var awaitedDelivery: Int64?
  var awaitedAnswers: [Int64: AwaitedAnswer] = [:]
  var rateWindows: [Int64: RateWindow] = [:]

  package init(instance: Instance, now: Instant, seed: UInt64) {
    self.instance = instance
    self.now = now
    random = SeededGenerator(seed: seed)
  }

  /// Where GitLab's numbering stands. The first numbers are those of our fixtures.
  struct NextIDs: Sendable {
    var pipeline: Int64 = 2366
    var pipelineIID: Int64 = 77
    var job: Int64 = 79_600
    var deployment: Int64 = 815
    var deploymentIID: Int64 = 61
    var approval: Int64 = 42
    var delivery: Int64 = 1
    var row: Int64 = 1_000

    mutating func take(_ counter: WritableKeyPath<NextIDs, Int64>) -> Int64 {
      defer { self[keyPath: counter] += 1 }
      return self[keyPath: counter]
    }
  }
}
