/// What came of one check of what a gate stands on. Names are stable, so that two findings of different days can be compared.
package struct DoctorFinding: Sendable, Hashable {
  package enum Status: String, Sendable, Hashable, Comparable, CaseIterable {
    case ok, warn, fail

    private var rank: Int { self == .ok ? 0 : self == .warn ? 1 : 2 }

    package static func < (left: Status, right: Status) -> Bool { left.rank < right.rank }
  }

  /// What was looked at: `gitlab main token scope`. Several findings may have one name, each of another place.
  package var name: String
  package var status: Status
  /// What was seen, where, and what it means.
  package var seen: String
  /// What mends it. Empty when the status is ok.
  package var remedy: String

  private init(name: String, status: Status, seen: String, remedy: String) {
    self.name = name
    self.status = status
    self.seen = seen
    self.remedy = remedy
  }

  package static func ok(_ name: String, _ seen: String) -> DoctorFinding { DoctorFinding(name: name, status: .ok, seen: seen, remedy: "") }

  package static func warn(_ name: String, _ seen: String, _ remedy: String) -> DoctorFinding {
    DoctorFinding(name: name, status: .warn, seen: seen, remedy: remedy)
  }

  package static func fail(_ name: String, _ seen: String, _ remedy: String) -> DoctorFinding {
    DoctorFinding(name: name, status: .fail, seen: seen, remedy: remedy)
  }
}

extension [DoctorFinding] {
  package var worst: DoctorFinding.Status { map(\.status).max() ?? .ok }

  package func count(_ status: DoctorFinding.Status) -> Int { count { $0.status == status } }

  /// The names of those with this status, each once, in their order.
  package func names(_ status: DoctorFinding.Status) -> [String] {
    reduce(into: []) { names, finding in
      if finding.status == status, !names.contains(finding.name) { names.append(finding.name) }
    }
  }
}
