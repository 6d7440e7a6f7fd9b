import GitLab
import HTTPMessages
import Storage

/// Finds out what became of changes that were begun and not settled: a run before was killed, or GitLab's answer was lost.
extension SetupSession {
  /// - Returns: whether anything was settled.
  func heal(_ journal: SetupJournal, _ survey: SetupSurvey) async throws -> Bool {
    let begun = try journal.records(.intended)
    for (id, trace) in begun.reversed() {
      switch trace.change.kind {
      case .secret:
        let isThere = try SecretFile(marked: trace.before).map { try $0.holds(trace.before) } ?? false
        try journal.settle(id, as: isThere ? .made : .abandoned, trace)
      case .token: try await heal(token: trace, id, journal, survey)
      case .adminToken: try await heal(adminToken: trace, id, journal, survey)
      case .account, .membership, .protection, .hook:
        switch await SetupActConversation(api: personAPI, lookingFor: trace).converse(over: client) {
        case .stands(let found), .done(let found, _), .partly(let found, _): try journal.settle(id, as: .made, found)
        case .absent: try journal.settle(id, as: .abandoned, trace)
        case .failed(let sentence): throw Failure.no(sentence)
        }
      }
    }
    return !begun.isEmpty
  }

  /// The one in the file is the one that was made; then what it replaces goes. One in no file stays begun, and the plan revokes it.
  private func heal(token trace: SetupTrace, _ id: Int64, _ journal: SetupJournal, _ survey: SetupSurvey) async throws {
    if case .valid(let own, _) = survey.ownToken, own.name == trace.change.name {
      var found = trace
      found.gitlabID = own.id
      try await revokeReplaced(found, journal)
      if let file = tokenFile, let token { found.before = file.mark(of: token) }
      return try journal.settle(id, as: .made, found)
    }
    if survey.tokens?.contains(where: { $0.name == trace.change.name && $0.isActive }) == false {
      try journal.settle(id, as: .abandoned, trace)
    }
  }
}
