import GitLab
import HTTPMessages
import Storage

/// Something that a run before has begun, and of which it is not known what became.
struct SetupBegun {
  var id: Int64
  var trace: SetupTrace
  /// Why it is not known, and what to do.
  var sentence: String
  /// Nothing was told now; the next run may be.
  var isPassing = false
}

/// Finds out what became of changes that were begun and not settled: a run before was killed, or GitLab's answer was lost.
extension SetupSession {
  /// What cannot be settled stays on record, and is nobody's obstacle but who needs it.
  ///
  /// - Returns: what could not be settled, and whether there was anything to settle.
  func heal(_ journal: SetupJournal, _ survey: SetupSurvey) async throws -> (open: [SetupBegun], wasBegun: Bool) {
    let records = try journal.begun()
    var open: [SetupBegun] = []
    for record in records.reversed() {
      do {
        guard let words = try await settle(record.trace, record.id, journal, survey) else { continue }
        if try await settleGone(record.trace, record.id, journal, survey) { continue }
        let sentence =
          isUnlisted(record.trace, survey) ? untold : unsettled(words, person: survey.person.username, actor: record.actor)
        open.append(SetupBegun(id: record.id, trace: record.trace, sentence: sentence))
      } catch let failure as Failure {
        open.append(SetupBegun(id: record.id, trace: record.trace, sentence: failure.message, isPassing: true))
      }
    }
    return (open, !records.isEmpty)
  }

  /// What is in a project or group that is deleted has gone with it. GitLab's 404 is also for whoever may not see a place (facts H): it may have moved, and
  /// whoever it is of now may have put the account out. Only an administrator is shown all that is there.
  private func settleGone(_ trace: SetupTrace, _ id: Int64, _ journal: SetupJournal, _ survey: SetupSurvey) async throws -> Bool {
    let place = trace.change.place
    guard survey.isAdministrator, [.membership, .protection, .hook, .adminToken].contains(trace.change.kind), place != .instance,
      await personAPI.isHidden(place).converse(over: client)
    else { return false }
    try journal.settle(id, as: .abandoned, trace)
    if trace.change.kind == .adminToken { try? instance.adminToken?.file?.next.remove() }
    try report.tell(
      .nothing, trace.text, status: "gone",
      notes: [
        "a run that was cut off has begun it, and it is gone with \(place.text), which GitLab \(instance.name) shows not even "
          + "\(survey.person.username), an administrator: nothing of it is on record any more"
      ])
    return true
  }

  /// - Parameter words: GitLab's.
  func unsettled(_ words: String, person: String, actor: String) -> String {
    "a run that was cut off has begun it, and it could not be settled: GitLab \(instance.name) does not show \(person) what became of it (\(words)). Run "
      + "this again with the token of \(actor), who began it, or of somebody who is shown it"
  }

  /// Whether it is an account of a GitLab that lists its service accounts to nobody.
  private func isUnlisted(_ trace: SetupTrace, _ survey: SetupSurvey) -> Bool {
    trace.change.kind == .account && !trace.isOfName && survey.version.map { !$0.listsServiceAccounts } ?? false
  }

  private var untold: String {
    "a run that was cut off has begun it, and GitLab \(instance.name) does not tell whether the user of that name is what it has made, for it lists its "
      + "service accounts to nobody (before 17.1): look there since when that user is. Where it is the gate's, put a token of it with scope api where "
      + "`token` says; else choose another name with `setup: {account: {username: NAME}}`"
  }

  /// - Returns: GitLab's words, where it does not show this person what became of it.
  private func settle(_ trace: SetupTrace, _ id: Int64, _ journal: SetupJournal, _ survey: SetupSurvey) async throws -> String? {
    switch trace.change.kind {
    case .secret:
      let isThere = try SecretFile(marked: trace.before).map { try $0.holds(trace.before) } ?? false
      try journal.settle(id, as: isThere ? .made : .abandoned, trace)
    case .token:
      // With its account it has ended too.
      if let account = trace.account, survey.standings[account] == .gone {
        try journal.settle(id, as: .abandoned, trace)
        return nil
      }
      if let rotation = LostRotation(trace) { return try settle(rotation, trace, id, journal, survey) }
      try await heal(token: trace, id, journal, survey)
    case .adminToken: return try await heal(adminToken: trace, id, journal, survey)
    case .account, .membership, .protection, .hook:
      switch await SetupActConversation(api: personAPI, lookingFor: trace).converse(over: client) {
      case .stands(let found), .done(let found, _), .partly(let found, _): try journal.settle(id, as: .made, found)
      case .absent: try journal.giveUp(id, trace)
      case .unknown(let words):
        // Nobody will ever be told; and the gate has its account by now, whichever that is.
        guard isUnlisted(trace, survey), let account = survey.account, !account.isByName else { return words }
        try journal.settle(id, as: .abandoned, trace)
        try report.tell(
          .nothing, trace.text, status: "left",
          notes: [
            "a run that was cut off has begun it, and GitLab \(instance.name) does not tell whether it was made: nothing of it is on record any more, and "
              + "undo leaves the user of that name"
          ])
      case .failed(let sentence): throw Failure.no(sentence)
      }
    }
    return nil
  }

  /// The one in the file is the one that was made; then what it replaces goes. One in no file stays begun, and the plan revokes it.
  private func heal(token trace: SetupTrace, _ id: Int64, _ journal: SetupJournal, _ survey: SetupSurvey) async throws {
    // Another account's tokens tell nothing of it.
    if trace.isOf(account: survey.account?.id), case .valid(let own, _) = survey.ownToken, own.name == trace.change.name {
      var found = trace
      found.gitlabID = own.id
      found.before = mark(of: trace, left: try await revokeReplaced(found, journal).left)
      return try journal.settle(id, as: .made, found)
    }
    if survey.tokens(of: trace.account)?.contains(where: { $0.name == trace.change.name && $0.isActive }) == false {
      try journal.giveUp(id, trace)
    }
  }

  /// A token that rotated itself and whose answer was lost. Others may have its name: only the one that is known to be of that rotation goes, by the plan.
  private func settle(
    _ rotation: LostRotation, _ trace: SetupTrace, _ id: Int64, _ journal: SetupJournal, _ survey: SetupSurvey
  ) throws -> String? {
    if trace.isOf(account: survey.account?.id), case .valid(let own, _) = survey.ownToken,
      try settle(rotation, trace, id, by: own, among: survey.tokens, journal)
    {
      return nil
    }
    guard let all = survey.tokens(of: trace.account) else { return nil }
    switch rotation.verdict(among: all, own: survey.ownTokenID) {
    case .made: break
    case .nothing: try journal.giveUp(id, trace)
    case .untold(let tokens):
      // The plan has a line of it until one of them is gone; so has `check`.
      guard rotation.candidates == nil else { break }
      var noted = rotation
      noted.candidates = Set(tokens.map(\.id))
      var known = trace
      known.before = noted.json
      try journal.note(id, in: .intended, known)
    }
    return nil
  }

  /// The token that serves may tell what became of a rotation: it was not done, for it is the one that was asked; or it is what came of it, and the answer
  /// had reached the file.
  ///
  /// - Parameter all: the account's; nil where they are not listed, and it cannot be told from one that a person has put there.
  func settle(
    _ rotation: LostRotation, _ trace: SetupTrace, _ id: Int64, by own: AccessTokenReading, among all: [AccessTokenReading]?,
    _ journal: SetupJournal
  ) throws -> Bool {
    if own.id == rotation.old {
      try journal.giveUp(id, trace)
      return true
    }
    guard own.name == rotation.name else { return false }
    if rotation.old != nil {
      guard let all, case .made(let made) = rotation.verdict(among: all, own: own.id), made.id == own.id else { return false }
    }
    var found = trace
    found.gitlabID = own.id
    let left = try journal.replacedTokens(of: trace.account, among: nil)
    if let file = tokenFile, let token { found.before = file.mark(of: token).noting(left) }
    try journal.settle(id, as: .made, found)
    for (id, made) in try journal.records(.made) where made.change.kind == .token && made.gitlabID == rotation.old {
      try journal.settle(id, as: .undone, made)
    }
    return true
  }

  /// A sentence for each rotation of which it cannot be told what it has made.
  func untoldRotations(_ survey: SetupSurvey) throws -> [String] {
    let all = survey.tokens ?? []
    return try memory(of: survey.account?.id).lostRotations.compactMap { rotation in
      guard case .untold(let tokens) = rotation.verdict(among: all, own: survey.ownTokenID) else { return nil }
      return rotation.sentence(untold: tokens)
    }
  }
}
