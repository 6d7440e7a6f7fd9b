/// One thing in a GitLab that a gate stands on, as a look found it.
package struct Footing: Sendable, Hashable {
  /// What is looked at. The names stand in the audit log, in metrics and in the API, and stay.
  package enum Check: String, Sendable, Hashable, CaseIterable {
    /// Whether GitLab protects a gated environment.
    case protection
    /// Whether our account is an approver of it, alone and with one approval.
    case approver
    /// Whether our account may deploy to it, and so start jobs.
    case deployer
    /// Whether others could approve in our account's place.
    case otherApprovers = "other_approvers"
    /// The other rules of the protection, and how many approvals each asks for.
    case approvalRules = "approval_rules"
    /// "Allow pipeline triggerer to approve deployment".
    case selfApproval = "self_approval"
    /// Whether what waits for our account by a rule of its own is gated: else nobody asks it there.
    case ungated
    /// Our account's level in a project.
    case membership
    /// The webhook that tells the gate at once.
    case webhook
    /// Whether GitLab knows our account.
    case account

    /// What is asked for by itself; everything else stands in a protection, and is seen where that is.
    package static let seenAlone: [Check] = [.protection, .selfApproval, .membership, .webhook]

    /// Whether another state is told even where nothing is wrong with it: who has to approve, and who may, is nobody's secret to change.
    var tellsEveryChange: Bool { self == .approvalRules || self == .selfApproval || self == .membership }

    /// Whether what is wrong at the first look is told. Somebody may want to have no webhook: GitLab cannot reach every gate.
    var isToldAtFirst: Bool { self != .webhook }
  }

  /// What it is about. Two looks are compared by it.
  package struct Subject: Sendable, Hashable {
    /// Nil: the whole GitLab.
    package var project: Int64?
    /// Nil: the whole project.
    package var environment: String?
    package var check: Check

    package init(project: Int64?, environment: String? = nil, check: Check) {
      self.project = project
      self.environment = environment
      self.check = check
    }
  }

  package var subject: Subject
  /// For sentences: `acme/payments/checkout production`.
  package var place: String
  /// What was found, by name: a rule and the approvals that it asks for, a level, a setting as 0 or 1.
  package var state: [String: Int64]
  /// What is wrong with that, and what it means; nil where nothing is.
  package var trouble: String?
  /// Whether all was read that tells whether something is wrong. Else the state has what may be there, and is told only where something is gone.
  package var isCertain: Bool
  /// Places of which it could not be read whether they protect it too.
  package var unread: Set<String>

  package init(
    _ subject: Subject, place: String, state: [String: Int64], trouble: String? = nil, isCertain: Bool = true, unread: Set<String> = []
  ) {
    self.subject = subject
    self.place = place
    self.state = state
    self.trouble = trouble
    self.isCertain = isCertain
    self.unread = unread
  }
}

/// What one look at a GitLab found, and what it could not read.
package struct FootingLook: Sendable, Hashable {
  /// Something that was not read: what is known of it stays. Nil means any.
  package struct Gap: Sendable, Hashable {
    package var environment: String?
    package var check: Footing.Check?

    package init(environment: String? = nil, check: Footing.Check? = nil) {
      self.environment = environment
      self.check = check
    }

    func covers(_ subject: Footing.Subject) -> Bool {
      (environment == nil || environment == subject.environment) && (check == nil || check == subject.check)
    }
  }

  /// Something that this look could not see: a change of it would go unnoticed.
  package struct Unseen: Sendable, Hashable {
    /// What cannot be seen with `protection` is all that stands in it too: approvers, rules, who may deploy.
    package var subject: Footing.Subject
    /// For sentences: `acme/payments/checkout production`.
    package var place: String
    package var reason: String

    package init(_ subject: Footing.Subject, place: String, reason: String) {
      self.subject = subject
      self.place = place
      self.reason = reason
    }
  }

  package var instance: String
  package var found: [Footing] = []
  /// Nil where GitLab did not answer at all: what was not seen before is not known any better.
  package var unseen: [Unseen]?
  /// The projects that were looked at, with what was not read of each.
  package var projects: [Int64: Set<Gap>] = [:]
  /// Of each of them: the places, as states have them, of which it was not read what they protect.
  package var unread: [Int64: Set<String>] = [:]
  /// The environments that each of them has, gated or not, but for stopped ones, where they were read.
  package var environments: [Int64: Set<String>] = [:]
  /// Projects that no service covers, below groups whose tiers wait for our account, whose environments were read.
  package var uncovered: Set<Int64> = []
  /// Groups, as states have them, of which it was not read what they protect.
  package var unreadGroups: Set<String> = []
  /// Groups below which there are more such projects, or may be.
  package var cutShortGroups: Set<String> = []
  /// Projects for which a look has no room: they were not looked at, and are there.
  package var beyond: Set<Int64> = []
  /// Projects that a look before had and this one's patterns do not find, where GitLab says what became of them.
  package var departed: [Int64: Departure] = [:]
  /// Whether the projects above, and those beyond, are all that the account sees of those that the configuration means.
  package var isWhole = false

  package init(instance: String) { self.instance = instance }

  /// Whether this look says something of a subject, be it that it is not there any more.
  package func speaks(of subject: Footing.Subject) -> Bool {
    // Of the GitLab itself only what was found.
    guard let project = subject.project, let gaps = projects[project] else { return false }
    return !gaps.contains { $0.covers(subject) }
  }

  /// Whether it says something of what is known: what waits for our account somewhere may wait there still, where that was not read.
  package func speaks(of known: KnownFooting) -> Bool {
    guard speaks(of: known.subject) else { return false }
    guard known.subject.check == .ungated, let project = known.subject.project else { return true }
    return unread[project, default: []].isDisjoint(with: known.state.keys)
  }

  /// How a project leaves change control by what somebody does with it in GitLab.
  package enum Departure: Sendable, Hashable {
    /// It is at this path now, which no service means.
    case moved(to: String)
    /// GitLab knows it no more, as it tells an administrator, or has marked it for deletion.
    case deleted
  }

  /// Why a look that speaks of a subject has nothing of it.
  package enum Ending: Sendable, Hashable, CaseIterable {
    /// The environment is not there any more, or stopped: nothing is deployed there until it is told anew.
    case gone
    /// Nothing that apply has made, as its record has it, holds the environment any more, and nothing else that waits for our account and is not gated.
    case released
    /// It is under change control no more: what was wrong may stand still.
    case unwatched
  }

  package func ending(of subject: Footing.Subject) -> Ending {
    guard let project = subject.project, let environment = subject.environment, let all = environments[project] else { return .unwatched }
    if !all.contains(environment) { return .gone }
    return subject.check == .ungated && speaks(of: subject) ? .released : .unwatched
  }
}
