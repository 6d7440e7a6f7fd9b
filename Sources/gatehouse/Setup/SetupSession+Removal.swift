import Calendar
import GitLab

/// What becomes of an account that GitLab has taken to remove.
extension SetupSession {
  /// That GitLab is asked is on disk before it is: whoever is cut off then has the next apply build on no account that goes.
  func undoAccount(
    _ records: inout [(id: Int64, trace: SetupTrace)], laterRecords: [SetupTrace], _ journal: SetupJournal, _ run: inout SetupUndoRun
  ) async throws -> SetupUndoing {
    guard let trace = records.first?.trace else { return .gone }
    if let outcome = await weigh(trace, laterRecords, &run) { return outcome }
    func note(_ asked: Instant?) throws {
      for index in records.indices {
        records[index].trace.removalAskedAt = asked
        try journal.note(records[index].id, in: .made, records[index].trace)
      }
    }
    var isAsked = false
    var outcome = try await conversation(about: trace, records.map(\.trace), run).converse(over: client) { conversation in
      guard conversation.isActing, !isAsked else { return }
      try note(SystemClock.now())
      isAsked = true
    }
    if outcome == .removed { outcome = await readBack(trace, run.survey) } else if isAsked, !outcome.mayHaveTakenEffect { try note(nil) }
    return outcome
  }

  /// GitLab removes an account in the background (`DeleteUserWorker`: it is blocked first, and gone once what it did is another's). To an Owner whom it
  /// lets remove none it answers the same, for what comes of it is not looked at (`GroupServiceAccounts`, `destroy_conditionally!`).
  private func readBack(_ trace: SetupTrace, _ survey: SetupSurvey) async -> SetupUndoing {
    guard let id = trace.gitlabID else { return .removed }
    let wasBarred = if case .barred? = survey.standings[id] { true } else { false }
    var standing: UserStanding?
    for pause in SetupSession.removalPauses {
      // Cut short, it is told as it was seen last.
      do { try await Task.sleep(for: pause) } catch { break }
      standing = await personAPI.standing(of: id).converse(over: client)
      switch standing {
      case .gone?: return .removed
      case .barred(let state)? where !wasBarred:
        return .taken("GitLab has barred it (\(state)), and removes it in the background")
      case .active?, .barred?, nil: continue
      }
    }
    let seen = standing == nil ? "does not tell whether it is gone" : "shows it still"
    let doubt =
      survey.isAdministrator
      ? ""
      : ". It answers the same to whom it lets remove none, as it may on self-managed: where it stands then too, undo with an administrator's token"
    return .refused(
      "GitLab \(instance.name) has taken it that \(trace.text) be removed, and \(seen). It removes accounts in the background: undo again in a few "
        + "minutes\(doubt)")
  }

  /// How long GitLab is given to remove an account, between one look and the next.
  private static let removalPauses: [Duration] = [.zero, .seconds(1), .seconds(2), .seconds(4)]
}
