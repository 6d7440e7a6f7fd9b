/// What must be so of a gate that has just started.
extension Safety {
  /// Whoever had something under way is dead: nothing is claimed.
  func gateStarted() {
    guard let eyes else { return }
    do {
      let leased = try Books(connection: eyes).number("SELECT count(*) FROM outbox WHERE leased_until IS NOT NULL")
      if leased > 0 { life.violate("\(leased) rows are claimed by a process that is dead") }
    } catch {
      life.violate("the file cannot be read: \(error)")
    }
  }
}
