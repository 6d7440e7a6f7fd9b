/// Every bound of this room, with its reason. Text lengths count Unicode scalars.
enum Limits {
  /// GitLab itself sends no hook above 25 MB (gitlab-org/gitlab!38687). The configuration may lower it.
  static let deliveryBytes = 25 * 1_024 * 1_024
  /// Nothing that a person writes comes near it.
  static let bodyBytes = 1_024 * 1_024
  /// JSON values in it, of which a command has a handful. It is read before anybody knows whose the token is, one large body at a time, and
  /// GitLab's wait behind it.
  static let bodyValues = 1_000

  /// A request of GitLab's API: fifty elements in each of two lists come to some KiB.
  static let parameterBytes = 64 * 1_024

  /// A comment: several pages of text. The audit log keeps it for good, so it is no place for logs and files.
  static let comment = 10_000
  /// A name in a query or a body: GitLab's own bound on paths, environments and usernames.
  static let name = 255
  /// An id that a client gives its request goes into every log line and on to GitLab.
  static let requestID = 64

  /// The largest page: GitLab's.
  static let pageSize = 100
  static let defaultPageSize = 50
  /// Entity tags in one `If-Match`: one is usual, a few are legal (RFC 9110 §13.1.1).
  static let entityTags = 16

  /// A long answer is made in pieces of about this many bytes: large enough for one system call to be worth it, and small beside what a
  /// thousand of them may hold.
  static let piece = 32 * 1_024
  /// Audit entries read for one piece of an export.
  static let exportedEntries = 16

  /// Bytes of answers that are kept for each reader: the changes that many poll at once, which are few.
  static let keptBytes = 1_024 * 1_024
  /// How long an answer is kept at the most. With time alone a gate turns no sooner either: what is due is looked for once a second.
  static let keptFor: Duration = .seconds(1)

  /// After how long a client that was cut off should come back.
  static let eventRetryMilliseconds = 2_000

  /// When what was asked of GitLab, and does not stand there, is not coming any more: it ends a request of its own after a minute. Since it was found
  /// that nothing tells what came of it.
  static let openRequestAge: Duration = .seconds(90)

  /// GitLab's page where nobody says how long.
  static let defaultGitLabPage: Int64 = 20
  /// What of a sentence goes into a header field, and how many of them.
  static let warning = 400
  static let warnings = 20

  /// Shorter than a minute a token is over before it can be used.
  static let shortestTokenLife: Duration = .seconds(60)
  /// A year, leap day included: nobody remembers for longer where a token went.
  static let longestTokenLife: Duration = .seconds(366 * 86_400)

  /// What `Retry-After` says with a 503. Less than the minute for which GitLab switches a hook off after four failures.
  static let retryAfterSeconds = 5
}
