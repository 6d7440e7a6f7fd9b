import GitLab
import JSON

/// One undo under way: what was seen before it, and what came of it so far.
struct SetupUndoRun {
  let survey: SetupSurvey
  /// All that apply has made, taken back or not.
  private(set) var records: [SetupTrace]
  let wishes: SetupUndoWishes
  var left = 0
  var forgotten = 0
  /// Of what stands for others' sake, how much is on the record still.
  var kept = 0
  var standing: [SetupTrace] = []
  /// How much is in a place that is deleted or about to be, and on the record still.
  var stranded = 0
  /// Protections of which nobody here can tell whether they stand, and wait for the account.
  var unseen: [SetupTrace] = []
  var isTokenGone = false
  /// What was begun and could not be settled.
  var begun: [SetupBegun] = []
  /// What GitLab calls who has the number of each account, once it was asked.
  var usernamesOfNow: [Int64: String] = [:]
  /// What needs each account, once it is its turn.
  var uses: [Int64: AccountUse] = [:]

  init(survey: SetupSurvey, records: [SetupTrace], wishes: SetupUndoWishes) {
    self.survey = survey
    self.records = records
    self.wishes = wishes
  }

  /// What an account is called that the record is of: it may be another than the one of now. Nil where that is not known.
  func username(of account: Int64?) -> String? {
    if let now = survey.account, account == nil || account == now.id { return now.username }
    return records.first { [.account, .membership].contains($0.change.kind) && (account == nil || $0.accountID == account) }?.change.name
  }

  /// It may stand all the same.
  mutating func forget(_ trace: SetupTrace) {
    forgotten += 1
    var struck = trace
    struck.isForgotten = true
    if let index = records.firstIndex(of: trace) { records[index] = struck } else { records.append(struck) }
  }

  /// Which of several tokens that may have one name.
  func which(_ trace: SetupTrace) -> [String] {
    guard [.token, .adminToken].contains(trace.change.kind), let id = trace.gitlabID else { return [] }
    let username = trace.change.kind == .token ? username(of: trace.account) : nil
    if trace.change.kind == .token, let token = survey.tokens?.first(where: { $0.id == id }) { return [token.text(of: username)] }
    let owner = username.map { " of \($0)" } ?? ""
    return ["\(trace.text)\(owner) (id \(id)\(trace.change.expiresOn.map { ", ends \($0)" } ?? ""))"]
  }

  // MARK: What the account is needed for

  /// Why the account, a membership or a token of it stays, though apply made it; nil where it may go.
  func reasonToKeep(_ trace: SetupTrace) -> String? {
    guard let id = trace.accountID, let use = uses[id] else { return nil }
    let place = trace.change.kind == .membership ? trace.change.place : nil
    if let sentence = use.reasonToStay(in: place, records: records) { return sentence }
    let account = records.first { $0.change.kind == .account && !$0.isOfName && $0.gitlabID == id }
    if !wishes.discards(trace), !(account.map(wishes.discards) ?? false),
      let sentence = use.reasonForDoubt(in: place, discarding: (account ?? trace).text)
    {
      return sentence
    }
    return trace.change.kind == .account ? reasonToKeepAccount(trace, use) : nil
  }

  /// An account goes with its memberships and its tokens. What of that is others' keeps it.
  private func reasonToKeepAccount(_ trace: SetupTrace, _ use: AccountUse) -> String? {
    let unseen = unseen.filter { $0.account == trace.gitlabID }.map(\.text)
    guard unseen.isEmpty else {
      return
        "whether \(some(unseen)) still stands GitLab does not show, and without the account its deployments would wait for ever: undo again with the "
        + "token of an administrator, or of somebody who is shown the place; where it is deleted, strike that from the record first, as said above"
    }
    let memberships =
      standing.filter { $0.change.kind == .membership && $0.account == trace.gitlabID }.map(\.text)
      + use.memberships.map { "membership in \($0.text)" }
    guard memberships.isEmpty else {
      return
        "others have built on it since (\(some(memberships))), and without it that would go: take the account out there, and undo again"
    }
    let tokens = survey.tokensOfOthers(besides: Set(records.filter { $0.change.kind == .token }.compactMap(\.gitlabID)))
    guard !tokens.isEmpty, !wishes.discards(trace) else { return nil }
    return
      "somebody uses it with a token that apply did not make (\(some(tokens))), which would end with it: revoke that in GitLab, or "
      + "`gatehouse setup undo --discard-changes \"\(trace.text)\"`"
  }

  /// Where something may need an account, by what is known here.
  ///
  /// - Parameter made: what is still to be taken back.
  func scope(of account: Int64, made: [SetupTrace]) -> AccountUseConversation.Scope {
    var scope = AccountUseConversation.Scope()
    let begun = begun.map(\.trace)
    let own = (records + begun).filter { $0.accountID == account }
    scope.places = survey.projects.map(\.place) + survey.groups.values.map(\.place).sorted { $0.endpoint < $1.endpoint }
    scope.places += own.map(\.change.place)
    let joined = own.filter { $0.change.kind == .membership }.map(\.change.place)
    scope.joined = joined
    scope.groups = joined.filter { $0.level == .group }
    scope.forgotten = own.filter { $0.change.kind == .protection && $0.isForgotten }.map(\.change.place)
    scope.begun = begun.filter { $0.change.kind == .protection && $0.account == account }.map(\.change.place)
    let known = Set(made.filter { $0.change.kind == .membership && $0.account == account }.map(\.change.place.endpoint))
    let others = own.filter { $0.change.kind == .membership && !$0.existed }.map(\.change.place)
    for place in others where !known.contains(place.endpoint) && !scope.memberships.contains(place) { scope.memberships.append(place) }
    return scope
  }

  private func some(_ things: [String]) -> String {
    things.prefix(5).joined(separator: ", ") + (things.count > 5 ? " and \(things.count - 5) more" : "")
  }

  /// What a webhook of apply's own was, with what later runs of apply switched on in it. Null where a former program did not note it.
  func afterAllChanges(of trace: SetupTrace) -> JSONValue {
    guard case .object(var after) = trace.after else { return .null }
    for later in records where later.existed && later.isOfSameWebhook(as: trace) {
      for (name, value) in later.after.object?.members ?? [] where value == true && later.before[name] == false { after[name] = true }
    }
    return .object(after)
  }
}

extension SetupTrace {
  func isOfSameProtection(as other: SetupTrace) -> Bool {
    change.kind == .protection && other.change.kind == .protection && change.name == other.change.name
      && change.place.isSame(as: other.change.place)
  }

  func isOfSameWebhook(as other: SetupTrace) -> Bool {
    change.kind == .hook && other.change.kind == .hook && gitlabID == other.gitlabID && change.place.isSame(as: other.change.place)
  }

  /// The account, its memberships and its tokens: they go last, for what they hold goes before them.
  var isOfAccount: Bool { [.account, .membership, .token].contains(change.kind) }
}

extension SetupUndoing {
  /// Why it is not taken back, where a person may strike it from the record all the same.
  var forgettable: String? {
    switch self {
    case .failed(let sentence), .refused(let sentence), .stranded(let sentence), .unseen(let sentence), .kept(let sentence):
      sentence
    case .removed, .taken, .gone, .lost, .left, .stopped: nil
    }
  }

  /// Whether GitLab may be at it: else it has said that it will not be.
  var mayHaveTakenEffect: Bool {
    switch self {
    case .removed, .taken, .gone, .lost, .stopped: true
    case .failed, .refused, .stranded, .unseen, .kept, .left: false
    }
  }

  /// Whether another undo is to try it again.
  var staysOnRecord: Bool {
    switch self {
    case .kept, .stranded, .unseen: true
    default: false
    }
  }
}
