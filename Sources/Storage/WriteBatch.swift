package import Calendar

/// One piece of work that waits to be written, and who is told what became of it.
package struct WritePiece: Sendable {
  fileprivate let run: @Sendable (Transaction) -> Outcome
  let fail: @Sendable (StorageError) -> Void

  /// What became of a piece, and how to tell whoever waits for it, once that is final.
  fileprivate struct Outcome {
    enum Verdict {
      case stands
      /// The body threw an error of its own: nothing of it stands.
      case refused
      case failed(StorageError)
    }

    var verdict: Verdict
    var tell: () -> Void
  }

  /// - Parameters:
  ///   - body: may run twice, and does nothing that a rollback does not undo.
  ///   - tell: called once, with what the body came to, or with `StorageError` when nothing of it stands.
  package init<Value: Sendable>(
    _ body: @escaping @Sendable (Transaction) throws -> Value, tell: @escaping @Sendable (Result<Value, any Error>) -> Void
  ) {
    run = { transaction in
      do {
        let value = try body(transaction)
        return Outcome(verdict: .stands) { tell(.success(value)) }
      } catch let error as StorageError {
        return Outcome(verdict: .failed(error)) { tell(.failure(error)) }
      } catch {
        return Outcome(verdict: .refused) { tell(.failure(error)) }
      }
    }
    fail = { tell(.failure($0)) }
  }
}

extension Connection {
  /// Writes pieces in one transaction with one flush, and only then tells what became of each. A piece that throws is taken back alone; the others
  /// stand.
  ///
  /// - Parameters:
  ///   - clock: asked once for each transaction.
  ///   - more: called with how many there are so far, gives those that have come in meanwhile, which need not wait for a flush of their own.
  package func write(_ first: [WritePiece], at clock: () -> Instant, more: (Int) -> [WritePiece] = { _ in [] }) {
    var batch = first
    var outcomes: [WritePiece.Outcome] = []
    do {
      if try !run(&batch, apart: false, &outcomes, at: clock, more: more) {
        rollBack()
        outcomes = []
        _ = try run(&batch, apart: true, &outcomes, at: clock, more: more)
      }
      try commit()
      for outcome in outcomes { outcome.tell() }
    } catch {
      rollBack()
      // Nothing of the batch stands, and neither does a refusal that what was written before it may be the reason of.
      let judged = outcomes.prefix { if case .stands = $0.verdict { false } else { true } }.count
      for (index, piece) in batch.enumerated() {
        if index < judged, case .refused = outcomes[index].verdict { outcomes[index].tell() } else { piece.fail(error) }
      }
    }
  }

  /// Runs the pieces and those that come in meanwhile. A savepoint costs a small piece a tenth of its time, and nearly none fails after its first
  /// write: so savepoints part the pieces only if one has to be taken back. Until one is, they run without (not `apart`); false then says that all
  /// must run again.
  private func run(
    _ batch: inout [WritePiece], apart: Bool, _ outcomes: inout [WritePiece.Outcome], at clock: () -> Instant, more: (Int) -> [WritePiece]
  ) throws(StorageError) -> Bool {
    try begin()
    let transaction = Transaction(connection: self, now: clock())
    while outcomes.count < batch.count {
      for piece in batch[outcomes.count...] {
        guard let outcome = try apart ? runApart(piece, in: transaction) : run(piece, in: transaction) else { return false }
        outcomes.append(outcome)
      }
      batch += more(batch.count)
    }
    return true
  }

  /// One piece without a savepoint. Nil if it has failed and left something behind. Throws when the whole transaction is lost (the disk is full,
  /// SQLite has rolled back by itself).
  private func run(_ piece: WritePiece, in transaction: Transaction) throws(StorageError) -> WritePiece.Outcome? {
    let before = changeCount
    let outcome = piece.run(transaction)
    guard isInTransaction else {
      if case .failed(let error) = outcome.verdict { throw error }
      throw .failed("SQLite has rolled back a transaction, and the work in it went on")
    }
    if case .stands = outcome.verdict { return outcome }
    // A statement that failed has left nothing (https://sqlite.org/lang_conflict.html, ABORT).
    return changeCount == before ? outcome : nil
  }

  /// One piece in its savepoint. Throws when the whole transaction is lost.
  private func runApart(_ piece: WritePiece, in transaction: Transaction) throws(StorageError) -> WritePiece.Outcome {
    try execute("SAVEPOINT work")
    let outcome = piece.run(transaction)
    switch outcome.verdict {
    case .stands: try execute("RELEASE work")
    case .failed(let error) where !isInTransaction: throw error
    case .refused, .failed:
      try execute("ROLLBACK TO work")
      try execute("RELEASE work")
    }
    return outcome
  }
}
