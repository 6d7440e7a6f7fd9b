/// What really happened outside of the gate, as far as an oracle must know it.
struct Chronicle {
  struct Deployment {
    var requester: String
    /// Who wrote the commit, where it is new.
    var author: String?
    /// Whether the commit brings nothing but documents, and its merge request says so.
    var isDocuments = false
  }

  private(set) var deployments: [Int64: Deployment] = [:]
  /// When somebody left the group and when they came back.
  private var absences: [String: [(from: Int64, to: Int64?)]] = [:]
  /// The rulebooks that were in force, each from its time on.
  private(set) var rulebooks: [(from: Int64, book: Rulebook)] = []

  /// The usernames that alice has had in GitLab. Who she is here, her tokens say: one under each name.
  static let names = ["alice", "alicia"]
  private(set) var renamedAt: Int64?
  var isRenamed: Bool { renamedAt != nil }

  mutating func renamed(at time: Int64) { renamedAt = time }

  static func isSamePerson(_ one: String, _ other: String) -> Bool { one == other || names.contains(one) && names.contains(other) }

  mutating func asked(deployment: Int64, by user: String, author: String?, isDocuments: Bool = false) {
    deployments[deployment] = Deployment(requester: user, author: author, isDocuments: isDocuments)
  }

  mutating func left(_ user: String, at time: Int64) { absences[user, default: []].append((time, nil)) }

  mutating func cameBack(_ user: String, at time: Int64) {
    // Somebody may have left twice before they came back.
    absences[user] = (absences[user] ?? []).map { ($0.from, $0.to ?? time) }
  }

  mutating func ruled(by book: Rulebook, at time: Int64) { rulebooks.append((time, book)) }

  /// Whether somebody was away from the group for all of a stretch of time.
  func wasAway(_ user: String, from: Int64, to: Int64) -> Bool {
    (absences[user == "alicia" ? "alice" : user] ?? []).contains { $0.from <= from && ($0.to.map { $0 >= to } ?? true) }
  }

  /// What is in force at a time. Whatever is written is written by it: a request that has waited, and loops that are on their way out, ask anew.
  func rulebooks(around time: Int64) -> [Rulebook] { rulebooks.last { $0.from <= time }.map { [$0.book] } ?? [] }
}
