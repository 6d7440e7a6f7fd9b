/// Every limit of the simulator, GitLab's own and ours.
enum Limits {
  /// GitLab's validation of a deployment approval's comment, in characters.
  static let commentCharacters = 255
  /// GitLab's validation of an approval rule and of the old count.
  static let mostRequiredApprovals: Int64 = 5
  /// GitLab: the life of a rotated token for which no expiry was asked.
  static let rotatedTokenLife: Duration = .seconds(7 * 86_400)
  /// GitLab's limits of what one user may do in a minute: make service accounts, test a hook, send one of its events again.
  static let serviceAccountsPerMinute = 10
  static let hookCallsPerMinute = 5
  /// GitLab: how long the log of a hook's events can be read.
  static let hookEventLife: Duration = .seconds(7 * 86_400)
  /// GitLab's default and largest page (REST documentation, "Pagination").
  static let rowsOnAPage = 20
  static let mostRowsOnAPage = 100
  /// GitLab: so many consecutive failures disable a hook for a while, and so many for good.
  static let failuresUntilPause = 4
  static let failuresUntilDisabled = 40
  /// GitLab: the first pause of a failing hook; each later one is twice as long, up to a day.
  static let firstPause: Duration = .seconds(60)
  static let longestPause: Duration = .seconds(86_400)

  /// What the journals keep. A test looks at hundreds; a demo may run for weeks.
  static let journalEntries = 20_000
  /// One request over the socket, head and body. GitLab's own bodies from the gate are a few hundred bytes.
  static let requestBytes = 1 << 20
  /// Connections at a time over the socket. Our client opens a handful; the rest would be a mistake in a test.
  static let connections = 256
}
