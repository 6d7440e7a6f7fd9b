import GitLab
import JSON
import Storage

/// Takes back what apply made, the newest first, and nothing else.
extension SetupSession {
  mutating func undo(_ wishes: SetupUndoWishes) async throws {
    try await expectOwnGitLab()
    try await finishRotation()
    let survey = try await survey()
    try await expectRecordedGitLab(survey)
    let journal = SetupJournal(database: try expectDatabase(), instance: instance.name, actor: survey.person.username)
    let open = try adoptCutOffTokens(try await heal(journal, survey).open, journal, survey)
    let made = try journal.records(.made)
    try wishes.expectKnown(among: made.map(\.trace) + open.map(\.trace))
    let gone = try journal.records(.undone) + journal.records(.abandoned).filter(\.trace.isForgotten)
    var undoing = SetupUndoRun(survey: survey, records: (made + gone).map(\.trace), wishes: wishes)
    try forget(open, because: wishes, journal, &undoing)
    guard try mayTakeBack(made.map(\.trace), undoing) else {
      try tellBegun(journal, &undoing)
      try report.end("nothing was taken back: see above who may", done: false)
      throw Failure.no("GitLab \(instance.name) is not as it was; see above")
    }
    // The newest first; but a secret is needed as long as a webhook stands, and a rotated token is newer than what is decided with it.
    let ordered =
      made.filter { !$0.trace.isOfAccount && $0.trace.change.kind != .secret } + made.filter { $0.trace.change.kind == .secret }
      + made.filter(\.trace.isOfAccount)
    var settled: Set<Int64> = []
    for (index, (id, trace)) in ordered.enumerated() where !settled.contains(id) {
      // A protection that several runs have put rows into is taken back once.
      var all = ordered[index...].filter { $0.id == id || $0.trace.isOfSameProtection(as: trace) }
      let laterRecords = ordered[(index + 1)...].map(\.trace)
      var outcome: SetupUndoing
      if trace.change.kind == .account, !trace.isOfName {
        outcome = try await undoAccount(&all, laterRecords: laterRecords, journal, &undoing)
      } else {
        outcome = try await undo(trace, all.map(\.trace), laterRecords: laterRecords, &undoing)
      }
      // To anybody else one that has moved may be hidden, and the account be put out there.
      if case .unseen = outcome, survey.isAdministrator {
        let place = trace.change.place.text
        outcome = .lost("it is gone with \(place), which GitLab shows not even \(survey.person.username), an administrator")
      }
      if let reason = wishes.reason(toForget: trace, after: outcome), let sentence = outcome.forgettable {
        for one in all { try forget(one.id, one.trace, sentence, because: reason, journal, &undoing) }
        if case .kept = outcome { undoing.standing.append(trace) }
        settled.formUnion(all.map(\.id))
        continue
      }
      guard try tell(outcome, of: trace, &undoing) else {
        try tellBegun(journal, &undoing)
        let stands = Set(ordered.filter { !settled.contains($0.id) }.map(\.trace.text))
        let which = stands.count == 1 ? ", and \(stands.first ?? "") stands" : ""
        try report.end(
          "stopped: \(settled.count) of \(made.count) are taken back\(which); undo again goes on from here"
            + (undoing.isTokenGone ? withoutToken : ""), done: false)
        throw Failure.no("GitLab \(instance.name) is not as it was; see above")
      }
      settled.formUnion(all.map(\.id))
      if outcome.staysOnRecord { continue }
      for one in all { try journal.settle(one.id, as: .undone, one.trace) }
    }
    try tellBegun(journal, &undoing)
    try end(undoing, count: made.count)
  }

  /// Before anything goes: half of it taken back would be the worst of both. What a person strikes from the record is no obstacle.
  private func mayTakeBack(_ made: [SetupTrace], _ undoing: SetupUndoRun) throws -> Bool {
    var told: Set<String> = []
    for trace in made {
      guard let sentence = undoing.refusal(of: trace, on: instance.name), told.insert(trace.text).inserted else { continue }
      // To strike it from the record would only hide what stands.
      try report.tell(.cannot, trace.text, status: "failed", notes: [sentence])
    }
    return told.isEmpty
  }

  /// - Returns: whether the next may be taken back.
  private func tell(_ outcome: SetupUndoing, of trace: SetupTrace, _ undoing: inout SetupUndoRun) throws -> Bool {
    let which = undoing.which(trace)
    switch outcome {
    case .removed:
      if trace.change.kind == .token { undoing.isTokenGone = true }
      try report.tell(.update, trace.text, status: "removed", notes: which)
    case .taken(let sentence): try report.tell(.update, trace.text, status: "removed", notes: which + [sentence])
    case .gone: try report.tell(.nothing, trace.text, status: "gone", notes: which)
    case .left(let sentence):
      undoing.left += 1
      try report.tell(.nothing, trace.text, status: "left", notes: which + [sentence])
    case .kept(let sentence):
      undoing.kept += 1
      undoing.standing.append(trace)
      try report.tell(.nothing, trace.text, status: "kept", notes: which + [sentence, SetupUndoWishes.howToLeave(trace)])
    case .lost(let sentence): try report.tell(.nothing, trace.text, status: "gone", notes: which + [sentence])
    case .stranded(let sentence), .unseen(let sentence):
      undoing.stranded += 1
      if case .unseen = outcome, trace.change.kind == .protection { undoing.unseen.append(trace) }
      try report.tell(.cannot, trace.text, status: "failed", notes: which + [sentence, SetupUndoWishes.howToForget(trace)])
    case .refused(let sentence):
      try report.tell(.cannot, trace.text, status: "failed", notes: which + [sentence])
      return false
    case .failed(let sentence), .stopped(let sentence):
      let hint = outcome.forgettable.map { _ in [SetupUndoWishes.howToForget(trace)] } ?? []
      try report.tell(.cannot, trace.text, status: "failed", notes: which + [sentence] + hint)
      return false
    }
    return true
  }

  /// What needs the account is asked for when all else is taken back, and once.
  func weigh(_ trace: SetupTrace, _ later: [SetupTrace], _ run: inout SetupUndoRun) async -> SetupUndoing? {
    guard trace.isOfAccount, let account = trace.accountID else { return nil }
    if let other = recordedElsewhere.first(where: { $0.needs(trace, of: account) }) {
      return .kept(
        "what apply has made under the name \(other.name) may need it, and is on record still: take that back first, by calling this GitLab \(other.name) "
          + "in the configuration, or strike this from the record")
    }
    if run.uses[account] == nil {
      let scope = run.scope(of: account, made: [trace] + later)
      var ownAPI: GitLabAPI?
      if case .valid(_, let owner) = run.survey.ownToken, owner.id == account { ownAPI = token.map(api) }
      let conversation = AccountUseConversation(api: personAPI, ownAPI: ownAPI, account: account, scope)
      switch await conversation.converse(over: client) {
      case .success(let use): run.uses[account] = use
      case .failure(let trouble): return .stopped("\(trouble)")
      }
    }
    guard let reason = run.reasonToKeep(trace) else { return nil }
    // Of somebody else who has its number it would be the wrong reason.
    return .kept(await otherOwner(of: trace, &run) ?? reason)
  }

  /// Why it is not taken back, where the number of its account is somebody else's now.
  private func otherOwner(of trace: SetupTrace, _ run: inout SetupUndoRun) async -> String? {
    guard let account = trace.accountID else { return nil }
    if run.usernamesOfNow[account] == nil { run.usernamesOfNow[account] = await personAPI.username(of: account).converse(over: client) }
    let others = trace.otherName(run.usernamesOfNow[account], besides: run.username(of: account), on: instance.name)
    return others.map { "\($0), and undo again" }
  }

  private func end(_ run: SetupUndoRun, count: Int) throws {
    let stays = run.left == 0 ? "" : "; \(run.left) of it \(run.left == 1 ? "stays" : "stay") in part, as said above"
    let struck = run.forgotten == 0 ? "" : "; \(run.forgotten) \(run.forgotten == 1 ? "is" : "are") struck from the record"
    let unsettled = run.begun.isEmpty ? "" : "; \(run.begun.count) that \(run.begun.count == 1 ? "was" : "were") begun could not be settled"
    let stranded = run.stranded == 0 || run.kept == 0 ? "" : "; \(run.stranded) could not be taken back, as said above"
    let rest = "\(stays)\(stranded)\(struck)\(unsettled)\(run.isTokenGone ? withoutToken : "")"
    let kept = run.kept
    let elsewhere = recordedElsewhere.isEmpty ? "" : ". But \(whyElsewhere)"
    if kept > 0 {
      try report.end(
        "\(kept) of \(count) \(kept == 1 ? "stays" : "stay"), for \(kept == 1 ? "it is" : "they are") needed, as said above; the rest is "
          + "taken back\(rest)", done: false)
    } else if run.stranded > 0 {
      try report.end("\(run.stranded) of \(count) could not be taken back, as said above; the rest is taken back\(rest)", done: false)
    } else {
      let isNothing = count == 0 && run.forgotten == 0 && run.begun.isEmpty
      try report.end(
        isNothing
          ? "nothing was made by apply in GitLab \(instance.name), by the record in \(absolute(configuration.database.path))\(elsewhere)"
          : "what apply made in GitLab \(instance.name) is taken back\(rest)\(elsewhere)",
        done: run.begun.isEmpty && elsewhere.isEmpty)
    }
    guard kept == 0, run.stranded == 0, run.begun.isEmpty, elsewhere.isEmpty else { throw Failure(status: Failure.answerIsNo, message: "") }
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

  /// - Parameters:
  ///   - records: all of the same thing.
  ///   - laterRecords: those that are still to be taken back, which were made before this one.
  func undo(
    _ trace: SetupTrace, _ records: [SetupTrace], laterRecords: [SetupTrace], _ run: inout SetupUndoRun
  ) async throws -> SetupUndoing {
    var trace = trace
    // One that apply has made goes, whatever it is called.
    if trace.isOfName { return .gone }
    if trace.isOfAccount, !(trace.change.kind == .token && trace.existed), let outcome = await weigh(trace, laterRecords, &run) {
      return outcome
    }
    switch trace.change.kind {
    case .secret: return try undoSecret(trace)
    case .hook where trace.existed:
      // One that apply had made itself, and sent secrets anew: it goes with the record of its making.
      if laterRecords.contains(where: { !$0.existed && $0.isOfSameWebhook(as: trace) }) { return .gone }
    case .hook: trace.after = run.afterAllChanges(of: trace)
    case .token where trace.existed: return .left("it took the place of one that apply had not made, and stays")
    // With its account whatever was its own is gone, and GitLab shows it to nobody.
    case .token where run.isAccountGone(trace):
      try removeFile(of: trace)
      return .gone
    case .membership where run.isAccountGone(trace): return .gone
    case .token, .adminToken:
      let own = try SecretFile.secret(marked: trace.before)
      let undoing = await conversation(about: trace, ownAPI: own.map(api), run).converse(over: client)
      switch undoing {
      case .failed, .stopped, .refused, .stranded, .unseen, .kept: return undoing
      case .removed, .taken, .gone, .lost, .left: try removeFile(of: trace)
      }
      return undoing
    case .protection:
      // Where the account is not the gate's of now, the numbers of its rows too may be somebody else's.
      if trace.accountID != run.survey.account?.id, let others = await otherOwner(of: trace, &run) { return .kept(others) }
    case .account, .membership: break
    }
    return await conversation(about: trace, records, run).converse(over: client)
  }

  func conversation(
    about trace: SetupTrace, _ records: [SetupTrace] = [], ownAPI: GitLabAPI? = nil, _ run: SetupUndoRun
  ) -> SetupUndoConversation {
    var view = SetupUndoView()
    view.version = run.survey.version
    view.hookURL = target.hookURL
    view.username = run.username(of: trace.accountID)
    view.discardsChanges = run.wishes.discards(trace)
    return SetupUndoConversation(api: personAPI, ownAPI: ownAPI, trace: trace, records: records, view: view)
  }

  /// The file is the token's as long as it holds this one.
  func removeFile(of trace: SetupTrace) throws {
    if let file = SecretFile(marked: trace.before), try file.holds(trace.before) { try file.remove() }
  }

  private func undoSecret(_ trace: SetupTrace) throws -> SetupUndoing {
    guard let file = SecretFile(marked: trace.before), file.exists else { return .gone }
    guard try file.holds(trace.before) else {
      return .left("somebody has written another secret into \(file.path) since, and it stays")
    }
    if let other = configuration.gitlab.first(where: { $0.name != instance.name && $0.hasWebhookSecret(in: file) }) {
      return .left("GitLab \(other.name) is configured with it too, and \(file.path) stays")
    }
    try file.remove()
    return .removed
  }
}
