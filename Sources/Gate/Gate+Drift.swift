internal import Calendar
package import ChangeControl
internal import JSON
package import Storage

extension Gate {
  /// Changes that are told of one drift, each with an entry of its own: of more nobody reads each.
  static let touchedChanges = 100
  /// Drifts that one change shows, the newest.
  static let shownDrifts = 20

  /// Holds what a look at a GitLab found against the look before, and writes down what has drifted, what is right again and what is looked at no more:
  /// all in the transaction that keeps the look, so that a crash neither loses one nor has it told twice. Returns what it told.
  @discardableResult
  package func noteLook(_ look: FootingLook, in transaction: Transaction) throws -> [Drift] {
    let before = try transaction.footings(instance: look.instance)
    let known = Dictionary(before.map { ($0.subject, $0) }) { first, _ in first }
    let hidden = hiddenProjects(look, known: before)
    var told: [Drift] = []
    for found in look.found + hidden where !isUncertain(found, known: known) {
      let was = known[found.subject]
      try keep(KnownFooting.compare(was, with: found), was: was, look.instance, told: &told, in: transaction)
    }
    let seen = Set((look.found + hidden).map(\.subject))
    for was in before where !seen.contains(was.subject) {
      if look.isWhole, let departure = was.subject.project.flatMap({ look.departed[$0] }) {
        try keep(was.ended(departure), was: was, look.instance, told: &told, in: transaction)
      } else if look.speaks(of: was) || isUngated(was, look, known: known) {
        try keep(was.ended(look.ending(of: was.subject)), was: was, look.instance, told: &told, in: transaction)
      } else if isReleased(was, look, known: known) {
        try keep(was.ended(.released), was: was, look.instance, told: &told, in: transaction)
      }
    }
    // Where a project itself is not shown, nothing that stands in it is.
    let unseen = hidden.filter { $0.state == KnownFooting.hidden }.flatMap { project in
      [Footing.Check.protection, .webhook].map {
        FootingLook.Unseen(
          .init(project: project.subject.project, check: $0), place: project.place, reason: "GitLab shows it to our account no longer")
      }
    }
    if let found = look.unseen { try transaction.store(found + unseen, instance: look.instance) }
    if look.isWhole { try transaction.noteLooked(instance: look.instance) }
    return told
  }

  /// Looks for a project no longer that GitLab shows to nobody here: a deleted one looks like one that the account was put out of, so that only a person can
  /// end what is told of it. Where it is shown again, the next look has it anew. Returns what it told.
  @discardableResult
  package func forgetProject(
    _ project: Int64, instance: String, because reason: String, actor: String, in transaction: Transaction
  ) throws -> [Drift] {
    let known = try transaction.footings(instance: instance)
    var told: [Drift] = []
    for was in known where was.subject.project == project {
      try keep(was.forgotten(because: reason), was: was, instance, actor: actor, told: &told, in: transaction)
    }
    return told
  }

  /// The same for all of a GitLab that is configured no more, which no look could end. Returns what it told.
  @discardableResult
  package func forgetInstance(
    _ instance: String, because reason: String, actor: String, in transaction: Transaction
  ) throws -> [Drift] {
    var told: [Drift] = []
    for was in try transaction.footings(instance: instance) {
      try keep(was.forgotten(because: reason), was: was, instance, actor: actor, told: &told, in: transaction)
    }
    try transaction.store([], instance: instance)
    return told
  }

  private func keep(
    _ comparison: FootingComparison, was: KnownFooting?, _ instance: String, actor: String = Gate.ourselves, told: inout [Drift],
    in transaction: Transaction
  ) throws {
    var next = comparison.known
    if let drift = comparison.drift {
      if let standing = was?.standing { try transaction.endDrift(standing.id, isUnwatched: drift.turn == .unwatched) }
      // What has ended has its end on the row that says how it began.
      let isEnd = drift.turn != .detected && was?.standing != nil
      let id = isEnd ? nil : try transaction.insertDrift(drift, instance: instance)
      next?.standing = drift.stands ? id.map { .init(id: $0, since: transaction.now) } : nil
      try tell(drift, instance: instance, actor: actor, in: transaction)
      told.append(drift)
    }
    guard next != was else { return }
    if let next {
      try transaction.store(next, instance: instance)
    } else if let was {
      try transaction.forget(was.subject, instance: instance)
    }
  }

  /// One entry for the drift, which the log and the metrics tell, and one for each change that waits there.
  private func tell(_ drift: Drift, instance: String, actor: String, in transaction: Transaction) throws {
    let action: AuditAction =
      switch drift.turn {
      case .detected: .driftDetected
      case .resolved: .driftResolved
      case .unwatched: .driftUnwatched
      }
    let touched = try transaction.heldChanges(
      instance: instance, project: drift.subject.project, environment: drift.subject.environment, limit: Gate.touchedChanges + 1)
    let named = touched.prefix(Gate.touchedChanges)
    let members: [(name: String, value: JSONValue)] = [
      ("instance", .string(instance)), ("check", .string(drift.subject.check.rawValue)), ("place", .string(drift.place)),
      ("project", .optional(drift.subject.project)), ("environment", .optional(drift.subject.environment)), ("seen", .string(drift.seen)),
      ("before", drift.before.map(FootingState.json) ?? .null), ("after", drift.after.map(FootingState.json) ?? .null),
      ("since", .optional(drift.since?.iso8601)),
    ]
    try transaction.audit(
      action, actor: actor,
      detail: .object(
        JSONObject(
          members: members + [
            ("changes", .array(named.map { .string(ChangeRequest.key($0)) })), ("more_changes", .bool(touched.count > named.count)),
          ])))
    for change in named {
      // People read it there: whoever decides on what was shown before looks again first.
      try touch(change, in: transaction)
      try transaction.audit(action, actor: actor, change: change, detail: .object(JSONObject(members: members)))
    }
  }

  // MARK: What a look does not say

  /// Whether it looks as if an environment were protected otherwise only because a group that protects it could not be read this time.
  private func isUncertain(_ found: Footing, known: [Footing.Subject: KnownFooting]) -> Bool {
    guard !found.unread.isEmpty else { return false }
    var subject = found.subject
    subject.check = .protection
    return known[subject]?.state.keys.contains { found.unread.contains($0) } ?? false
  }

  /// - Returns: nil of a project that was never seen.
  private func covers(_ project: Int64, _ look: FootingLook, known: [Footing.Subject: KnownFooting]) -> Bool? {
    guard let path = known[.init(project: project, check: .membership)]?.place else { return nil }
    // Where another project has its path now it was renamed, moved away or deleted, and is meant by its number alone.
    if known[.init(project: project, check: .membership)]?.state == KnownFooting.moved { return isMeant(project, at: path, look) }
    let isAnothers = look.found.contains { $0.subject.check == .membership && $0.subject.project != project && $0.place == path }
    return isMeant(project, at: isAnothers ? nil : path, look)
  }

  private func isMeant(_ project: Int64, at path: String?, _ look: FootingLook) -> Bool {
    plan.services.contains { $0.instance == look.instance && $0.covers(project: project, path: path) }
  }

  /// Projects that the configuration means and that GitLab showed the account before: one that is no member any more sees nothing of them. One that was
  /// moved to where no service means it is lost as well: a pattern finds nothing amiss in that, and what waits there waits for ever.
  private func hiddenProjects(_ look: FootingLook, known before: [KnownFooting]) -> [Footing] {
    guard look.isWhole else { return [] }
    let known = Dictionary(before.map { ($0.subject, $0) }) { first, _ in first }
    return before.filter { $0.subject.check == .membership }.compactMap { membership in
      guard let project = membership.subject.project, look.projects[project] == nil, !look.beyond.contains(project) else { return nil }
      let place = membership.place
      switch look.departed[project] {
      case .deleted: return nil
      case .moved(let path):
        return Footing(
          membership.subject, place: place, state: KnownFooting.moved,
          trouble:
            "\(place) is \(path) now, which no service covers: nothing there is under change control any more, and what is protected there so that it "
            + "waits for our account waits for ever")
      // Where it is now GitLab does not tell this time.
      case nil where membership.state == KnownFooting.moved && isMeant(project, at: place, look):
        return Footing(membership.subject, place: place, state: membership.state, trouble: membership.trouble)
      case nil:
        guard covers(project, look, known: known) == true else { return nil }
        return Footing(
          membership.subject, place: place, state: KnownFooting.hidden,
          trouble:
            "GitLab shows \(place) to our account no longer: it was taken out of the project, or the project was renamed, moved away or deleted"
        )
      }
    }
  }

  /// Of a project that no service covers any more.
  private func isUngated(_ was: KnownFooting, _ look: FootingLook, known: [Footing.Subject: KnownFooting]) -> Bool {
    guard let project = was.subject.project, look.projects[project] == nil else { return false }
    return covers(project, look, known: known) == false
  }

  /// Of a project that no service covered before either: what groups' tiers held there they hold no more.
  private func isReleased(_ was: KnownFooting, _ look: FootingLook, known: [Footing.Subject: KnownFooting]) -> Bool {
    guard was.subject.check == .ungated, let project = was.subject.project, look.projects[project] == nil,
      known[.init(project: project, check: .membership)] == nil
    else { return false }
    guard look.unreadGroups.isDisjoint(with: was.state.keys) else { return false }
    return look.uncovered.contains(project) || (look.isWhole && look.cutShortGroups.isDisjoint(with: was.state.keys))
  }
}
