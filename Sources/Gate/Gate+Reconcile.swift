internal import Calendar
package import ChangeControl
package import Storage

extension Gate {
  /// How many reconcile intervals may pass before a blocked deployment that needed no approval is asked about again: a rule may have been
  /// added since, and GitLab does not touch the deployment for it.
  static let intervalsUntilAskedAgain = 10

  /// Compares GitLab's list of blocked deployments of one project with what is known, and asks about what is new or has moved.
  /// Returns how many it asked about.
  package func reconcile(
    project: Project, blocked: [BlockedDeployment], instance: String, requestID: String, in transaction: Transaction
  ) throws -> Int {
    let interval = plan.instance(named: instance)?.reconcileEvery ?? .seconds(30)
    var asked = 0
    for entry in blocked {
      let known = try transaction.deployment(entry.identity)
      let tier = known?.tier
      if known?.inspectedAt != nil, tier != nil,
        plan.service(
          instance: instance, project: project.id, path: project.path, environment: entry.environment, tier: tier) == nil
      {
        continue
      }
      let isSettled =
        known?.inspectedAt.map { inspected in
          // Asked in the future means that the clock was ahead: then it is not known how long ago.
          known?.gitlabUpdatedAt == entry.updatedAt && inspected <= transaction.now
            && transaction.now - inspected < .milliseconds(interval.wholeMilliseconds * Int64(Gate.intervalsUntilAskedAgain))
        } ?? false
      if isSettled { continue }
      let deployment = try transaction.meet(
        entry.identity, status: .blocked, environment: entry.environment, tier: nil, project: project.path.isEmpty ? nil : project,
        jobID: entry.jobID,
        by: .reconcile)
      try transaction.askToInspect(deployment, instance: instance, requestID: requestID)
      asked += 1
    }
    return asked
  }

  /// Asks about every deployment whose change request is still followed: cancellations, skips, approvals and plays by others of which no
  /// webhook told us. Returns how many.
  package func reconcileFollowed(instance: String, requestID: String, in transaction: Transaction) throws -> Int {
    let followed = try transaction.followedDeployments(instance: instance)
    for id in followed { try transaction.askToInspect(deployment: id, instance: instance, requestID: requestID) }
    return followed.count
  }

  // MARK: A round

  /// The projects of a round: those that the configuration's patterns were resolved to, and those that deployments were seen in and that a service
  /// still covers.
  package func projects(resolved: [Project], instance: String, in reading: Reading) throws -> [Project] {
    let services = plan.services.filter { $0.instance == instance }
    return resolved
      + (try reading.knownProjects(instance: instance).filter { project in
        !resolved.contains { $0.id == project.id } && services.contains { $0.covers(project: project.id, path: project.path) }
      })
  }

  /// Keeps what stood in the way of a round, for /readyz and for what waits until GitLab answers again.
  ///
  /// - Parameter pause: GitLab asked for quiet: nothing goes out to it before, from a round or from the courier.
  package func noteTrouble(instance: String, reason: String, pause: Duration?, in transaction: Transaction) throws {
    try transaction.noteFailure(instance: instance, reason: reason)
    if let pause { try transaction.pause(instance: instance, until: transaction.now + pause) }
  }

  /// Ends a round: asks about what no list of blocked deployments tells. Returns about how much.
  ///
  /// - Parameter isWhole: every gated project's list was read to its end.
  package func endRound(instance: String, isWhole: Bool, requestID: String, in transaction: Transaction) throws -> Int {
    if isWhole { try transaction.noteReconciled(instance: instance) }
    let refreshed = try refreshMemberships(instance: instance, requestID: requestID, in: transaction)
    return try refreshed + reconcileFollowed(instance: instance, requestID: requestID, in: transaction)
  }
}
