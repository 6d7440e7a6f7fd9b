/// Every limit of the configuration, with its reason.
enum Limits {
  /// A configuration for hundreds of services is tens of kilobytes; what is larger is not one.
  static let fileBytes = 1_048_576
  /// The deepest key of the configuration lies at six.
  static let depth = 32
  /// Aliases repeat what they name; a few lines of them can stand for billions of values.
  static let nodes = 100_000
  /// Problems of one file that are told: more help nobody.
  static let problems = 100
  /// GitLab's tokens are under 100 bytes; what is larger is some other file.
  static let secretBytes = 4_096
  /// A pipe is waited for as long as a person who is asked for a passphrase may take, and not for ever.
  static let pipeMilliseconds: Int32 = 30_000
  /// Characters of the file's own text that a message repeats.
  static let shownCharacters = 60
  /// Bytes of a name, a path or an address; GitLab's longest (a username, an environment) is 255.
  static let textBytes = 1_024
  /// Names that stand in addresses (`/webhooks/gitlab/NAME`) and in every log line.
  static let nameBytes = 64
  static let usernameBytes = 255
  static let patternBytes = 255
  /// Approvals of one policy in all: `SeatAssignment` goes through rules × people.
  static let requiredApprovals = 100
  /// Stages that follow one another: each adds a wait for people.
  static let stages = 10
  /// Addresses that one person has committed with.
  static let emailsOfPerson = 50
  /// The longest address there is (RFC 5321 §4.5.3.1.3: a path of 256 with its brackets).
  static let emailBytes = 254
  /// Windows of one policy: each is looked at with every evaluation.
  static let freezeWindows = 100
  static let freezeDuration: ClosedRange<Duration> = .seconds(60) ... .seconds(3_650 * 86_400)
  /// Lines of `auto_approve` or `auto_reject`: each is looked at with every evaluation.
  static let automaticRules = 100
  /// Sockets to listen on: one for each network that the machine is in is plenty.
  static let listenAddresses = 16
  /// A list of people, projects, services, policies: written by hand.
  static let listEntries = 1_000

  /// Below a second, asking GitLab again is a load and no gain; a waiting deployment that is seen a day late is not seen.
  static let reconcileEvery: ClosedRange<Duration> = .seconds(1) ... .seconds(86_400)
  /// Below a second every look would ask GitLab; whoever was added a day ago should not still be told that they may not.
  static let membershipsEvery: ClosedRange<Duration> = .seconds(1) ... .seconds(86_400)
  /// A check is some requests for each project; whoever learns of a lost protection after a week has learned too late.
  static let checksEvery: ClosedRange<Duration> = .seconds(60) ... .seconds(7 * 86_400)
  /// Below a minute nobody could decide; GitLab's own pipelines are archived within a year.
  static let expiresAfter: ClosedRange<Duration> = .seconds(60) ... .seconds(365 * 86_400)
  static let reviewWithin: ClosedRange<Duration> = .seconds(60) ... .seconds(365 * 86_400)
  static let giveUpAfter: ClosedRange<Duration> = .seconds(1) ... .seconds(365 * 86_400)

  /// A gate behind one proxy has few; no machine that runs one has descriptors for more.
  static let connections: ClosedRange<Int64> = 16...100_000
  static let connectionsByAddress: ClosedRange<Int64> = 1...100_000
  /// A client on a bad line needs seconds; one that needs minutes is none.
  static let headerTimeout: ClosedRange<Duration> = .seconds(1) ... .seconds(120)
  static let bodyTimeout: ClosedRange<Duration> = .seconds(1) ... .seconds(600)
  static let idleTimeout: ClosedRange<Duration> = .seconds(1) ... .seconds(3_600)
  static let writeTimeout: ClosedRange<Duration> = .seconds(1) ... .seconds(300)
  static let drainTimeout: ClosedRange<Duration> = .seconds(1) ... .seconds(600)
  /// GitLab sends no hook above 25 MB; a pipeline hook has some hundred KiB.
  static let webhookBody: ClosedRange<Int> = 64 << 10...25 << 20
  /// Room for one of the largest webhooks at least.
  static let bodiesInMemory: ClosedRange<Int> = 32 << 20...16 << 30

  /// GitLab counts in days, and takes 400 at most.
  static let tokenLifetime: ClosedRange<Duration> = .seconds(86_400) ... .seconds(399 * 86_400)

  /// Below a day there would be no second try worth the name.
  static let rotateTokenBefore: ClosedRange<Duration> = .seconds(86_400) ... .seconds(398 * 86_400)

  static let deliveryRetention: ClosedRange<Duration> = .seconds(1) ... .seconds(3_650 * 86_400)
}
