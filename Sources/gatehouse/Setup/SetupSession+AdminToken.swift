import GitLab
import HTTPMessages
import JSON
import Storage

/// The token that only looks: made, put into its file, and taken back.
extension SetupSession {
  /// One that apply has made and that nothing uses any more.
  func revokeFormer(_ change: SetupChange, _ journal: SetupJournal) async throws {
    for (id, trace) in try journal.records(.made) where trace.change.kind == .adminToken && trace.gitlabID == change.existingID {
      // Whoever is not shown it has it end itself.
      _ = try await takeBack(trace, records: [], ownAPI: SecretFile.secret(marked: trace.before).map(api))
      // In a file of its own it would be taken for one that somebody has put there. Before the record, by which the next run knows of it.
      try removeFile(of: trace)
      try journal.settle(id, as: .undone, trace)
    }
  }

  private func revoke(_ change: SetupChange) async throws {
    switch await SetupActConversation(api: personAPI, change: change, account: nil).converse(over: client) {
    case .done, .stands, .absent: break
    case .unknown(let sentence), .failed(let sentence), .partly(_, let sentence): throw Failure.no(sentence)
    }
  }

  /// What a run that was cut off has made is in the file, or nobody has it and it goes.
  ///
  /// - Returns: GitLab's words, where it does not show this person what became of it.
  func heal(adminToken trace: SetupTrace, _ id: Int64, _ journal: SetupJournal, _ survey: SetupSurvey) async throws -> String? {
    let file = instance.adminToken?.file
    switch await SetupActConversation(api: personAPI, lookingFor: trace).converse(over: client) {
    case .stands(var found), .done(var found, _), .partly(var found, _):
      if case .success(let own)? = survey.adminToken, own.name == trace.change.name, let file, let adminToken {
        found.before = file.mark(of: adminToken)
        try journal.settle(id, as: .made, found)
        return nil
      }
      var change = trace.change
      change.existingID = found.gitlabID
      try await revoke(change)
      try journal.settle(id, as: .abandoned, trace)
    case .absent: try journal.giveUp(id, trace)
    case .unknown(let words): return words
    case .failed(let sentence): throw Failure.no(sentence)
    }
    // Room that was taken for it, or the token that is revoked now.
    try? file?.next.remove()
    return nil
  }

  // MARK: What the record knows

  /// Those that apply has made and not taken back, the newest first.
  func madeTokens(_ kind: SetupChange.Kind, _ reading: Reading) throws -> [SetupMemory.MadeToken] {
    let file = kind == .adminToken ? instance.adminToken?.file : tokenFile
    let made = try SetupTrace.made(kind, for: instance.name, in: reading)
    return made.compactMap { trace in
      guard let id = trace.gitlabID else { return nil }
      let isInPlace = (try? file?.holds(trace.before)) ?? false
      // What cannot be read now may be there.
      let isKept = (try? SecretFile(marked: trace.before)?.holds(trace.before) ?? false) ?? true
      var token = SetupMemory.MadeToken(
        id: id, name: trace.change.name, place: trace.change.place, expiresOn: trace.change.expiresOn, isInPlace: isInPlace,
        isKept: isInPlace || isKept)
      token.account = trace.account
      return token
    } + replacedTokens(among: made)
  }

  /// Those that serve though another has taken their place, and that apply has not made: with the record of the new one.
  private func replacedTokens(among made: [SetupTrace]) -> [SetupMemory.MadeToken] {
    var known = Set(made.compactMap(\.gitlabID))
    let prefix = "access token "
    return made.flatMap { trace in trace.replacedTokens.map { (trace, $0) } }.compactMap { trace, token in
      guard known.insert(token.id).inserted else { return nil }
      var replaced = SetupMemory.MadeToken(
        id: token.id, name: token.text.hasPrefix(prefix) ? String(token.text.dropFirst(prefix.count)) : token.text,
        place: trace.change.place, expiresOn: nil, isInPlace: false, isKept: false)
      replaced.isMadeByApply = false
      replaced.account = trace.account
      return replaced
    }
  }
}

extension SetupTrace {
  /// Of what apply has made and not taken back, the newest first.
  static func made(_ kind: SetupChange.Kind, for instance: String, in reading: Reading) throws -> [SetupTrace] {
    try all(.made, for: instance, in: reading).filter { $0.change.kind == kind }
  }

  /// The newest first.
  static func all(_ state: SetupRecord.State, for instance: String, in reading: Reading) throws -> [SetupTrace] {
    try reading.setupRecords(instance: instance, state: state).compactMap { SetupTrace($0.trace) }
  }

  /// Of those that apply has made for `admin_token`.
  static func adminTokens(of instance: String, in reading: Reading) throws -> [SetupTrace] {
    try made(.adminToken, for: instance, in: reading)
  }
}

extension SecretFile {
  /// Whether it holds one that apply has made, which apply renews too.
  func holdsMadeToken(of instance: String, in reading: Reading) throws -> Bool {
    try SetupTrace.adminTokens(of: instance, in: reading).contains { (try? holds($0.before)) ?? false }
  }
}
