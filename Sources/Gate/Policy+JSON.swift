internal import Calendar
internal import ChangeControl
internal import JSON

extension Policy {
  /// All that a decision depends on, in a form that is the same wherever it is written: what the audit log's digest is taken of.
  func json(groups: [String: Group], emails: [String: [String]]) -> JSONValue {
    [
      "name": .string(name),
      "rules": .array(
        approvalRules.map { rule in
          [
            "rule": .string(rule.name), "required": .integer(Int64(rule.requiredApprovals)), "stage": .integer(Int64(rule.stage)),
            "members": rule.approver.members(groups),
          ]
        }),
      "prevent_self_approval": .bool(preventSelfApproval), "prevent_author_approval": .bool(preventAuthorApproval),
      "comment_required": .string(commentRequired.rawValue),
      "required_fields": .array(requiredFields.map { .string($0.rawValue) }),
      "expires_after": .optional(expiresAfter?.wholeMilliseconds), "supersede_older": .bool(supersedesOlder),
      "without_rejection": ["expired": .string(whenExpired.rawValue), "superseded": .string(whenSuperseded.rawValue)],
      "break_glass": breakGlass.map {
        [
          "group": .string($0.group), "members": ApprovalRule.Approver.group($0.group).members(groups),
          "review_within": .integer($0.reviewWithin.wholeMilliseconds),
        ]
      } ?? .null,
      "auto_approve": .array(autoApprove.map { $0.json(groups) }), "auto_reject": .array(autoReject.map { $0.json(groups) }),
      "freeze_windows": .array(freezeWindows.map { ["name": .string($0.name), "schedule": $0.schedule.json] }),
      "freeze_override": .optional(freezeOverride),
      "freeze_override_members": freezeOverride.map { ApprovalRule.Approver.group($0).members(groups) } ?? .null,
      // Who an author is, by the addresses that the configuration knows.
      "people": preventAuthorApproval
        ? .array(
          emails.sorted { $0.key < $1.key }.map { user, addresses in
            ["user": .string(user), "emails": .array(addresses.sorted().map(JSONValue.string))]
          }) : .null,
    ]
  }
}

extension ApprovalRule.Approver {
  /// Who the configuration lists, or which of GitLab's groups it means; null for what the rule's name says.
  fileprivate func members(_ groups: [String: Group]) -> JSONValue {
    switch self {
    case .user, .accessLevel: .null
    case .gitLabGroup(let group): group.json
    case .group(let name):
      switch groups[name] {
      case .listed(let members): .array(members.sorted().map(JSONValue.string))
      case .gitLab(let group): group.json
      case nil: .null
      }
    }
  }
}

extension GitLabGroup {
  fileprivate var json: JSONValue {
    ["gitlab_group": .string(path), "group_inheritance_type": .integer(Int64(inheritance.rawValue))]
  }
}

extension AutomaticRule {
  fileprivate func json(_ groups: [String: Group]) -> JSONValue {
    func texts(_ texts: [String]) -> JSONValue { .array(texts.map(JSONValue.string)) }
    return [
      "tiers": texts(tiers), "environments": texts(environments.map(\.text)), "projects": texts(projects.map(\.text)),
      "refs": texts(refs.map(\.text)), "change_types": texts(changeTypes.map(\.rawValue)), "risks": texts(risks),
      "requested_by": texts(requesters), "requested_by_group": .optional(requesterGroup),
      "requested_by_members": requesterGroup.map { ApprovalRule.Approver.group($0).members(groups) } ?? .null,
      "only_files": texts(onlyFiles.map(\.text)),
      "any_files": texts(anyFiles.map(\.text)), "labels": texts(labels), "hours": hours?.json ?? .null,
    ]
  }
}

extension ProjectPattern {
  fileprivate var text: String {
    switch self {
    case .id(let id): String(id)
    case .path(let pattern): pattern.text
    }
  }
}

extension WindowSchedule {
  fileprivate var json: JSONValue {
    switch self {
    case .fixed(let period): [.string(period.description)]
    case .calendar(let calendar): .array(calendar.periods.map { .string($0.description) })
    case .recurring(let schedule, let duration, let zone):
      ["cron": .string(schedule.description), "lasting": .integer(duration.wholeMilliseconds), "in": .string(zone.name)]
    }
  }
}
