import Calendar
import ChangeControl

/// What the gate is told of a rulebook.
extension Rulebook {
  static let instance = "main"
  static let secondInstance = "second"
  static let policy = "people"

  var plan: ControlPlan {
    var plan = wholePlan
    if isWithoutPolicy || isWithoutGitLab { (plan.policies, plan.services) = ([:], []) }
    if isWithoutGitLab { plan.instances = [] }
    return plan
  }

  private var wholePlan: ControlPlan {
    ControlPlan(
      publicURL: "https://gatehouse.example.com",
      instances: instances.map { name in
        .init(
          name: name, reconcileEvery: .milliseconds(reconcileEvery), playsAfterApproval: plays,
          giveUpAfter: .milliseconds(giveUpAfter), membershipsEvery: .milliseconds(membershipsEvery))
      },
      services: instances.map { name in
        Service(
          id: "checkout-\(name)", name: "Checkout of \(name)", instance: name, projects: [.path(Pattern("acme/payments/*"))],
          gatedTiers: ["production", "staging"], gatedEnvironments: [], workflow: workflow.rawValue,
          changeType: startsAsEmergency ? .emergency : approvesStandardStaging ? .standard : .normal, policy: self.name)
      },
      groups: groups.mapValues { .listed($0) },
      policies: Dictionary(uniqueKeysWithValues: ([self] + former).map { ($0.name, $0.controlPolicy) }),
      workflows: Workflow.builtIn.merging([Rulebook.ownWorkflow.name: Rulebook.ownWorkflow]) { $1 }, deliveryRetention: .seconds(86_400))
  }

  private var controlPolicy: Policy {
    var policy = Policy(
      name: name,
      approvalRules: rules.map { ApprovalRule(approver: $0.controlApprover, requiredApprovals: $0.required, stage: $0.stage) },
      preventSelfApproval: preventsSelf, commentRequired: commentAlways ? .always : .onRejection)
    policy.preventAuthorApproval = preventsAuthors
    policy.requiredFields = requiresReason ? [.reason] : []
    policy.expiresAfter = expiresAfter.map { .milliseconds($0) }
    policy.supersedesOlder = supersedes
    policy.whenExpired = whenExpired.control
    policy.whenSuperseded = whenSuperseded.control
    policy.freezeWindows = freezes.enumerated().compactMap { index, freeze in
      Period(start: Instant(milliseconds: freeze.start), end: Instant(milliseconds: freeze.end)).map {
        FreezeWindow(name: "freeze \(index + 1)", schedule: .fixed($0))
      }
    }
    if let recurringFreeze, let schedule = try? CronSchedule("*/\(recurringFreeze.minutes) * * * *") {
      policy.freezeWindows.append(
        FreezeWindow(name: "again", schedule: .recurring(schedule, lasting: .milliseconds(recurringFreeze.lasting), in: .utc)))
    }
    policy.freezeOverride = letsOverrideFreezes ? Rulebook.overriders : nil
    policy.breakGlass = letsBreakGlass ? BreakGlass(group: Rulebook.breakers, reviewWithin: .seconds(600)) : nil
    if approvesStandardStaging {
      var rule = AutomaticRule()
      rule.tiers = ["staging"]
      rule.changeTypes = [.standard]
      policy.autoApprove.append(rule)
    }
    if approvesDocuments {
      var rule = AutomaticRule()
      rule.onlyFiles = [Pattern("docs/**")]
      rule.labels = [Brought.label]
      policy.autoApprove.append(rule)
    }
    if rejectsHighRisk {
      var rule = AutomaticRule()
      rule.risks = ["low", "medium", "high"].filter { $0 == "high" }
      policy.autoReject = [rule]
    }
    return policy
  }

  static let ownWorkflow = Workflow(
    name: "own",
    statuses: [
      .init(name: "Waiting", category: .toDo, gate: .awaiting),
      .init(name: "Checked", category: .inProgress, gate: .awaiting),
      .init(name: "Going", category: .inProgress, gate: .allowed),
      .init(name: "Stopped", category: .done, gate: .prevented),
      .init(name: "Done", category: .done, gate: .allowed),
    ],
    transitions: [
      .init(from: "Waiting", name: "Approve", to: "Checked", trigger: .approval),
      .init(from: "Waiting", name: "Reject", to: "Stopped", trigger: .rejection),
      .init(from: "Waiting", name: "Cancel", to: "Stopped", trigger: .person()),
      .init(from: "Checked", name: "Go", to: "Going", trigger: .person()),
      .init(from: "Checked", name: "Back", to: "Waiting", trigger: .person()),
      .init(from: "Checked", name: "Cancel", to: "Stopped", trigger: .person()),
      .init(from: "Going", name: "Finished", to: "Done", trigger: .deployment(.success)),
    ])
}

extension Rulebook.Rule {
  fileprivate var controlApprover: ApprovalRule.Approver {
    switch approver {
    case .user(let name): .user(name)
    case .listed(let name): .group(name)
    case .gitLabGroup(let path): .gitLabGroup(GitLabGroup(path: path, inheritance: .inheritedMembers))
    case .level(let level): .accessLevel(level >= 40 ? .maintainer : .developer)
    }
  }
}

extension Rulebook.Ending {
  fileprivate var control: EndWithoutRejection {
    switch self {
    case .leave: .leave
    case .reject: .reject
    case .cancelJob: .cancelJob
    }
  }
}

extension Rulebook {
  /// What people try from a status.
  static func transitions(from status: String) -> [String] {
    var names: [String] = []
    for workflow in [Workflow.simple, .itsm, Rulebook.ownWorkflow] {
      for transition in workflow.transitions(from: status) where !["Cancel", "Close", "Pending", "Back"].contains(transition.name) {
        switch transition.trigger {
        case .person, .breakGlass: names.append(transition.name)
        default: continue
        }
      }
    }
    return names
  }
}
