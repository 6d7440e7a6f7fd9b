internal import ChangeControl
internal import Gate
internal import GitLab
internal import HTTPMessages
internal import HTTPTypes
internal import JSON
internal import Storage

/// What follows once it is known how a protected environment stands that is to be changed: whom GitLab would drop, the entry before, the change, the
/// entry after.
struct OrderErrand: Sendable {
  let errand: PlaceErrand
  let place: GovernedPlace
  let order: ProtectedEnvironmentOrder
  let before: ProtectedEnvironment?

  var first: Errand.Step {
    if case .protect = order {
    } else {
      guard let before else { return .answer(RelayedRefusal.notProtected.response) }
      let unknown = order.unknownElements(in: before)
      guard unknown.isEmpty else { return .answer(RelayedRefusal(status: 422, messages: unknown).response) }
    }
    return .ask { api in
      EntitlementConversation(api: api, place: place, order: order).then { result in
        errand.follow(result) { problems in
          guard problems.isEmpty else { return .answer(RelayedRefusal(status: 422, messages: problems).response) }
          return .write { transaction in
            // Once more: the token may have been revoked while GitLab was asked.
            let actor = try errand.admits(transaction).actor
            let asked = try gate.protectedEnvironmentRequested(request, by: actor, in: transaction)
            return .act { api in
              ChangeProtectedEnvironmentConversation(api: api, place: place, order: order, before: before).then { outcome in
                .record { try record(outcome, of: asked, by: actor, in: $0) }
              }
            }
          }
        }
      }
    }
  }

  private var gate: Gate { errand.call.gate }

  private var request: ProtectedEnvironmentRequest {
    ProtectedEnvironmentRequest(
      instance: errand.instance, level: place.level.rawValue, place: place.record, name: order.name, verb: order.verb, body: order.body,
      before: before?.record ?? .null, requestID: errand.call.requestID)
  }

  private func record(
    _ outcome: ProtectedEnvironmentOutcome, of request: ProtectedEnvironmentRequest, by actor: Actor, in transaction: Transaction
  ) throws -> Errand.Step {
    switch outcome {
    case .done(let after, let deviations):
      try gate.protectedEnvironmentChanged(
        request, as: order.action, after: after?.record ?? .null, deviations: deviations, by: actor, in: transaction)
      return .answer(response(after: after, deviations))
    case .refused(let refusal), .unsettled(let refusal):
      var isSettled = true
      if case .unsettled = outcome { isSettled = false }
      try gate.protectedEnvironmentRefused(
        request, isSettled: isSettled, status: refusal.status, reason: refusal.reason, pause: refusal.pause, by: actor, in: transaction)
      return .answer(refusal.response)
    }
  }

  /// GitLab's status, and how it stands now.
  private func response(after: ProtectedEnvironment?, _ deviations: [String]) -> Response {
    var fields = HTTPFields()
    for deviation in deviations.prefix(Limits.warnings) { fields.append(HTTPField(name: .warning, value: warning(deviation))) }
    switch order {
    case .unprotect: return .empty(.noContent, fields: fields)
    case .protect: return .json(status: .created, fields: fields) { $0.element(after?.value ?? order.body) }
    case .update: return .json(fields: fields) { $0.element(after?.value ?? order.body) }
    }
  }

  /// `299 gatehouse "…"` (RFC 7234 §5.5): a quoted string of printable ASCII.
  private func warning(_ text: String) -> String {
    var quoted = ""
    for scalar in text.unicodeScalars.prefix(Limits.warning) {
      if scalar == "\"" || scalar == "\\" { quoted.unicodeScalars.append("\\") }
      quoted.unicodeScalars.append((0x20..<0x7F).contains(scalar.value) ? scalar : "?")
    }
    return "299 gatehouse \"\(quoted)\""
  }
}

extension ProtectedEnvironmentOrder {
  /// What the audit log calls it once it stands.
  var action: AuditAction {
    switch self {
    case .protect: .protectedEnvironmentProtected
    case .update: .protectedEnvironmentUpdated
    case .unprotect: .protectedEnvironmentUnprotected
    }
  }
}
