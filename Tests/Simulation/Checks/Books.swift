import JSON
import Storage

/// What is committed, by plain SQL on a connection of the checkers' own.
struct Books {
  let connection: Connection

  struct Change: Equatable {
    var id: Int64
    var instance = Rulebook.instance
    var deployment: Int64
    var environment: String
    var status: String
    var gate: String
    var revision: Int64
    var type: String
    var isOutOfBand: Bool
    var stepsPassed: [String]
    var createdAt: Int64
    var decidedAt: Int64?
    var decidedBy: String?
    var glassBy: String?
    var reviewedBy: String?
    var risk: String?
    var reason: String?
    var plannedStart: Int64?
    var plannedEnd: Int64?
    var policy = Rulebook.policy
    var workflow = Rulebook.WorkflowName.simple.rawValue
  }

  /// One person's word that counts.
  struct Word {
    var user: String
    var status: String
    var step: String
    var at: Int64
    var effectiveAt: Int64?
    var comment: String?
    /// The rule that they spoke for; nil for any that they may fill.
    var representedAs: String?
  }

  /// Somebody's wish to go through the freezes that held then.
  struct Override {
    var user: String
    var at: Int64
  }

  struct Entry {
    var seq: Int64
    var at: Int64
    var actor: String
    var action: String
    var change: Int64?
    var detail: String
    var previousHash: String
    var hash: String

    /// What the gate has written of it.
    var said: JSONValue { (try? JSONValue.parse(detail)) ?? .null }
  }

  func changes() throws -> [Change] {
    try connection.query(
      """
      SELECT c.id, d.deployment_id, d.environment, c.status, c.gate, c.revision, c.type, c.out_of_band, c.steps_passed, c.created_at,
        c.decided_at, c.decided_by, c.glass_broken_by, c.reviewed_by, c.risk, c.reason, c.planned_start, c.planned_end, d.instance,
        c.policy, c.workflow
      FROM change_request c JOIN deployment d ON d.id = c.deployment ORDER BY c.id
      """
    ) { row in
      Change(
        id: row.requiredInteger(0), instance: row.requiredText(18), deployment: row.requiredInteger(1), environment: row.requiredText(2),
        status: row.requiredText(3), gate: row.requiredText(4), revision: row.requiredInteger(5), type: row.requiredText(6),
        isOutOfBand: row.requiredInteger(7) != 0, stepsPassed: Books.names(row.requiredText(8)), createdAt: row.requiredInteger(9),
        decidedAt: row.integer(10),
        decidedBy: row.text(11), glassBy: row.text(12), reviewedBy: row.text(13), risk: row.text(14), reason: row.text(15),
        plannedStart: row.integer(16), plannedEnd: row.integer(17), policy: row.requiredText(19), workflow: row.requiredText(20))
    }
  }

  /// The change request of a GitLab's deployment.
  func change(of deployment: Int64, in gitLab: GitLabInstance) throws -> Change? {
    try changes().first { $0.deployment == deployment && $0.instance == gitLab.name }
  }

  /// All usernames under which GitLab has shown whoever triggered a deployment, each behind what names the deployment.
  func requesterNames() throws -> Set<String> {
    Set(
      try texts(
        """
        SELECT d.instance || ' ' || d.deployment_id || ' ' || lower(o.triggerer_username) FROM deployment d
          JOIN deployment o ON o.instance = d.instance AND o.triggerer_id = d.triggerer_id
        UNION SELECT d.instance || ' ' || d.deployment_id || ' ' || p.username FROM deployment d
          JOIN person p ON p.instance = d.instance AND p.gitlab_id = d.triggerer_id
        UNION SELECT d.instance || ' ' || d.deployment_id || ' ' || m.username FROM deployment d
          JOIN member_list l ON l.instance = d.instance JOIN member m ON m.list = l.id AND m.gitlab_id = d.triggerer_id
        """))
  }

  /// As an oracle wants them, of one change's.
  static func names(among requesterNames: Set<String>, of change: Change) -> Set<String> {
    Set(Chronicle.names.filter { requesterNames.contains("\(change.instance) \(change.deployment) \($0)") })
  }

  func words(change: Int64) throws -> [Word] {
    try connection.query(
      """
      SELECT user, status, step, created_at, effective_at, represented_as, comment FROM approval
      WHERE change = ? AND ended_at IS NULL ORDER BY id
      """, change
    ) { row in
      Word(
        user: row.requiredText(0), status: row.requiredText(1), step: row.requiredText(2), at: row.requiredInteger(3),
        effectiveAt: row.integer(4), comment: row.text(6), representedAs: row.text(5))
    }
  }

  func firstYes(change: Int64) throws -> [String: Int64] {
    let spoken = try connection.query(
      "SELECT user, min(created_at) FROM approval WHERE change = ? AND status = 'approved' GROUP BY user", change
    ) { ($0.requiredText(0), $0.requiredInteger(1)) }
    return Dictionary(uniqueKeysWithValues: spoken)
  }

  func overrides(change: Int64) throws -> [Override] {
    try connection.query("SELECT user, created_at FROM freeze_override WHERE change = ? ORDER BY user", change) { row in
      Override(user: row.requiredText(0), at: row.requiredInteger(1))
    }
  }

  func entries(after seq: Int64) throws -> [Entry] {
    try connection.query(
      "SELECT seq, at, actor, action, change, detail, previous_hash, hash FROM audit_entry WHERE seq > ? ORDER BY seq", seq
    ) { row in
      Entry(
        seq: row.requiredInteger(0), at: row.requiredInteger(1), actor: row.requiredText(2), action: row.requiredText(3),
        change: row.integer(4), detail: row.requiredText(5), previousHash: row.requiredText(6), hash: row.requiredText(7))
    }
  }

  func head() throws -> (seq: Int64, hash: String) {
    try connection.query("SELECT seq, hash FROM audit_head") { ($0.requiredInteger(0), $0.requiredText(1)) }.first ?? (0, "")
  }

  func number(_ sql: String) throws -> Int64 { try connection.query(sql) { $0.integer(0) ?? 0 }.first ?? 0 }

  func texts(_ sql: String) throws -> [String] { try connection.query(sql) { $0.text(0) ?? "" } }

  private static func names(_ text: String) -> [String] {
    text == "[]" ? [] : (try? JSONValue.parse(text))?.array?.compactMap(\.string) ?? []
  }
}

extension Books.Entry {
  /// The hash that the entry must have: of its canonical JSON, put together here anew.
  var rightHash: String {
    let key = change.map { "\"CHG-\($0)\"" } ?? "null"
    return SHA256.text(
      Array(
        #"{"action":"\#(action)","actor":"\#(actor)","at":"\#(Books.Entry.iso(at))","change":\#(key),"detail":\#(detail),"#.utf8)
        + Array(#""previous_hash":"\#(previousHash)","seq":\#(seq)}"#.utf8))
  }

  /// Days to a civil date, by the algorithm of Howard Hinnant ("chrono-compatible low-level date algorithms").
  static func iso(_ milliseconds: Int64) -> String {
    let (days, rest) = (milliseconds / 86_400_000, milliseconds % 86_400_000)
    let shifted = days + 719_468
    let era = shifted / 146_097
    let dayOfEra = shifted % 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
    let thousandths = String(1_000 + rest % 1_000).dropFirst()
    return "\(year)-\(two(month))-\(two(day))T\(two(rest / 3_600_000)):\(two(rest / 60_000 % 60)):\(two(rest / 1_000 % 60)).\(thousandths)Z"
  }
}
