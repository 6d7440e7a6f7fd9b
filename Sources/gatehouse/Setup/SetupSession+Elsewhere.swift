import Configuration
import GitLab
import Storage

/// What the record has under names that the configuration has not: a GitLab that was renamed there, or taken out.
extension SetupSession {
  struct RecordedGitLab {
    var name: String
    /// What is on record of this GitLab that needs an account: a token ends with its account.
    var needing: [SetupTrace]

    /// Whether something may need it: an account and its tokens all that is, a membership what is protected there.
    func needs(_ trace: SetupTrace, of account: Int64) -> Bool {
      needing.contains { one in
        guard one.accountID == account else { return false }
        return trace.change.kind != .membership || (one.change.kind == .protection && one.change.place.lies(in: trace.change.place))
      }
    }
  }

  /// Read once, when a session begins.
  static func recordedElsewhere(_ configuration: Configuration, at address: GitLabAddress, _ reading: Reading) throws -> [RecordedGitLab] {
    try reading.setupInstancesBeside(configuration.gitlab.map(\.name)).map { name in
      let traces = try [SetupRecord.State.made, .intended].flatMap { try SetupTrace.all($0, for: name, in: reading) }
      // Another GitLab's may have the same numbers.
      let needing = traces.filter { $0.change.kind != .token && ($0.url ?? address.text) == address.text }
      return RecordedGitLab(name: name, needing: needing)
    }
  }

  /// What is to be said beside that nothing is left to do.
  func reservations(of plan: SetupPlan) -> String {
    [plan.silence, plan.blindness, recordedElsewhere.isEmpty ? nil : whyElsewhere].compactMap { $0.map { ". But \($0)" } }.joined()
  }

  /// For people: the end of a sentence.
  var whyElsewhere: String {
    let names = recordedElsewhere.map(\.name)
    return
      "the record has what was made in GitLab \(names.prefix(5).joined(separator: ", "))\(names.count > 5 ? " and \(names.count - 5) more" : ""), a name that "
      + "the configuration has not: see setup record in `gatehouse check`"
  }

  /// Two names of one GitLab with one account: what the one has made the other lives on. Where each has a token of its own, that is the account itself.
  func expectOwnGitLab() async throws {
    let others = configuration.gitlab.filter { $0.name != instance.name && (try? GitLabAddress($0.url)) == address }
    let made = try recorded { try SetupTrace.all(.made, for: instance.name, in: $0) } ?? []
    let accounts = Set(made.filter { $0.change.kind == .account && !$0.isOfName }.compactMap(\.accountID))
    for other in others {
      guard let secret = other.token.text else { continue }
      if secret != token {
        guard !accounts.isEmpty else { continue }
        switch await ProbeConversation(api: api(secret)).converse(over: client).account {
        case .success(let account) where accounts.contains(account.id): break
        case .success, .failure(.refused): continue
        case .failure(let obstacle):
          throw Failure.no(
            "GitLab \(other.name) of the configuration has the url of \(instance.name), and whose its token is GitLab does not tell now (\(obstacle.reason)): "
              + "what is taken back here that one may need. Run this again in a minute")
        }
      }
      throw Failure.no(
        "GitLab \(other.name) of the configuration has the url and the account of \(instance.name): what is taken back here that one needs, and without it "
          + "what is protected would be open, or wait for ever. "
          + (secret == token
            ? "Take \(other.name) out of the configuration for this run if it is to go too; where it is \(instance.name) under a new name, keep one of the two"
            : "If it is to go too, `gatehouse setup undo --instance \(other.name)` first; then take \(other.name) out of the configuration, and undo this one")
      )
    }
  }

  /// That the record is not of another GitLab, which had the url before: there its numbers are others', or nobody's, and all of it would be taken for gone.
  ///
  /// One under a new address is known by its account, or by the account of now.
  func expectRecordedGitLab(_ survey: SetupSurvey) async throws {
    let made = try recorded { try SetupTrace.all(.made, for: instance.name, in: $0) } ?? []
    guard let url = made.lazy.compactMap(\.url).first(where: { $0 != address.text }) else { return }
    // Of an account that was made by hand it is not on record what it is called.
    let named = made.filter { [.account, .membership].contains($0.change.kind) }
    let names = Dictionary(named.compactMap { one in one.accountID.map { ($0, one.change.name) } }) { newest, _ in newest }
    let accounts = Set(made.compactMap(\.accountID)).sorted(by: >)
    for id in accounts {
      if case .valid(_, let owner) = survey.ownToken, owner.id == id { return }
      guard let name = names[id] else { continue }
      if await personAPI.username(of: id).converse(over: client)?.lowercased() == name.lowercased() { return }
      guard await personAPI.standing(of: id).converse(over: client) != nil else {
        throw Failure.no(
          "what apply has made for GitLab \(instance.name) was made at \(url), and GitLab at \(address.text) does not tell now whether it is the same one: run "
            + "this again in a minute")
      }
    }
    guard let id = accounts.first(where: { names[$0] != nil }) ?? accounts.first else { return }
    let said = "what apply has made for GitLab \(instance.name) was made at \(url), and GitLab at \(address.text)"
    let remedy =
      "Where that is another GitLab, give it a name of its own in the configuration, and set `url` of \(instance.name) back to take back what stands there. "
      + "Where it is the same one under a new address, "
    throw Failure.no(
      names[id].map {
        "\(said) knows no user \($0) of id \(id). \(remedy)put a token of the account where `token` says; and where the account is gone, strike what is gone from the record: `gatehouse setup forget`"
      }
        ?? "\(said) does not show that it is the same one, by a token of the account that has the id \(id) there. \(remedy)put a token of the account where "
        + "`token` says; and where the account is gone, strike what is gone from the record: `gatehouse setup forget`")
  }
}
