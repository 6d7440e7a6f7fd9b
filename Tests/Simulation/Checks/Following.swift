/// By which policy a change goes, apart from what the policy says.
enum Following {
  /// What is wrong with the policy that a change's row names; nil if nothing is.
  ///
  /// - Parameter books: what may have been in force.
  static func objection(to change: Books.Change, after before: Books.Change?, under books: [Rulebook]) -> String? {
    if let before, before.policy == change.policy { return nil }
    if let before, before.gate != "awaiting" { return "it was decided by policy \(before.policy), and has policy \(change.policy) now" }
    let named = books.filter { $0.isWhole && $0.workflow.rawValue == change.workflow }.map(\.name)
    if named.contains(change.policy) { return nil }
    return "it follows policy \(change.policy), and what is named for its workflow is \(named.joined(separator: " or "))"
  }

  /// What one that waits is to be shown with: what its service names now, or what it keeps.
  static func policy(of change: Books.Change, under book: Rulebook) -> String {
    change.gate == "awaiting" && book.isWhole && book.workflow.rawValue == change.workflow ? book.name : change.policy
  }
}
