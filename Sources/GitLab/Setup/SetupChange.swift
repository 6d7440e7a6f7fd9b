package import Calendar

/// One thing that is to be brought about in a GitLab, or in a secret file that belongs to it. A value: it is written down before it is tried.
package struct SetupChange: Sendable, Hashable {
  package enum Kind: String, Sendable, Hashable, CaseIterable {
    case account, membership, token, protection, secret, hook
    /// Of a project or a group, of the level that sees and the scope that changes nothing.
    case adminToken = "admin_token"
  }

  package var kind: Kind
  package var place: SetupPlace
  /// The account's username, the environment or tier, the webhook's URL, the secret's key, the token's name.
  package var name: String
  /// Of an account: what people see.
  package var displayName: String?
  /// Of a membership.
  package var level: Int64?
  /// Of a token: the day on which it stops serving.
  package var expiresOn: String?
  /// Of a token or a membership of an account that another has taken the place of: whose it is. Not kept.
  package var formerAccount: Int64?
  /// Of a token: the day on which it is asked for. Nil where nothing depends on it; not kept.
  package var askedOn: CivilDate?
  /// Of a protection: the rows that are missing.
  package var deployers: [SetupDeployer] = []
  package var needsApprover = false
  /// Of a protection: the account's rules that others have made ask for more than the one approval that it can give.
  package var raisedRules: [Int64] = []
  /// Of a protection: rows that go. Apply made them for an account that is the gate's no more, or that is asked at another level now.
  package var formerDeployRows: [Int64] = []
  package var formerApprovalRows: [Int64] = []
  /// Of these rows, whom `setup.deployers` names no more.
  package var formerDeployers: [Grantee] = []
  /// Of a protection that others take the place of: those, each of which has to ask the account when it goes. Not kept.
  package var successors: [ProtectedName] = []
  /// Of a webhook.
  package var hook: HookSettings?
  /// Of an account, a token or a webhook that is there: which.
  package var existingID: Int64?
  /// Of a protection, a webhook or a membership that apply has made: it goes, as undo takes it back.
  package var isTakenBack = false

  package init(_ kind: Kind, in place: SetupPlace, name: String) {
    self.kind = kind
    self.place = place
    self.name = name
  }
}

/// An environment of a project, or a tier of a group, that is protected.
package struct ProtectedName: Sendable, Hashable {
  package var place: SetupPlace
  package var name: String

  /// `protected environment production of project acme/payments/checkout`
  package var text: String { "protected \(place.level == .group ? "tier" : "environment") \(name) of \(place.text)" }
}

/// Whom a protection that setup makes lets deploy.
package enum SetupDeployer: Sendable, Hashable {
  /// The service account, whose id is known once it is made.
  case account
  case other(Grantee)

  func resolved(account: Int64) -> Grantee {
    switch self {
    case .account: .user(account)
    case .other(let grantee): grantee
    }
  }

  /// For sentences.
  var text: String {
    switch self {
    case .account: "the service account"
    case .other(let grantee): grantee.people
    }
  }
}

/// One line of a plan: something that is as it must be, will be made, changed, or cannot be.
package struct SetupStep: Sendable, Hashable {
  package enum Mark: String, Sendable, Hashable {
    case nothing = "="
    case create = "+"
    case update = "~"
    case cannot = "!"
  }

  package var mark: Mark
  /// `service account gatehouse-acme in group acme`
  package var subject: String
  /// What is added or changed, as a diff has it: `+ approver: the service account`.
  package var lines: [String] = []
  /// Sentences: why it cannot be and what to do, or what works and is to be known.
  package var notes: [String] = []
  /// Nil where there is nothing to do, or nothing that a program can do.
  package var change: SetupChange?
  /// Nothing that comes after it needs it: where GitLab refuses it, the rest goes on.
  package var holdsUpNothing: Bool

  package init(
    _ mark: Mark, _ subject: String, lines: [String] = [], notes: [String] = [], change: SetupChange? = nil, holdsUpNothing: Bool = false
  ) {
    self.mark = mark
    self.subject = subject
    self.lines = lines
    self.notes = notes
    self.change = change
    self.holdsUpNothing = holdsUpNothing
  }

  package static func cannot(_ subject: String, _ sentence: String) -> SetupStep { SetupStep(.cannot, subject, notes: [sentence]) }
}
