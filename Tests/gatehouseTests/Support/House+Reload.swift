import Glibc

extension House {
  /// Writes the configuration, sends SIGHUP and waits until it is in force.
  func reload(_ settings: HouseSettings) async throws {
    configure(settings)
    let before = reloads
    signal(SIGHUP)
    try await eventually("the configuration to be read anew") { self.reloads > before }
  }

  var reloads: Int { lines(with: "configuration read anew").count }

  /// Of the servers' log.
  func lines(with words: String) -> [Substring] { log.split(separator: "\n").filter { $0.contains(words) } }
}
