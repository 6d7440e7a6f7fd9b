import GitLab
import Storage

/// What a run that was cut off has begun, and what a person strikes from the record, while apply's work is taken back.
extension SetupSession {
  /// A token of a run that was cut off is in no file, and goes too.
  ///
  /// - Parameter open: what could not be settled.
  /// - Returns: the same, with the tokens of which GitLab does not tell this person whether they serve.
  func adoptCutOffTokens(_ open: [SetupBegun], _ journal: SetupJournal, _ survey: SetupSurvey) throws -> [SetupBegun] {
    var open = open
    let isUnlisted = survey.tokens == nil && survey.version.map { !$0.listsAccountTokens } ?? false
    for (id, trace, actor) in try journal.begun() where trace.change.kind == .token && !open.contains(where: { $0.id == id }) {
      let (isOfNow, all) = (trace.isOf(account: survey.account?.id), survey.tokens(of: trace.account))
      guard isOfNow || all != nil else {
        open.append(SetupBegun(id: id, trace: trace, sentence: ofAnother(trace, actor: actor)))
        continue
      }
      var found = trace
      // Whatever the one before it was: nobody has this one.
      found.existed = false
      if let rotation = LostRotation(trace) {
        switch all.map({ rotation.verdict(among: $0, own: survey.ownTokenID) }) {
        case .made(let token): found.gitlabID = token.id
        case .untold(let doubtful):
          open.append(SetupBegun(id: id, trace: trace, sentence: rotation.sentence(untold: doubtful)))
          continue
        case .nothing, nil: break
        }
      } else {
        found.gitlabID = all?.first { $0.name == trace.change.name && $0.isActive && $0.id != survey.ownTokenID }?.id
      }
      if found.gitlabID != nil || (isOfNow && isUnlisted) {
        try journal.settle(id, as: .made, found)
      } else {
        let words = "it lists the account's tokens to its Owner, and to administrators"
        open.append(SetupBegun(id: id, trace: trace, sentence: unsettled(words, person: survey.person.username, actor: actor)))
      }
    }
    return open
  }

  private func ofAnother(_ trace: SetupTrace, actor: String) -> String {
    "a run that was cut off has begun it for account \(trace.account ?? 0), which is the gate's no more, and GitLab \(instance.name) does not list that "
      + "one's tokens here: one that nobody has may serve. Run this again with the token of \(actor), who began it, of an Owner of the top-level group "
      + "or of an administrator; or look among that account's tokens in GitLab, and revoke it there"
  }

  /// What could not be settled is struck from the record where a person says so; what is left of it is the run's to tell.
  func forget(_ open: [SetupBegun], because wishes: SetupUndoWishes, _ journal: SetupJournal, _ run: inout SetupUndoRun) throws {
    for begun in open {
      guard !begun.isPassing, let reason = wishes.reason(toForget: begun.trace) else {
        run.begun.append(begun)
        continue
      }
      try forget(begun.id, begun.trace, begun.sentence, because: reason, journal, &run, wasMade: false)
    }
  }

  /// A person says that it is gone, or others' by now. Of a token that may serve the file has the only copy: it stays.
  func forget(
    _ id: Int64, _ trace: SetupTrace, _ sentence: String, because reason: String, _ journal: SetupJournal, _ run: inout SetupUndoRun,
    wasMade: Bool = true
  ) throws {
    var struck = trace
    struck.isForgotten = true
    try journal.settle(id, as: wasMade ? .undone : .abandoned, struck, forgottenBecause: reason)
    run.forget(trace)
    let notes = run.which(trace) + ["\(journal.actor) says: \(reason). \(sentence)"] + [trace.whereItServes].compactMap(\.self)
    try report.tell(.update, trace.text, status: "forgotten", notes: notes)
  }

  /// Tells what could not be settled. A token has ended with its account.
  func tellBegun(_ journal: SetupJournal, _ run: inout SetupUndoRun) throws {
    let accounts = try journal.records(.undone).filter { $0.trace.change.kind == .account && !$0.trace.isOfName && !$0.trace.isForgotten }
      .map(\.trace.gitlabID)
    var left: [SetupBegun] = []
    for begun in run.begun {
      if begun.trace.change.kind == .token, let account = begun.trace.account, accounts.contains(account) {
        try journal.settle(begun.id, as: .abandoned, begun.trace)
        try report.tell(.nothing, begun.trace.text, status: "gone", notes: ["it has ended with its account"])
        continue
      }
      left.append(begun)
      let hint = begun.isPassing ? [] : [SetupUndoWishes.howToForget(begun.trace)]
      try report.tell(.cannot, begun.trace.text, status: "failed", notes: [begun.sentence] + hint)
    }
    run.begun = left
  }
}
