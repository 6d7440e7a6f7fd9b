/// Whether what a newer deployment overtakes is over with the very commit that lets the newer through: what still waits could be let through behind it,
/// and would bring an older version back. A sweep ends it too, half a minute later, which hides that nobody did.
enum Overtaken {
  /// - Parameter books: the rules that may have been in force.
  static func objection(to newer: Books.Change, among changes: [Books.Change], under books: [Rulebook]) -> String? {
    guard newer.gate == "allowed", books.allSatisfy({ $0.supersedes && $0.isWhole }) else { return nil }
    let older = changes.first { older in
      older.gate == "awaiting" && older.instance == newer.instance && older.environment == newer.environment
        && older.deployment < newer.deployment && books.allSatisfy { $0.rules(of: older, isDecided: false) != nil }
    }
    return older.map { "CHG-\($0.id) still waits, and CHG-\(newer.id) of a newer deployment is let through" }
  }
}
