import CSQLite

extension Connection {
  /// SQLite looks at the clock once in so many of its instructions: well under a millisecond.
  private static let instructionsBetweenLooks: Int32 = 10_000

  /// Runs `body`. Its statements end with `StorageError.overran` once it has taken longer than `budget`.
  func within<Value>(_ budget: Duration, _ body: () throws -> Value) throws -> Value {
    let end = Deadline(.now + budget)
    sqlite3_progress_handler(
      handle, Connection.instructionsBetweenLooks,
      { context in
        guard let context else { return 0 }
        return Unmanaged<Deadline>.fromOpaque(context).takeUnretainedValue().instant < .now ? 1 : 0
      }, Unmanaged.passUnretained(end).toOpaque())
    defer { withExtendedLifetime(end) { sqlite3_progress_handler(handle, 0, nil, nil) } }
    return try body()
  }

  private final class Deadline {
    let instant: ContinuousClock.Instant

    init(_ instant: ContinuousClock.Instant) { self.instant = instant }
  }
}
