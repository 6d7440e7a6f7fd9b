import GitLab
import JSON
import Storage

/// Takes back what apply made, the newest first, and nothing else.
extension SetupSession {
  mutating func undo(_ wishes: SetupUndoWishes) async throws {
    try await finishRotation()
    let survey = try await survey()
    let journal = SetupJournal(database: try expectDatabase(), instance: instance.name, actor: survey.person.username)
    _ = try await heal(journal, survey)
    try adoptCutOffTokens(journal, survey, wishes)
    let made = try journal.records(.made)
    try wishes.expectKnown(among: made.map(\.trace))
    var undoing = SetupUndoRun(survey: survey, records: made.map(\.trace) + (try journal.records(.undone)).map(\.trace), wishes: wishes)
    for (index, (id, trace)) in made.enumerated() {
      let outcome = try await undo(trace, laterRecords: made[(index + 1)...].map(\.trace), undoing)
      if let reason = wishes.reason(toForget: trace), let sentence = outcome.forgettable {
        try forget(id, trace, sentence, because: reason, journal)
        undoing.forgotten += 1
        if case .kept = outcome { undoing.standing.append(trace) }
        continue
      }
      switch outcome {
      case .removed:
        if trace.change.kind == .token { undoing.isTokenGone = true }
        try report.tell(.update, trace.text, status: "removed")
      case .taken(let sentence): try report.tell(.update, trace.text, status: "removed", notes: [sentence])
      case .gone: try report.tell(.nothing, trace.text, status: "gone")
      case .left(let sentence):
        undoing.left += 1
        try report.tell(.nothing, trace.text, status: "left", notes: [sentence])
      case .kept(let sentence):
        undoing.kept += 1
        undoing.standing.append(trace)
        try report.tell(.nothing, trace.text, status: "kept", notes: [sentence, SetupUndoWishes.howToLeave(trace)])
        continue
      case .failed(let sentence), .stopped(let sentence):
        let hint = outcome.forgettable.map { _ in [SetupUndoWishes.howToForget(trace)] } ?? []
        try report.tell(.cannot, trace.text, status: "failed", notes: [sentence] + hint)
        try report.end("stopped: \(index) of \(made.count) are taken back; undo again goes on from here", done: false)
        throw Failure.no("GitLab \(instance.name) is not as it was; see above")
      }
      try journal.settle(id, as: .undone, trace)
    }
    try end(undoing, count: made.count)
  }

  /// A token of a run that was cut off is in no file, and goes too.
  private func adoptCutOffTokens(_ journal: SetupJournal, _ survey: SetupSurvey, _ wishes: SetupUndoWishes) throws {
    for (id, trace) in try journal.records(.intended) {
      var found = trace
      found.gitlabID = survey.tokens?.first { $0.name == trace.change.name }?.id
      let isKnown = found.gitlabID != nil || (survey.tokens == nil && survey.version.map { !$0.listsAccountTokens } ?? false)
      guard isKnown || wishes.reason(toForget: trace) != nil else {
        throw Failure.no(
          "GitLab \(instance.name) does not tell what became of \(trace.text); undo with the token that applied. "
            + SetupUndoWishes.howToForget(trace))
      }
      try journal.settle(id, as: .made, found)
    }
  }

  private func end(_ run: SetupUndoRun, count: Int) throws {
    let stays = run.left == 0 ? "" : "; \(run.left) of it \(run.left == 1 ? "stays" : "stay") in part, as said above"
    let struck = run.forgotten == 0 ? "" : "; \(run.forgotten) \(run.forgotten == 1 ? "is" : "are") struck from the record"
    let token = run.isTokenGone ? withoutToken : ""
    let kept = run.kept
    guard kept == 0 else {
      try report.end(
        "\(kept) of \(count) \(kept == 1 ? "stays" : "stay"), for others have built on \(kept == 1 ? "it" : "them"), as said above; the rest is "
          + "taken back\(stays)\(struck)\(token)", done: false)
      throw Failure(status: Failure.answerIsNo, message: "")
    }
    try report.end(
      count == 0
        ? "nothing was made by apply in GitLab \(instance.name)"
        : "what apply made in GitLab \(instance.name) is taken back\(stays)\(struck)\(token)",
      done: true)
  }

  /// What becomes of a server that had the token.
  private var withoutToken: String {
    let consequence =
      "sees and decides nothing in this GitLab any more, and what waits stays blocked: stop it; or run `gatehouse setup apply`, and SIGHUP "
      + "(systemctl reload gatehouse)"
    return DatabaseLock.isHeld(databasePath: configuration.database.path)
      ? ". The token of the server that runs here is revoked: from now on it \(consequence)"
      : ". Its token is revoked: a server that has it \(consequence)"
  }

  // MARK: One record

  /// - Parameter laterRecords: those that are still to be taken back, which were made before this one.
  private func undo(_ trace: SetupTrace, laterRecords: [SetupTrace], _ run: SetupUndoRun) async throws -> SetupUndoing {
    var trace = trace
    switch trace.change.kind {
    case .secret: return try undoSecret(trace)
    case .hook where trace.existed:
      // One that apply had made itself, and sent secrets anew: it goes with the record of its making.
      if laterRecords.contains(where: { !$0.existed && $0.isOfSameWebhook(as: trace) }) { return .gone }
    case .hook: trace.after = run.afterAllChanges(of: trace)
    case .token where trace.existed: return .left("it took the place of one that apply had not made, and stays")
    case .token, .adminToken:
      let own = try SecretFile(marked: trace.before).flatMap { try $0.holds(trace.before) ? try $0.read() : nil }
      let undoing = await conversation(about: trace, ownAPI: own.map(api), run).converse(over: client)
      switch undoing {
      case .failed, .stopped, .kept: return undoing
      case .removed, .taken, .gone, .left: try removeFile(of: trace)
      }
      return undoing
    case .account: if let sentence = run.reasonToKeepAccount(trace) { return .kept(sentence) }
    case .membership, .protection: break
    }
    return await conversation(about: trace, run).converse(over: client)
  }

  private func conversation(about trace: SetupTrace, ownAPI: GitLabAPI? = nil, _ run: SetupUndoRun) -> SetupUndoConversation {
    var view = SetupUndoView()
    view.version = run.survey.version
    view.hookURL = target.hookURL
    view.username = run.username
    view.discardsChanges = run.wishes.discards(trace)
    return SetupUndoConversation(api: personAPI, ownAPI: ownAPI, trace: trace, view: view)
  }

  /// The file is the token's as long as it holds this one.
  private func removeFile(of trace: SetupTrace) throws {
    if let file = SecretFile(marked: trace.before), try file.holds(trace.before) { try file.remove() }
  }

  /// A person says that it is gone, or others' by now.
  private func forget(_ id: Int64, _ trace: SetupTrace, _ sentence: String, because reason: String, _ journal: SetupJournal) throws {
    if trace.change.kind == .token || trace.change.kind == .adminToken { try removeFile(of: trace) }
    try journal.settle(id, as: .undone, trace, forgottenBecause: reason)
    try report.tell(.update, trace.text, status: "forgotten", notes: ["\(journal.actor) says: \(reason). \(sentence)"])
  }

  private func undoSecret(_ trace: SetupTrace) throws -> SetupUndoing {
    guard let file = SecretFile(marked: trace.before), file.exists else { return .gone }
    guard try file.holds(trace.before) else {
      return .left("somebody has written another secret into \(file.path) since, and it stays")
    }
    try file.remove()
    return .removed
  }
}
