package import Calendar

/// What people tell of a change request, all of it optional: JSM's words, its backout plan under the name that GitLab's people use.
package struct ChangeDetails: Sendable, Hashable {
  package enum Level: String, Sendable, Hashable, CaseIterable {
    case low, medium, high
  }

  package var risk: Level?
  package var impact: Level?
  package var reason: String?
  package var implementationPlan: String?
  package var rollbackPlan: String?
  package var plannedStart: Instant?
  package var plannedEnd: Instant?

  package init() {}

  /// The fields that say something.
  package var filled: Set<ChangeField> {
    let fields: [(ChangeField, Bool)] = [
      (.risk, risk != nil), (.impact, impact != nil), (.reason, reason != nil), (.implementationPlan, implementationPlan != nil),
      (.rollbackPlan, rollbackPlan != nil), (.plannedStart, plannedStart != nil), (.plannedEnd, plannedEnd != nil),
    ]
    return Set(fields.filter(\.1).map(\.0))
  }
}

/// One field of a change request as somebody wants it. Nil empties it.
package enum ChangeEdit: Sendable, Hashable {
  case type(ChangeType)
  case risk(ChangeDetails.Level?)
  case impact(ChangeDetails.Level?)
  case reason(String?)
  case implementationPlan(String?)
  case rollbackPlan(String?)
  case plannedStart(Instant?)
  case plannedEnd(Instant?)
}

extension ChangeRequest {
  package mutating func apply(_ edit: ChangeEdit) {
    switch edit {
    case .type(let type): self.type = type
    case .risk(let risk): details.risk = risk
    case .impact(let impact): details.impact = impact
    case .reason(let reason): details.reason = reason
    case .implementationPlan(let plan): details.implementationPlan = plan
    case .rollbackPlan(let plan): details.rollbackPlan = plan
    case .plannedStart(let start): details.plannedStart = start
    case .plannedEnd(let end): details.plannedEnd = end
    }
  }
}
