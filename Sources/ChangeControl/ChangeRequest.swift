package import Calendar

/// The record under which one deployment is asked for, decided and followed to its end. One for each GitLab deployment id.
package struct ChangeRequest: Sendable, Hashable {
  package var id: Int64
  /// Counts every change of the record; what `ETag` and `If-Match` compare.
  package var revision: Int64
  package var status: String
  package var gate: GateState
  package var type: ChangeType
  package var service: String
  package var policy: String
  package var workflow: String
  /// The commit that was asked for. An approval serves this deployment at this commit and no other.
  package var sha: String
  /// GitLab let the deployment go on without this gate: others approved it there, or it ran before a decision.
  package var outOfBand: Bool
  package var createdAt: Instant
  package var updatedAt: Instant
  package var decidedAt: Instant?
  package var closedAt: Instant?
  package var expiresAt: Instant?
  /// The approval steps that were passed, in their order.
  package var stepsPassed: [String] = []
  /// When it must be looked at again with nothing said and done: a freeze that ends, a time that runs out.
  package var lookAt: Instant?
  package var brokenGlass: BrokenGlass?
  package var review: Review?

  /// The look back that a broken glass owes, at what was let through.
  package struct Review: Sendable, Hashable {
    package var dueAt: Instant
    package var doneAt: Instant?
    package var by: String?
    package var comment: String?

    package init(dueAt: Instant, doneAt: Instant? = nil, by: String? = nil, comment: String? = nil) {
      self.dueAt = dueAt
      self.doneAt = doneAt
      self.by = by
      self.comment = comment
    }

    package func isOverdue(at now: Instant) -> Bool { doneAt == nil && dueAt < now }
  }
  /// Whose transition turned the gate, and what they said; nil where the policy's rules did, or GitLab.
  package var decidedBy: String?
  package var decidedBecause: String?
  package var details = ChangeDetails()

  package init(
    id: Int64, revision: Int64, status: String, gate: GateState, type: ChangeType, service: String, policy: String, workflow: String,
    sha: String,
    outOfBand: Bool, createdAt: Instant, updatedAt: Instant, decidedAt: Instant?, closedAt: Instant?, expiresAt: Instant?
  ) {
    self.id = id
    self.revision = revision
    self.status = status
    self.gate = gate
    self.type = type
    self.service = service
    self.policy = policy
    self.workflow = workflow
    self.sha = sha
    self.outOfBand = outOfBand
    self.createdAt = createdAt
    self.updatedAt = updatedAt
    self.decidedAt = decidedAt
    self.closedAt = closedAt
    self.expiresAt = expiresAt
  }

  package var key: String { ChangeRequest.key(id) }

  package static func key(_ id: Int64) -> String { "CHG-\(id)" }

  /// Reads `CHG-42`, in any case; nil for anything else.
  package static func id(fromKey key: String) -> Int64? {
    var key = key
    return key.withUTF8 { bytes in
      // The bit that makes a capital small.
      guard (5...22).contains(bytes.count), bytes[0] | 0x20 == UInt8(ascii: "c"), bytes[1] | 0x20 == UInt8(ascii: "h"),
        bytes[2] | 0x20 == UInt8(ascii: "g"), bytes[3] == UInt8(ascii: "-")
      else { return nil }
      var id: Int64 = 0
      for byte in bytes[4...] {
        guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
        id = id * 10 + Int64(byte - UInt8(ascii: "0"))
      }
      return id > 0 ? id : nil
    }
  }
}

/// One person's recorded yes or no to a change request.
package struct Approval: Sendable, Hashable {
  package var user: String
  package var status: ApprovalStatus
  package var comment: String?
  package var representedAs: String?
  package var createdAt: Instant
  /// The approval step it was given in: a status of the workflow.
  package var step: String
  /// From when on a yes counts; nil for at once.
  package var effectiveAt: Instant?

  package init(
    user: String, status: ApprovalStatus, comment: String?, representedAs: String?, createdAt: Instant, step: String,
    effectiveAt: Instant? = nil
  ) {
    self.user = user
    self.status = status
    self.comment = comment
    self.representedAs = representedAs
    self.createdAt = createdAt
    self.step = step
    self.effectiveAt = effectiveAt
  }
}

/// What somebody may do through the API and the command. `admin` may do all but decide where no policy lets them.
package enum Role: String, Sendable, Hashable, CaseIterable {
  case viewer, approver
  case `operator`
  case auditor, admin

  /// May record a yes or no, as far as a policy lets that person, and may comment.
  package var mayDecide: Bool { self == .approver || self == .operator || self == .admin }

  /// May have callbacks tried again.
  package var mayOperate: Bool { self == .operator || self == .admin }

  /// May read the whole audit log.
  package var mayAudit: Bool { self == .auditor || self == .admin }

  /// It, and the roles that may do what it may, for people.
  package var andAbove: String {
    let roles = Role.allCases.filter { $0.covers(self) }.map(\.rawValue)
    return roles.count == 1 ? roles[0] : "\(roles.dropLast().joined(separator: ", ")) or \(roles[roles.count - 1])"
  }

  /// Whether it may do all that `least` may.
  package func covers(_ least: Role) -> Bool {
    switch least {
    case .viewer: true
    case .approver: mayDecide
    case .operator: mayOperate
    case .auditor: mayAudit
    case .admin: self == .admin
    }
  }
}

/// Who asks for something: a person behind a token.
package struct Actor: Sendable, Hashable {
  package var user: String
  package var role: Role

  package init(user: String, role: Role) {
    self.user = user
    self.role = role
  }
}

/// GitLab usernames do not differ by case alone (its routes and its uniqueness rule ignore case).
package func sameUser(_ left: String, _ right: String) -> Bool { left == right || left.lowercased() == right.lowercased() }
