import GitLab
import HTTPMessages
import JSON

/// What apply made once and is configured otherwise now goes as undo takes it back: what others have built on it since stays.
extension SetupSession {
  /// - Returns: what is to be said of it.
  func takeBack(_ change: SetupChange, _ journal: SetupJournal) async throws -> [String] {
    // The newest first, as undo goes.
    let records = try journal.records(.made).filter { $0.trace.isOf(change) }
    guard change.kind != .protection else {
      guard let newest = records.first?.trace else { return [] }
      // Of several runs, for one account after another: judged by all that any of them put there.
      let notes = try await takeBack(newest, records: records.map(\.trace))
      for (id, trace) in records { try journal.settle(id, as: .undone, trace) }
      return notes
    }
    var notes: [String] = []
    for (id, trace) in records {
      // Of one that apply has changed too: all of it goes with the record of its making.
      if !trace.existed {
        var wanted = trace
        // Of a webhook what apply switched on in any run.
        wanted.after = .null
        notes += try await takeBack(wanted, records: [])
      }
      try journal.settle(id, as: .undone, trace)
    }
    return notes
  }

  /// A membership that GitLab does not let go (one that is kept in LDAP or SAML, say) would be a line of each plan that no apply ends.
  func takeBackMembership(_ change: SetupChange, _ step: SetupStep, _ journal: SetupJournal) async throws {
    do {
      let notes = try await takeBack(change, journal)
      let told = SetupStep(.update, step.subject, lines: step.lines, notes: notes)
      try report.tell(told, status: step.mark == .nothing ? "removed" : "done")
    } catch let refusal as StepRefusal where refusal.isGitLabs {
      let sentence =
        "\(refusal.sentence); or have an Owner or an administrator remove it in GitLab (Manage > Members), or, where it comes from LDAP or SAML, there"
      for (id, trace) in try journal.records(.made) where trace.isOf(change) && trace.refusal != sentence {
        var noted = trace
        noted.refusal = sentence
        try journal.note(id, in: .made, noted)
      }
      try report.tell(.nothing, step.subject, status: "left", notes: [sentence])
    } catch let refusal as StepRefusal where step.mark == .nothing {
      // No plan promises what GitLab has refused before.
      try report.tell(.nothing, step.subject, status: "left", notes: [refusal.sentence])
    }
  }

  /// - Parameter ownAPI: with the token that is to go, where it can be asked itself.
  func takeBack(_ trace: SetupTrace, records: [SetupTrace], ownAPI: GitLabAPI? = nil) async throws -> [String] {
    var view = SetupUndoView()
    view.hookURL = target.hookURL
    view.again = "apply again"
    switch await SetupUndoConversation(api: personAPI, ownAPI: ownAPI, trace: trace, records: records, view: view).converse(over: client) {
    case .removed, .gone: return []
    case .taken(let sentence), .left(let sentence), .lost(let sentence): return [sentence]
    case .refused(let sentence): throw StepRefusal(sentence: sentence, isGitLabs: true)
    case .kept(let sentence), .failed(let sentence), .stranded(let sentence), .unseen(let sentence), .stopped(let sentence):
      throw StepRefusal(sentence: sentence)
    }
  }
}

/// Why GitLab did not do what one step asks for. Our own database and files throw a `Failure`.
struct StepRefusal: Error {
  var sentence: String
  /// It was asked for, and GitLab said no.
  var isGitLabs = false
}

extension SetupTrace {
  /// Whether it is the record of what a change takes back.
  fileprivate func isOf(_ other: SetupChange) -> Bool {
    guard change.kind == other.kind, change.place.isSame(as: other.place) else { return false }
    return switch other.kind {
    case .hook: gitlabID == other.existingID
    case .membership: account == other.formerAccount
    default: change.name == other.name
    }
  }
}
