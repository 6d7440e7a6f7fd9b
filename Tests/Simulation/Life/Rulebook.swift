/// A life's policy in words of our own: what the checkers go by, apart from the code that they check. `Rulebook+Plan.swift` says the same to the gate.
struct Rulebook: Equatable, CustomStringConvertible {
  enum Approver: Hashable {
    case user(String)
    case listed(String)
    case gitLabGroup(String)
    /// GitLab's number for a role.
    case level(Int64)
  }

  struct Rule: Equatable {
    var approver: Approver
    var required: Int
    var stage = 1
  }

  /// A stretch of time in which nothing is let through.
  struct Freeze: Equatable {
    var start: Int64
    var end: Int64

    func holds(at instant: Int64) -> Bool { start <= instant && instant < end }
  }

  /// One that comes again and again, whenever so much time of the epoch is over.
  struct RecurringFreeze: Equatable {
    var minutes: Int64
    var lasting: Int64

    /// The last that has begun.
    func latest(at instant: Int64) -> Freeze {
      let start = instant - instant % (minutes * 60_000)
      return Freeze(start: start, end: start + lasting)
    }
  }

  enum WorkflowName: String {
    case simple, itsm
    /// The configuration's own: an approval, then a person's step.
    case own
  }

  enum Ending: String { case leave, reject, cancelJob }

  /// What the policy is called that the services name.
  var name = Rulebook.policy
  /// Policies that the services named before, which the configuration has all the same. What they say stands in each; all else, in this one.
  var former: [Rulebook] = []
  var workflow = WorkflowName.simple
  var rules: [Rule] = []
  var groups = ["managers": ["alice", "bob", "carol"], "security": ["bob", "sven"], "chiefs": ["carol", "olu"]]
  var preventsSelf = true
  var preventsAuthors = false
  var commentAlways = false
  var requiresReason = false
  var expiresAfter: Int64?
  var supersedes = false
  var whenExpired = Ending.leave
  var whenSuperseded = Ending.leave
  var freezes: [Freeze] = []
  var recurringFreeze: RecurringFreeze?
  var letsOverrideFreezes = false
  var letsBreakGlass = false
  /// Staging, when it is a standard change.
  var approvesStandardStaging = false
  /// What is nothing but documents, with a label on its merge request that says so.
  var approvesDocuments = false
  /// Whatever people say is of high risk.
  var rejectsHighRisk = false
  var startsAsEmergency = false
  var plays = true
  var reconcileEvery: Int64 = 30_000
  var giveUpAfter: Int64 = 300_000
  var membershipsEvery: Int64 = 300_000

  /// The GitLabs that there are. Each has the same service.
  var instances = [Rulebook.instance]
  /// The configuration has lost the policy, or GitLab altogether: a slip that is mended later.
  var isWithoutPolicy = false
  var isWithoutGitLab = false

  static let overriders = "chiefs"
  static let breakers = "managers"

  /// Whether who may is told by the configuration alone.
  var isListed: Bool {
    rules.allSatisfy { rule in
      switch rule.approver {
      case .user, .listed: true
      case .gitLabGroup, .level: false
      }
    }
  }

  var hasFreezes: Bool { !freezes.isEmpty || recurringFreeze != nil }

  /// Those that hold.
  func freezes(at instant: Int64) -> [Freeze] {
    (freezes + [recurringFreeze?.latest(at: instant)].compactMap(\.self)).filter { $0.holds(at: instant) }
  }

  /// A time that no freeze holds: after all that come once, and after one that comes again.
  func isOpen(from instant: Int64) -> Int64 {
    let last = (freezes.map(\.end) + [instant]).max() ?? instant
    return recurringFreeze.map { max(last, $0.latest(at: last).end) } ?? last
  }

  var description: String {
    var words = [workflow.rawValue, "rules " + rules.map(\.text).joined(separator: "+")]
    if name != Rulebook.policy { words.insert(name, at: 0) }
    if !former.isEmpty { words.append("besides \(former.map(\.name).joined(separator: " "))") }
    if !preventsSelf { words.append("self-approval") }
    if preventsAuthors { words.append("no authors") }
    if commentAlways { words.append("comments") }
    if requiresReason { words.append("reason") }
    if let expiresAfter { words.append("expires \(expiresAfter / 1_000)s:\(whenExpired.rawValue)") }
    if supersedes { words.append("supersedes:\(whenSuperseded.rawValue)") }
    if !freezes.isEmpty { words.append("freezes \(freezes.count)\(letsOverrideFreezes ? " with override" : "")") }
    if let recurringFreeze { words.append("freezes \(recurringFreeze.lasting / 1_000)s of \(recurringFreeze.minutes) min") }
    if letsBreakGlass { words.append("glass\(startsAsEmergency ? " emergency" : "")") }
    if approvesStandardStaging { words.append("auto-approve") }
    if approvesDocuments { words.append("documents by themselves") }
    if rejectsHighRisk { words.append("auto-reject") }
    if !plays { words.append("leaves") }
    if isWithoutPolicy { words.append("WITHOUT POLICY") }
    if isWithoutGitLab { words.append("WITHOUT GITLAB") }
    return words.joined(separator: ", ") + ", reconcile \(reconcileEvery / 1_000)s, gives up \(giveUpAfter / 1_000)s"
  }
}

extension Rulebook.Rule {
  var text: String {
    let who =
      switch approver {
      case .user(let name): name
      case .listed(let name): name
      case .gitLabGroup(let path): path
      case .level(let level): "level\(level)"
      }
    return "\(required)x\(who)\(stage > 1 ? "@\(stage)" : "")"
  }
}

extension Rulebook {
  /// A policy at random: mostly a simple one, often with a feature or two.
  static func draw(_ chance: Chance, from start: Int64, length: Int64) -> Rulebook {
    var book = Rulebook()
    book.workflow = chance.one(ofWeighted: [(5, .simple), (2, .itsm), (2, .own)])
    book.rules = drawRules(chance)
    book.preventsSelf = !chance.happens(0.15)
    book.preventsAuthors = chance.happens(0.15)
    book.commentAlways = chance.happens(0.1)
    book.requiresReason = chance.happens(0.1)
    if chance.happens(0.25) {
      book.expiresAfter = chance.within(120...900) * 1_000
      book.whenExpired = chance.one(of: [.leave, .reject, .cancelJob])
    }
    if chance.happens(0.3) {
      book.supersedes = true
      book.whenSuperseded = chance.one(of: [.leave, .reject, .cancelJob])
    }
    if chance.happens(0.3) {
      for _ in 0...chance.below(2) {
        let begin = start + chance.within(0...length)
        book.freezes.append(Freeze(start: begin, end: begin + chance.within(30...400) * 1_000))
      }
      book.letsOverrideFreezes = chance.happens(0.5)
    }
    book.letsBreakGlass = chance.happens(0.3)
    book.startsAsEmergency = book.letsBreakGlass && chance.happens(0.5)
    book.approvesStandardStaging = chance.happens(0.2)
    book.rejectsHighRisk = chance.happens(0.15)
    book.plays = !chance.happens(0.2)
    book.reconcileEvery = chance.one(of: [20_000, 30_000, 60_000])
    book.giveUpAfter = chance.one(of: [60_000, 120_000, 300_000])
    book.membershipsEvery = chance.one(of: [60_000, 300_000])
    return book
  }

  static func drawRules(_ chance: Chance) -> [Rule] {
    var rules = [Rule(approver: .listed("managers"), required: 1 + chance.below(2))]
    if chance.happens(0.25) { rules.append(Rule(approver: .listed("security"), required: 1, stage: chance.happens(0.4) ? 2 : 1)) }
    if chance.happens(0.1) { rules[0] = Rule(approver: .user("alice"), required: 1) }
    if chance.happens(0.12) { rules.append(Rule(approver: .gitLabGroup("acme/payments"), required: 1)) }
    if chance.happens(0.12) { rules[0] = Rule(approver: .level(40), required: 1 + chance.below(2)) }
    return rules
  }
}
