import Gate
import Storage

/// Whether each GitLab is left alone for as long as it has asked for (429 with `Retry-After`): what is claimed goes out at once.
struct Quiet {
  private var ends: [String: Int64] = [:]
  /// As of the commit before: what is claimed in the very transaction that writes such an end down may have been claimed first.
  private var endsBefore: [String: Int64] = [:]

  /// After each commit.
  mutating func look(_ books: Books) throws {
    endsBefore = ends
    let rows = try books.connection.query("SELECT name, paused_until FROM gitlab_instance WHERE paused_until IS NOT NULL") { row in
      (row.requiredText(0), row.requiredInteger(1))
    }
    ends = Dictionary(uniqueKeysWithValues: rows)
  }

  /// By the gate's own clock, for by that the end was reckoned.
  func objection(to claim: Claim) -> String? {
    let instance = claim.callback.instance
    guard let end = endsBefore[instance], ends[instance] == end, claim.claimedAt.milliseconds < end else { return nil }
    return "\(claim.text) is claimed \(end - claim.claimedAt.milliseconds) ms before the quiet ends that \(instance) has asked for"
  }
}
