import GitLab
import HTTPMessages

/// A token that was just made, on its way to its file.
extension SetupSession {
  /// Writes it into the room that was taken for it. Where even that cannot be written it would serve nobody, and goes.
  func keep(
    _ secret: String, of trace: SetupTrace, _ record: Int64, in room: SecretFile.Reservation, _ journal: SetupJournal
  ) async throws {
    do {
      try room.write(secret)
    } catch {
      throw await giveUp(secret, of: trace, record, journal, because: error)
    }
  }

  /// From the room into its file. The account's waits beside it where that cannot be done, and the next run brings it in; any other goes.
  func bring(
    _ secret: String, of trace: SetupTrace, _ record: Int64, from room: SecretFile.Reservation, _ journal: SetupJournal
  ) async throws {
    do {
      try room.bring(secret)
    } catch {
      if trace.change.kind == .token, (try? room.place.read()) == secret {
        throw Failure.no("\(reason(error)). The new token is in \(room.place.path), and the next run brings it from there to its place")
      }
      try? room.place.remove()
      throw await giveUp(secret, of: trace, record, journal, because: error)
    }
  }

  /// Revokes a token that has reached no file, for nobody has it: at once, or, where GitLab does not let it, by the next run, which finds it in the
  /// record. It can end itself where nobody else can.
  private func giveUp(
    _ secret: String, of trace: SetupTrace, _ record: Int64, _ journal: SetupJournal, because trouble: any Error
  ) async -> Failure {
    switch await SetupUndoConversation(api: personAPI, ownAPI: api(secret), trace: trace).converse(over: client) {
    case .removed, .taken, .gone, .lost:
      // Where this cannot be written either, the next run finds that it is gone.
      try? journal.settle(record, as: .abandoned, trace)
      return .no("\(reason(trouble)). The token that was made for it is revoked")
    case .left(let sentence), .kept(let sentence), .failed(let sentence), .refused(let sentence), .stranded(let sentence),
      .unseen(let sentence),
      .stopped(let sentence):
      return .no("\(reason(trouble)). The token that was made for it is in no file and serves still; the next run revokes it: \(sentence)")
    }
  }

  private func reason(_ trouble: any Error) -> String { (trouble as? Failure)?.message ?? "\(trouble)" }
}
