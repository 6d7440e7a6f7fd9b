/// What came of taking one change back.
package enum SetupUndoing: Sendable, Hashable {
  case removed
  /// Taken away whole, though somebody had changed it since. The sentence says what it was.
  case taken(String)
  /// It was not there any more.
  case gone
  /// Nothing of ours stays: what stands there is others', or as it was before. The sentence says what.
  case left(String)
  /// It stays, and its record with it, for others have built on it since. The sentence says what, and what takes it away.
  case kept(String)
  /// GitLab does not let it be removed, or does not show whether it is there. A person may know better.
  case failed(String)
  /// It has gone with its project or group. The sentence says so.
  case lost(String)
  /// GitLab does not let it be removed, for its project or group is about to be deleted: nothing else hangs on it.
  case stranded(String)
  /// GitLab does not show this person its project or group either: that may be deleted, and may only be moved, and wait for the account.
  case unseen(String)
  /// It stands, and GitLab does not let this person remove it: that takes a stronger token.
  case refused(String)
  /// It cannot be gone on with now, and nobody can say otherwise: GitLab does not answer, or what follows would leave deployments waiting for
  /// nobody.
  case stopped(String)
}

/// What is known and wished beside the record of one change.
package struct SetupUndoView: Sendable {
  /// Nil where GitLab did not say.
  package var version: GitLabVersion?
  /// Where the webhooks of the configuration of now lead.
  package var hookURL: String?
  /// What the service account is called.
  package var username: String?
  /// Whether it goes with what others have made of it since.
  package var discardsChanges = false
  /// What is to be done again where something keeps it from being taken back: apply takes back too.
  package var again = "undo again"

  package init() {}
}
