package import Calendar
package import JSON

/// What became of one change, as it is written down: what was there before, and what of it is ours. Undoing reads it.
package struct SetupTrace: Sendable, Hashable {
  package var change: SetupChange
  /// The service account's id, once it is known.
  package var account: Int64?
  /// The id that GitLab gave to what was made.
  package var gitlabID: Int64?
  /// It was there before, and was only changed.
  package var existed = false
  /// Of what was only changed: how it was.
  package var before: JSONValue = .null
  /// Of a webhook: what was switched on and off in it when it had been made or changed. Whatever differs later, others have changed. Of a membership:
  /// that GitLab has not let it go. Of an account: when it was asked to remove it.
  package var after: JSONValue = .null
  /// Of a webhook: the number of its last sending when it had been given its secrets; nil where GitLab did not tell.
  package var lastSending: Int64?
  /// Of a webhook: when it was made, by GitLab's clock. One of its number that was made at another time has it of a GitLab that was restored to a time
  /// before; nil where a program before did not note it.
  package var createdAt: Instant?
  /// Rows of a protection that were there before. GitLab numbers each list by itself: a row of one may have the number of a row of the other.
  package var deployRowsBefore: [Int64] = []
  package var approvalRowsBefore: [Int64] = []
  package var deployRows: [Int64] = []
  package var approvalRows: [Int64] = []
  /// The url of the GitLab that it was made in; nil where a program before did not note it.
  package var url: String?
  /// A person has struck it from the record: GitLab had not said that it was gone.
  package var isForgotten = false

  package init(_ change: SetupChange, account: Int64?) {
    self.change = change
    self.account = account
  }

  package var json: JSONValue {
    [
      "kind": .string(change.kind.rawValue), "level": .string(change.place.level.rawValue), "place": .optional(change.place.id),
      "path": .optional(change.place.path), "name": .string(change.name), "access_level": .optional(change.level),
      "expires_on": .optional(change.expiresOn), "display_name": .optional(change.displayName),
      "needs_approver": .bool(change.needsApprover),
      "raised_rules": ids(change.raisedRules), "former_deploy_rows": ids(change.formerDeployRows),
      "former_approval_rows": ids(change.formerApprovalRows), "deployers": .array(change.deployers.map(\.json)),
      "former_deployers": .array(change.formerDeployers.map { SetupDeployer.other($0).json }),
      "existing_id": .optional(change.existingID), "account": .optional(account), "gitlab_id": .optional(gitlabID),
      "existed": .bool(existed), "before": before, "after": after, "last_sending": .optional(lastSending),
      "created_at": .optional(createdAt?.iso8601),
      "deploy_rows_before": ids(deployRowsBefore), "approval_rows_before": ids(approvalRowsBefore), "deploy_rows": ids(deployRows),
      "approval_rows": ids(approvalRows),
      "forgotten": .bool(isForgotten), "url": .optional(url),
    ]
  }

  private func ids(_ ids: [Int64]) -> JSONValue { .array(ids.map(JSONValue.integer)) }

  /// Nil for what another version wrote in another form.
  package init?(_ json: JSONValue) {
    guard let kind = json["kind"]?.string.flatMap(SetupChange.Kind.init), let level = json["level"]?.string.flatMap(SetupPlace.Level.init),
      let place = SetupPlace(level, id: json["place"]?.integer, path: json["path"]?.string), let name = json["name"]?.string
    else { return nil }
    var change = SetupChange(kind, in: place, name: name)
    change.level = json["access_level"]?.integer
    change.expiresOn = json["expires_on"]?.string
    change.displayName = json["display_name"]?.string
    change.needsApprover = json["needs_approver"]?.bool ?? false
    change.deployers = (json["deployers"]?.array ?? []).compactMap { $0.isNull ? .account : Grantee($0).map(SetupDeployer.other) }
    change.formerDeployers = (json["former_deployers"]?.array ?? []).compactMap(Grantee.init)
    change.raisedRules = SetupTrace.ids(json["raised_rules"])
    change.formerDeployRows = SetupTrace.ids(json["former_deploy_rows"])
    change.formerApprovalRows = SetupTrace.ids(json["former_approval_rows"])
    change.existingID = json["existing_id"]?.integer
    self.init(change, account: json["account"]?.integer)
    gitlabID = json["gitlab_id"]?.integer
    existed = json["existed"]?.bool ?? false
    before = json["before"] ?? .null
    after = json["after"] ?? .null
    lastSending = json["last_sending"]?.integer
    createdAt = json["created_at"]?.string.flatMap(Instant.init(iso8601:))
    // Programs before had them in one list.
    deployRowsBefore = SetupTrace.ids(json["deploy_rows_before"] ?? json["rows_before"])
    approvalRowsBefore = SetupTrace.ids(json["approval_rows_before"] ?? json["rows_before"])
    deployRows = SetupTrace.ids(json["deploy_rows"])
    approvalRows = SetupTrace.ids(json["approval_rows"])
    isForgotten = json["forgotten"]?.bool ?? false
    url = json["url"]?.string
  }

  private static func ids(_ json: JSONValue?) -> [Int64] { (json?.array ?? []).compactMap(\.integer) }

  /// Of what apply was to take back: why GitLab has not let it go, and who can end it.
  package var refusal: String? {
    get { after["refused"]?.string }
    set { after = ["refused": .optional(newValue)] }
  }

  /// Of an account: when undo has asked GitLab to remove it, which it does in the background.
  package var removalAskedAt: Instant? {
    get { after["removal_asked_at"]?.string.flatMap(Instant.init(iso8601:)) }
    set { after = ["removal_asked_at": .optional(newValue?.iso8601)] }
  }

  /// The account that it is or belongs to.
  package var accountID: Int64? { change.kind == .account ? gitlabID : account }

  /// Whether only the name was changed of an account that was there.
  package var isOfName: Bool { change.kind == .account && change.existingID != nil }

  /// `protected environment production of project acme/payments/checkout`
  package var text: String {
    let place = change.place.text
    return switch change.kind {
    case .account: "\(isOfName ? "name of " : "")service account \(change.name) of \(place)"
    case .membership: "membership in \(place)"
    case .token: "access token \(change.name)"
    case .protection: "protected \(change.place.level == .group ? "tier" : "environment") \(change.name) of \(place)"
    case .secret: "secret \(change.name)"
    case .adminToken: "access token \(change.name) of \(place)"
    case .hook: "webhook of \(place)"
    }
  }
}

extension SetupDeployer {
  fileprivate var json: JSONValue {
    switch self {
    case .account: .null
    case .other(let grantee): .object(JSONObject(members: [(name: grantee.member, value: .integer(grantee.number))]))
    }
  }
}
