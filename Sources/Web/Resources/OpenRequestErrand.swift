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
  private let instance: String
  private let gate: Gate

  package init(_ entry: AuditEntry, instance: String, gate: Gate) {
    self.entry = entry
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
    guard var request = (try? JSONValue.parse(entry.detail)).flatMap(ProtectedEnvironmentRequest.init(requested:)) else {
      return OpenRequestErrand.done
    }
    request.isSettledLater = true
    let settled = request
    guard let level = GovernedPlace.Level(rawValue: request.level), let place = GovernedPlace(record: request.place, level: level),
      let order = ProtectedEnvironmentOrder(verb: request.verb, request.name, request.body, in: level)
    else {
      return .record { try unsettled(settled, 500, "another version of gatehouse wrote what was asked for: look at GitLab", nil, in: $0) }
    }
    return .ask { api in
      ReadProtectedEnvironmentConversation(api: api, place: place, name: settled.name).then { reading in
        switch reading {
        case .success(let after):
          let outcome = ChangeProtectedEnvironmentConversation(
            api: api, place: place, order: order, before: ProtectedEnvironment(settled.before)
          ).outcome(readBack: after, unheardBecause: OpenRequestErrand.reason)
          return .record { try record(outcome, of: settled, order, in: $0) }
        case .failure(let refusal):
          // What cannot be read now is read later; what GitLab will not show, nobody ever knows.
          guard refusal.isFinal else { return .record { try wait(for: refusal, in: $0) } }
          return .record { try unsettled(settled, refusal.status, refusal.reason, refusal.pause, in: $0) }
        }
      }
    }
  }

  private func record(
    _ outcome: ProtectedEnvironmentOutcome, of request: ProtectedEnvironmentRequest, _ order: ProtectedEnvironmentOrder,
    in transaction: Transaction
  ) throws -> Errand.Step {
    switch outcome {
    case .done(let after, let deviations):
      try gate.protectedEnvironmentChanged(
        request, as: order.action, after: after?.record ?? .null, deviations: deviations, by: actor, in: transaction)
    case .refused(let refusal), .unsettled(let refusal):
      // GitLab may be at it still: it gives up a request after a minute.
      guard entry.at + Limits.openRequestAge <= transaction.now else { return .answer(refusal.response) }
      try gate.protectedEnvironmentRefused(
        request, isSettled: true, status: refusal.status, reason: refusal.reason, pause: nil, by: actor, in: transaction)
    }
    return OpenRequestErrand.done
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
