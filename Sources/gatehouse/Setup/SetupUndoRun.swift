import GitLab
import JSON

/// One undo under way: what was seen before it, and what came of it so far.
struct SetupUndoRun {
  let survey: SetupSurvey
  /// All that apply has made, taken back or not.
  let records: [SetupTrace]
  let wishes: SetupUndoWishes
  var left = 0
  var forgotten = 0
  /// Of what stands for others' sake, how much is on the record still.
  var kept = 0
  var standing: [SetupTrace] = []
  var isTokenGone = false

  init(survey: SetupSurvey, records: [SetupTrace], wishes: SetupUndoWishes) {
    self.survey = survey
    self.records = records
    self.wishes = wishes
  }

  /// What the service account is called.
  var username: String? {
    survey.account?.username ?? records.first { $0.change.kind == .account || $0.change.kind == .membership }?.change.name
  }

  /// An account goes with its memberships, its tokens and its place in protections. What of that is others' keeps it.
  func reasonToKeepAccount(_ trace: SetupTrace) -> String? {
    guard let account = trace.gitlabID else { return nil }
    let memberships = standing.filter { $0.change.kind == .membership && $0.account == account }.map(\.text)
    let protections = survey.protectionsNaming(account, besides: records).map { "protected environment \($0)" }
    let tokens = survey.tokensOfOthers(besides: Set(records.filter { $0.change.kind == .token }.compactMap(\.gitlabID)))
    if !protections.isEmpty || !memberships.isEmpty {
      return
        "others have built on it since (\(some(memberships + protections))), and without it that would go, or wait for it for ever: take the "
        + "account out there, and undo again"
    }
    guard !tokens.isEmpty, !wishes.discards(trace) else { return nil }
    return
      "somebody uses it with a token that apply did not make (\(some(tokens))), which would end with it: revoke that in GitLab, or "
      + "`gatehouse setup undo --discard-changes \"\(trace.text)\"`"
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
  func isOfSameWebhook(as other: SetupTrace) -> Bool {
    change.kind == .hook && other.change.kind == .hook && gitlabID == other.gitlabID && change.place == other.change.place
  }
}

extension SetupUndoing {
  /// Why it is not taken back, where a person may strike it from the record all the same.
  var forgettable: String? {
    switch self {
    case .failed(let sentence), .kept(let sentence): sentence
    case .removed, .taken, .gone, .left, .stopped: nil
    }
  }
}
