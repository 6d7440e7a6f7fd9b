internal import Calendar
internal import ChangeControl
package import Gate
internal import GitLab
internal import HTTPMessages
internal import JSON
package import Storage

/// A change of a protected environment that was asked for, and of which the audit log has nothing more: the process died in between. What GitLab shows
/// now tells what became of it, and is written down.
package struct OpenRequestErrand: Sendable {
  private static let reason = "the process ended before GitLab's answer came"

  private let entry: AuditEntry
  private let knownFor: Duration
  private let instance: String
  private let gate: Gate

  /// - Parameter knownFor: how long ago this process found it, which no clock that is set moves: the time in the entry tells nothing of its age once
  ///   the clock was ahead.
  package init(_ entry: AuditEntry, knownFor: Duration, instance: String, gate: Gate) {
    self.entry = entry
    self.knownFor = knownFor
    self.instance = instance
    self.gate = gate
  }

  /// Exclusive: when its turn comes, nothing that this process has asked for is under way.
  package var errand: Errand { Errand(instance: instance, isExclusive: true, first: .read { try first($0) }) }

  private static let done = Errand.Step.answer(.empty(.noContent))

  private func first(_ reading: Reading) throws -> Errand.Step {
    // It may have been written since it was found.
    guard try !reading.openProtectedEnvironmentRequests(instance: instance, seq: entry.seq, limit: 1).isEmpty else {
      return OpenRequestErrand.done
    }
    guard var request = ProtectedEnvironmentRequest(entry) else { return OpenRequestErrand.done }
    request.isSettledLater = true
    let settled = request
    guard let level = GovernedPlace.Level(rawValue: request.level), let place = GovernedPlace(record: request.place, level: level),
      let order = ProtectedEnvironmentOrder(verb: request.verb, request.name, request.body, in: level)
    else {
      return .record { try unsettled(settled, 500, "another version of gatehouse wrote what was asked for: look at GitLab", nil, in: $0) }
    }
    if let next = try reading.nextProtectedEnvironmentRequest(after: entry) {
      // What GitLab shows now may be the doing of what was asked for since: how it stood before that tells of this one.
      let stood = ProtectedEnvironmentRequest(next)?.before
      return .record { try settle(settled, order, readBack: ProtectedEnvironment(stood ?? .null), before: next, in: $0) }
    }
    return .ask { api in
      api.readingProtectedEnvironment(settled.name, of: place).then { reading in
        switch reading {
        case .success(let after): return .record { try settle(settled, order, readBack: after, in: $0) }
        case .failure(let refusal):
          // What cannot be read now is read later; what GitLab will not show, nobody ever knows.
          guard refusal.isFinal else { return .record { try wait(for: refusal, in: $0) } }
          return .record { try unsettled(settled, refusal.status, refusal.reason, refusal.pause, in: $0) }
        }
      }
    }
  }

  /// - Parameters:
  ///   - after: how GitLab shows it now, or showed it before `next`.
  ///   - next: what was asked of the same protected environment after that reading.
  private func settle(
    _ request: ProtectedEnvironmentRequest, _ order: ProtectedEnvironmentOrder, readBack after: ProtectedEnvironment?,
    before next: AuditEntry? = nil, in transaction: Transaction
  ) throws -> Errand.Step {
    let before = ProtectedEnvironment(request.before)
    switch order.outcome(readBack: after, before: before, unheardBecause: OpenRequestErrand.reason) {
    case .done(let after, let deviations):
      try gate.protectedEnvironmentChanged(
        request, as: order.action, after: after?.record ?? .null, deviations: deviations, by: actor, in: transaction)
      return OpenRequestErrand.done
    case .refused(let refusal), .unsettled(let refusal):
      // GitLab may be at it still: it gives up a request after a minute.
      guard next != nil || knownFor >= Limits.openRequestAge else { return .answer(refusal.response) }
      // How long after the one the other came, clocks that are set do not tell.
      let seen =
        next.map { "when audit entry \($0.seq) asked for another change it was not so: it was not done, or later," }
        ?? "when it was read back it was not so: it was not done,"
      return try unsettled(
        request, 504,
        "\(OpenRequestErrand.reason), and \(seen) or somebody has taken it back in between; look at it with GET before you try again", nil,
        in: transaction)
    }
  }

  private func wait(for refusal: RelayedRefusal, in transaction: Transaction) throws -> Errand.Step {
    if let pause = refusal.pause { try gate.noteTrouble(instance: instance, reason: refusal.reason, pause: pause, in: transaction) }
    return .answer(refusal.response)
  }

  private func unsettled(
    _ request: ProtectedEnvironmentRequest, _ status: Int, _ reason: String, _ pause: Duration?, in transaction: Transaction
  ) throws -> Errand.Step {
    try gate.protectedEnvironmentRefused(
      request, isSettled: false, status: status, reason: reason, pause: pause, by: actor, in: transaction)
    return OpenRequestErrand.done
  }

  /// Who asked for it.
  private var actor: Actor { Actor(user: entry.actor, role: .admin) }
}
