import Configuration
import GitLab
import Storage

/// What the record has under names that the configuration has not: a GitLab that was renamed there, or taken out.
extension SetupSession {
  struct RecordedGitLab {
    var name: String
    /// The service accounts of this GitLab that something is on record of which needs them: a token ends with its account.
    var accounts: Set<Int64>
  }

  /// Read once, when a session begins.
  static func recordedElsewhere(_ configuration: Configuration, at address: GitLabAddress, _ reading: Reading) throws -> [RecordedGitLab] {
    try reading.setupInstancesBeside(configuration.gitlab.map(\.name)).map { name in
      let traces = try [SetupRecord.State.made, .intended].flatMap { try SetupTrace.all($0, for: name, in: reading) }
      // Another GitLab's may have the same numbers.
      let needing = traces.filter { $0.change.kind != .token && ($0.url ?? address.text) == address.text }
      return RecordedGitLab(name: name, accounts: Set(needing.compactMap(\.accountID)))
    }
  }

  /// What is to be said beside that nothing is left to do.
  func reservations(of plan: SetupPlan) -> String {
    [plan.blindness, recordedElsewhere.isEmpty ? nil : whyElsewhere].compactMap { $0.map { ". But \($0)" } }.joined()
  }

  /// For people: the end of a sentence.
  var whyElsewhere: String {
    let names = recordedElsewhere.map(\.name)
    return
      "the record has what was made in GitLab \(names.prefix(5).joined(separator: ", "))\(names.count > 5 ? " and \(names.count - 5) more" : ""), a name that "
      + "the configuration has not: see setup record in `gatehouse check`"
  }

  /// Two names of one GitLab with one token have one account: what the one has made the other lives on.
  func expectOwnGitLab() throws {
    guard let token else { return }
    let twin = configuration.gitlab.first { other in
      other.name != instance.name && other.token.text == token && (try? GitLabAddress(other.url)) == address
    }
    guard let twin else { return }
    throw Failure.no(
      "GitLab \(twin.name) of the configuration has the url and the token of \(instance.name): what is taken back here that one needs, and without it "
        + "what is protected would be open, or wait for ever. Take \(twin.name) out of the configuration for this run if it is to go too; where it is "
        + "\(instance.name) under a new name, keep one of the two")
  }

  /// That the record is not of another GitLab, which had the url before: there its numbers are others', or nobody's, and all of it would be taken for gone.
  ///
  /// One under a new address is known by its account, or by the account of now.
  func expectRecordedGitLab(_ survey: SetupSurvey) async throws {
    let made = try recorded { try SetupTrace.all(.made, for: instance.name, in: $0) } ?? []
    guard let url = made.lazy.compactMap(\.url).first(where: { $0 != address.text }) else { return }
    let named = made.filter { [.account, .membership].contains($0.change.kind) }
    let accounts = Dictionary(named.compactMap { one in one.accountID.map { ($0, one.change.name) } }) { newest, _ in newest }
    for (id, name) in accounts.sorted(by: { $0.key > $1.key }) {
      if case .valid(_, let owner) = survey.ownToken, owner.id == id { return }
      if await personAPI.username(of: id).converse(over: client)?.lowercased() == name.lowercased() { return }
      guard await personAPI.standing(of: id).converse(over: client) != nil else {
        throw Failure.no(
          "what apply has made for GitLab \(instance.name) was made at \(url), and GitLab at \(address.text) does not tell now whether it is the same one: run "
            + "this again in a minute")
      }
    }
    guard let (id, name) = accounts.max(by: { $0.key < $1.key }) else { return }
    throw Failure.no(
      "what apply has made for GitLab \(instance.name) was made at \(url), and GitLab at \(address.text) knows no user \(name) of id \(id). Where that is another "
        + "GitLab, give it a name of its own in the configuration, and set `url` of \(instance.name) back to take back what stands there. Where it is the "
        + "same one under a new address, and the account is gone, strike what is gone from the record: `gatehouse setup forget`")
  }
}
