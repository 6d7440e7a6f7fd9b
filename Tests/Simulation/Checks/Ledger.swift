import JSON
import Storage

/// Keeps accounts: each change of state has its entry in the audit log, and each entry its change.
struct Ledger {
  private var counts: [String: Int64] = [:]

  /// Whether a change request's row went from what it was to what it is by what the log tells of it.
  static func objection(to change: Books.Change, after before: Books.Change?, told: [Books.Entry]) -> String? {
    var (status, gate, policy) = (before?.status, before?.gate, before?.policy)
    var turns = 0
    for entry in told {
      let said = entry.said
      switch entry.action {
      case "approval.recorded", "approval.withdrawn":
        if gate != "awaiting" { return "\(entry.actor) said or took back something when its gate had turned" }
      case "change.opened":
        (status, gate, policy) = (said["status"]?.string, said["gate"]?.string, said["policy"]?.string)
      case "change.policy":
        if gate != "awaiting" { return "it follows another policy when its gate has turned" }
        let from = said["before"]?["policy"]?.string
        if from != policy { return "the log says that it went by policy \(from ?? "none"), and that was \(policy ?? "none")" }
        policy = said["policy"]?.string
      case "gate.turned", "change.status":
        let from = said["from"]?.string
        if from != status { return "the log leads on from \(from ?? "nothing"), and it was \(status ?? "not there")" }
        status = said["to"]?.string
        guard entry.action == "gate.turned" else { continue }
        turns += 1
        gate = said["gate"]?.string
      default: break
      }
    }
    if status != change.status { return "its status is \(change.status), and the log says \(status ?? "nothing")" }
    if gate != change.gate { return "its gate is \(change.gate), and the log says \(gate ?? "nothing")" }
    if policy != change.policy { return "its policy is \(change.policy), and the log says \(policy ?? "none")" }
    if turns > (before.map { $0.gate == "awaiting" } ?? true ? 1 : 0) { return "its gate turned round" }
    if let before, before.revision >= change.revision, before != change { return "it changed without a new revision" }
    return objectionToFlags(change, before, Set(told.map(\.action)), told)
  }

  private static func objectionToFlags(
    _ change: Books.Change, _ before: Books.Change?, _ actions: Set<String>, _ told: [Books.Entry]
  ) -> String? {
    if change.isOutOfBand != before?.isOutOfBand ?? false, !actions.contains("change.out_of_band") { return "out of band without an entry" }
    if change.glassBy != before?.glassBy {
      let isTold = actions.contains("change.glass_broken") || told.contains { $0.said["transition"]?.string == "Emergency override" }
      if !isTold { return "a broken glass without an entry" }
    }
    if change.reviewedBy != before?.reviewedBy, !actions.contains("change.reviewed") { return "a review without an entry" }
    if let reviewer = change.reviewedBy, reviewer == change.glassBy { return "\(reviewer) has reviewed the glass that they broke" }
    guard let before else { return nil }
    let isEdited =
      (change.type, change.risk, change.reason) != (before.type, before.risk, before.reason)
      || (change.plannedStart, change.plannedEnd) != (before.plannedStart, before.plannedEnd)
    if isEdited, !actions.contains("change.edited") { return "an edit without an entry" }
    return nil
  }

  /// Counts of rows against counts of entries.
  mutating func objection(adding entries: [Books.Entry], _ books: Books) throws -> String? {
    for entry in entries {
      counts[entry.action, default: 0] += 1
      let isStep = entry.action == "change.status" || entry.action == "gate.turned"
      if isStep, entry.said["comment"]?.string != nil { counts["comments", default: 0] += 1 }
    }
    func told(_ actions: String...) -> Int64 { actions.reduce(0) { $0 + (counts[$1] ?? 0) } }
    let accounts: [(String, String, Int64)] = [
      ("approvals", "approval", told("approval.recorded")),
      ("withdrawals", "approval WHERE ended_by = 'withdrawn'", told("approval.withdrawn")),
      ("comments", "comment", told("change.commented", "comments")),
      ("freeze overrides", "freeze_override", told("freeze.overridden")),
      ("change requests", "change_request", told("change.opened")),
      ("delivered callbacks", "outbox WHERE state = 'delivered'", told("callback.delivered")),
      ("abandoned callbacks", "outbox WHERE state = 'abandoned'", told("callback.abandoned") - told("callback.retried")),
      ("turned gates", "change_request WHERE gate <> 'awaiting'", told("gate.turned")),
      ("tokens", "token", told("token.created")),
    ]
    let sql = "SELECT " + accounts.map { "(SELECT count(*) FROM \($0.1))" }.joined(separator: ", ")
    let found = try books.connection.query(sql) { row in accounts.indices.map { row.requiredInteger(Int32($0)) } }.first ?? []
    for (index, account) in accounts.enumerated() where found[index] != account.2 {
      return "there are \(found[index]) \(account.0), and the audit log tells of \(account.2)"
    }
    return try objectionToBounds(books)
  }

  /// What must stay small, whatever comes.
  private func objectionToBounds(_ books: Books) throws -> String? {
    let deployments = try books.number("SELECT count(*) FROM deployment")
    let questions = try books.number("SELECT count(*) FROM outbox WHERE step IN ('inspect', 'ask')")
    // One that waits and as many as are under way.
    if questions > 2 * deployments + 40 { return "\(questions) questions wait about \(deployments) deployments" }
    let steps = try books.number("SELECT max(count) FROM (SELECT count(*) AS count FROM outbox WHERE change IS NOT NULL GROUP BY change)")
    if steps > 2 { return "\(steps) callbacks are owed for one decision" }
    return nil
  }
}
