enum Limits {
  /// How many characters follow a prefix inside of a word before it is taken for a token: GitLab's shortest have twenty.
  static let shortestInWord = 20
}
