import CSQLite
internal import Calendar

extension Connection {
  /// SQLite looks at the clock once in so many of its instructions: well under a millisecond.
  private static let instructionsBetweenLooks: Int32 = 10_000

  /// Runs `body`. Its statements end with `StorageError.overran` once it has taken longer than `budget`.
  func within<Value>(_ budget: Duration, by clock: @escaping () -> Instant, _ body: () throws -> Value) throws -> Value {
    let end = clock() + budget
    let watch = Watch { end < clock() }
    sqlite3_progress_handler(
      handle, Connection.instructionsBetweenLooks,
      { context in
        guard let context else { return 0 }
        return Unmanaged<Watch>.fromOpaque(context).takeUnretainedValue().isOver() ? 1 : 0
      }, Unmanaged.passUnretained(watch).toOpaque())
    defer { withExtendedLifetime(watch) { sqlite3_progress_handler(handle, 0, nil, nil) } }
    return try body()
  }

  private final class Watch {
    let isOver: () -> Bool

    init(_ isOver: @escaping () -> Bool) { self.isOver = isOver }
  }
}
