package import Calendar
package import ChangeControl
internal import JSON

extension Reading {
  /// A list of GitLab's as it was last read: of its members those with these usernames, and some of the highest, for who could still be asked. A
  /// project may have thousands, and an evaluation looks at a handful. Nil when it was never read.
  package func membership(of source: MembershipSource, instance: String, users: [String]) throws(StorageError) -> Membership? {
    let lists = try connection.query(
      "SELECT id, read_at, began_at FROM member_list WHERE instance = ? AND source = ?", instance, source.key
    ) {
      (
        $0.requiredInteger(0), readAt: Instant(milliseconds: $0.requiredInteger(1)), beganAt: $0.integer(2).map(Instant.init(milliseconds:))
      )
    }
    guard let (list, readAt, beganAt) = lists.first else { return nil }
    var membership = Membership(levels: [:], beganAt: beganAt, readAt: readAt)
    for user in users {
      for row in try connection.query(
        "\(MemberRow.select) WHERE list = ? AND username = ?", list, user.lowercased(), row: MemberRow.init(row:))
      {
        membership.add(row)
      }
    }
    for row in try connection.query(
      "\(MemberRow.select) WHERE list = ? ORDER BY level DESC LIMIT \(MemberRow.shown)", list, row: MemberRow.init(row:))
    {
      membership.add(row)
    }
    return membership
  }

  package func membershipReadAt(_ source: MembershipSource, instance: String) throws(StorageError) -> Instant? {
    try connection.query("SELECT read_at FROM member_list WHERE instance = ? AND source = ?", instance, source.key) {
      Instant(milliseconds: $0.requiredInteger(0))
    }.first
  }

  package func person(_ username: String, instance: String) throws(StorageError) -> KnownPerson? {
    try connection.query(
      "SELECT username, gitlab_id, name, emails, read_at FROM person WHERE instance = ? AND username = ?", instance, username.lowercased()
    ) { row in
      KnownPerson(
        username: row.requiredText(0), id: row.integer(1), name: row.text(2),
        emails: ((try? JSONValue.parse(row.requiredText(3)))?.array ?? []).compactMap(\.string),
        readAt: Instant(milliseconds: row.requiredInteger(4)))
    }.first
  }

  /// In lower case, all usernames under which GitLab has shown the owner of an id: as who triggered a deployment, was looked up, or is a member of
  /// anything. Where people are listed by username, nothing else tells that somebody is renamed.
  package func usernames(of id: Int64, instance: String) throws(StorageError) -> Set<String> {
    Set(
      try connection.query(
        """
        SELECT lower(triggerer_username) FROM deployment WHERE instance = ? AND triggerer_id = ? AND triggerer_username IS NOT NULL
        UNION SELECT username FROM person WHERE instance = ? AND gitlab_id = ?
        UNION SELECT m.username FROM member m JOIN member_list l ON l.id = m.list WHERE m.gitlab_id = ? AND l.instance = ?
        """, instance, id, instance, id, id, instance
      ) { $0.requiredText(0) })
  }

  package func contributions(deployment: Int64) throws(StorageError) -> Contributions? {
    try connection.query("SELECT detail FROM contribution WHERE deployment = ?", deployment) { $0.requiredText(0) }.first.flatMap {
      (try? JSONValue.parse($0)).map(Contributions.init(json:))
    }
  }

  /// Questions about what GitLab has to tell that failed so far, by their hints.
  package func obstacles(instance: String) throws(StorageError) -> [String: String] {
    let rows = try connection.query(
      "SELECT hint, last_error FROM outbox INDEXED BY outbox_asked WHERE step = 'ask' AND instance = ? AND last_error IS NOT NULL", instance
    ) { ($0.requiredText(0), $0.requiredText(1)) }
    return Dictionary(rows) { first, _ in first }
  }

  /// Changes of an instance that wait.
  package func waitingChanges(instance: String) throws(StorageError) -> [WaitingChange] {
    try connection.query(
      """
      SELECT c.id, c.policy, d.project_id FROM change_request c JOIN deployment d ON d.id = c.deployment
      WHERE c.gate = 'awaiting' AND d.instance = ? ORDER BY c.id
      """, instance
    ) { WaitingChange(id: $0.requiredInteger(0), policy: $0.requiredText(1), project: $0.requiredInteger(2)) }
  }
}

/// As much of a change that waits as tells whose word it waits for.
package struct WaitingChange: Sendable, Hashable {
  package var id: Int64
  package var policy: String
  package var project: Int64
}

extension Transaction {
  /// Asks GitLab. A question that is open serves all who ask meanwhile; its turn comes before those that webhooks make, for a gate waits for it.
  ///
  /// - Parameters:
  ///   - dueAt: when a new one is due.
  ///   - latest: by when one that was put off is due again; nil leaves it so.
  package func ask(
    _ hint: String, instance: String, dueAt: Instant = Instant(milliseconds: 0), notAfter latest: Instant? = nil, requestID: String
  ) throws(StorageError) {
    try connection.execute(
      """
      INSERT INTO outbox (instance, step, hint, state, due_at, request_id, created_at) VALUES (?, 'ask', ?, 'pending', ?, ?, ?)
      ON CONFLICT (instance, hint) WHERE step = 'ask' DO UPDATE SET due_at = ? WHERE due_at > ?
      """, instance, hint, dueAt.milliseconds, requestID, now.milliseconds, latest?.milliseconds, latest?.milliseconds)
  }

  /// Takes in a whole list of members, whose reading began at `beganAt`. Returns whether it differs from what was known.
  package func store(
    _ members: [Member], of source: MembershipSource, instance: String, beganAt: Instant
  ) throws(StorageError) -> Bool {
    let isNew = try membershipReadAt(source, instance: instance) == nil
    try connection.execute(
      """
      INSERT INTO member_list (instance, source, began_at, read_at) VALUES (?, ?, ?, ?)
      ON CONFLICT (instance, source) DO UPDATE SET began_at = excluded.began_at, read_at = excluded.read_at
      """, instance, source.key, beganAt.milliseconds, now.milliseconds)
    let lists = try connection.query("SELECT id FROM member_list WHERE instance = ? AND source = ?", instance, source.key) {
      $0.requiredInteger(0)
    }
    guard let list = lists.first else { throw .failed("a list of members is neither new nor there") }
    let known = try connection.query("\(MemberRow.select) WHERE list = ?", list, row: MemberRow.init(row:))
    let rows = Set(members.map { MemberRow(username: $0.username.lowercased(), id: $0.id, level: $0.level) })
    guard isNew || Set(known) != rows else { return false }
    try connection.execute("DELETE FROM member WHERE list = ?", list)
    for row in rows {
      try connection.execute(
        "INSERT INTO member (list, username, gitlab_id, level) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", list, row.username, row.id,
        row.level)
    }
    return true
  }

  /// Takes in who has a username, as GitLab had it at `beganAt`; nil: nobody.
  package func store(_ person: KnownPerson?, username: String, instance: String, beganAt: Instant) throws(StorageError) {
    let emails = JSONValue.array((person?.emails ?? []).map(JSONValue.string)).text
    try connection.execute(
      """
      INSERT INTO person (instance, username, gitlab_id, name, emails, read_at) VALUES (?, ?, ?, ?, ?, ?)
      ON CONFLICT (instance, username) DO UPDATE SET gitlab_id = excluded.gitlab_id, name = excluded.name, emails = excluded.emails,
        read_at = excluded.read_at
      """, instance, username.lowercased(), person?.id, person?.name, emails, beganAt.milliseconds)
  }

  /// Returns whether it differs from what was known.
  package func store(_ contributions: Contributions, deployment: Int64) throws(StorageError) -> Bool {
    try connection.execute(
      """
      INSERT INTO contribution (deployment, detail, read_at) VALUES (?, ?, ?)
      ON CONFLICT (deployment) DO UPDATE SET detail = excluded.detail, read_at = excluded.read_at WHERE detail <> excluded.detail
      """, deployment, contributions.json.text, now.milliseconds) > 0
  }
}

private struct MemberRow: Hashable {
  /// Members that are read besides those who were asked for.
  static let shown = 200
  static let select = "SELECT username, gitlab_id, level FROM member"

  var username: String
  var id: Int64
  var level: Int
}

extension MemberRow {
  init(row: Row) {
    username = row.requiredText(0)
    id = row.requiredInteger(1)
    level = Int(row.requiredInteger(2))
  }
}

extension Membership {
  fileprivate mutating func add(_ row: MemberRow) {
    levels[row.username] = row.level
    ids[row.username] = row.id
  }
}

extension MembershipSource {
  /// How the database names a list. GitLab's paths do not differ by case.
  package var key: String {
    switch self {
    case .group(let group): "group \(group.inheritance.rawValue) \(group.path.lowercased())"
    case .project(let id): "project \(id)"
    case .administrators: "administrators"
    }
  }
}
