import GitLab
import HTTPMessages
import JSON

/// What apply made once and is configured otherwise now goes as undo takes it back: what others have built on it since stays.
extension SetupSession {
  func takeBack(_ change: SetupChange, _ journal: SetupJournal) async throws {
    // The newest first, as undo goes.
    for (id, trace) in try journal.records(.made) where trace.isOf(change) {
      // Of one that apply has changed too: all of it goes with the record of its making.
      if trace.change.kind == .hook, trace.existed {
        try journal.settle(id, as: .undone, trace)
        continue
      }
      var wanted = trace
      // Of a webhook what apply switched on in any run.
      wanted.after = .null
      var view = SetupUndoView()
      view.hookURL = target.hookURL
      view.again = "apply again"
      switch await SetupUndoConversation(api: personAPI, trace: wanted, view: view).converse(over: client) {
      case .removed, .taken, .gone, .left: try journal.settle(id, as: .undone, trace)
      case .kept(let sentence), .failed(let sentence), .stopped(let sentence): throw Failure.no(sentence)
      }
    }
  }
}

extension SetupTrace {
  /// Whether it is the record of what a change takes back.
  fileprivate func isOf(_ other: SetupChange) -> Bool {
    guard change.kind == other.kind, change.place.isSame(as: other.place) else { return false }
    return other.kind == .hook ? gitlabID == other.existingID : change.name == other.name
  }
}
