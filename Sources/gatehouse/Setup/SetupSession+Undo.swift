import GitLab
import JSON
import Storage

/// Takes back what apply made, the newest first, and nothing else.
extension SetupSession {
  mutating func undo() async throws {
    try await finishRotation()
    let survey = try await survey()
    let journal = SetupJournal(database: try expectDatabase(), instance: instance.name, actor: survey.person.username)
    _ = try await heal(journal, survey)
    // A token of a run that was cut off is in no file, and goes too.
    for (id, trace) in try journal.records(.intended) {
      var found = trace
      found.gitlabID = survey.tokens?.first { $0.name == trace.change.name }?.id
      guard found.gitlabID != nil || (survey.tokens == nil && survey.version.map { !$0.listsAccountTokens } ?? false) else {
        throw Failure.no("GitLab \(instance.name) does not tell what became of \(trace.text); undo with the token that applied")
      }
      try journal.settle(id, as: .made, found)
    }
    let made = try journal.records(.made)
    var left = 0
    var isTokenGone = false
    for (index, (id, trace)) in made.enumerated() {
      switch try await undo(trace, laterRecords: made[(index + 1)...].map(\.trace)) {
      case .removed:
        if trace.change.kind == .token { isTokenGone = true }
        try report.tell(.update, trace.text, status: "removed")
      case .gone: try report.tell(.nothing, trace.text, status: "gone")
      case .left(let sentence):
        left += 1
        try report.tell(.nothing, trace.text, status: "left", notes: [sentence])
      case .failed(let sentence):
        try report.tell(.cannot, trace.text, status: "failed", notes: [sentence])
        try report.end("stopped: \(index) of \(made.count) are taken back; undo again goes on from here", done: false)
        throw Failure.no("GitLab \(instance.name) is not as it was; see above")
      }
      try journal.settle(id, as: .undone, trace)
    }
    let stays = left == 0 ? "" : "; \(left) of it \(left == 1 ? "stays" : "stay") in part, as said above"
    try report.end(
      made.isEmpty
        ? "nothing was made by apply in GitLab \(instance.name)"
        : "what apply made in GitLab \(instance.name) is taken back\(stays)\(isTokenGone ? withoutToken : "")",
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

  /// - Parameter laterRecords: those that are still to be taken back, which were made before this one.
  private func undo(_ trace: SetupTrace, laterRecords: [SetupTrace]) async throws -> SetupUndoing {
    switch trace.change.kind {
    case .secret: return try undoSecret(trace)
    case .hook where trace.existed:
      // One that apply had made itself, and sent secrets anew: it goes with the record of its making.
      let isOwn = laterRecords.contains {
        $0.change.kind == .hook && !$0.existed && $0.gitlabID == trace.gitlabID && $0.change.place == trace.change.place
      }
      if isOwn { return .gone }
    case .token where trace.existed: return .left("it took the place of one that apply had not made, and stays")
    case .token, .adminToken:
      let own = try SecretFile(marked: trace.before).flatMap { try $0.holds(trace.before) ? try $0.read() : nil }
      let undoing = await SetupUndoConversation(api: personAPI, ownAPI: own.map(api), trace: trace).converse(over: client)
      if case .failed = undoing { return undoing }
      // The file is the token's as long as it holds this one.
      if let file = SecretFile(marked: trace.before), try file.holds(trace.before) { try file.remove() }
      return undoing
    case .account, .membership, .protection, .hook: break
    }
    return await SetupUndoConversation(api: personAPI, trace: trace).converse(over: client)
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
