internal import ChangeControl

/// Elements of protections that nobody can live up to any more: those that apply made for an account that is the gate's no more, and rules of people
/// who are gone. All rules count (facts E), so one that nobody can meet holds every deployment for ever.
extension SetupPlanner {
  struct FormerRows {
    var deploy: [AccessGrant] = []
    var approval: [AccessGrant] = []
  }

  func made(of protection: ProtectedEnvironment, in place: SetupPlace) -> [SetupMemory.MadeProtection] {
    memory.protections.filter { $0.place.isSame(as: place) && $0.name == protection.name }
  }

  /// What apply made for an account that another has taken the place of.
  func formerRows(of protection: ProtectedEnvironment, in place: SetupPlace) -> FormerRows {
    let made = made(of: protection, in: place)
    func isFormer(_ row: AccessGrant, _ rows: KeyPath<SetupMemory.MadeProtection, Set<Int64>>) -> Bool {
      guard row.grantee != survey.account.map({ .user($0.id) }) else { return false }
      return made.contains { $0[keyPath: rows].contains(row.id) && row.grantee == .user($0.account) }
    }
    return FormerRows(
      deploy: protection.deployAccessLevels.filter { isFormer($0, \.deployRows) },
      approval: protection.approvalRules.filter { isFormer($0, \.approvalRows) })
  }

  /// Takes them into a change, and says so.
  func note(_ former: FormerRows, in change: inout SetupChange, _ lines: inout [String]) {
    change.formerApprovalRows += former.approval.map(\.id)
    change.formerDeployRows += former.deploy.map(\.id)
    lines += former.approval.map { "- approval_rules: \(text($0)), \($0.requiredApprovals ?? 1) approval" }
    lines += former.deploy.map { "- deploy_access_levels: \(text($0))" }
  }

  private func text(_ row: AccessGrant) -> String {
    "\(row.grantee.text) (\(row.accessLevelDescription)), an account that apply had named and that is the gate's no more"
  }

  /// Whether nobody can meet a rule: the one whom it names is gone, or may do nothing.
  func isStranded(_ rule: AccessGrant) -> Bool {
    guard case .user(let id) = rule.grantee, id != survey.account?.id else { return false }
    switch survey.standings[id] {
    case .gone, .barred: return true
    case .active, nil: return false
    }
  }

  /// Rules of others that nobody can meet, in all that protects what is gated.
  var strandedRules: [SetupStep] {
    var steps: [SetupStep] = []
    var seen: Set<String> = []
    func look(_ known: Result<[ProtectedEnvironment], SetupFault>?, _ name: String, _ place: SetupPlace) {
      guard let protection = (try? known?.get())?.first(where: { $0.name == name }), seen.insert("\(place.endpoint) \(name)").inserted
      else {
        return
      }
      let former = formerRows(of: protection, in: place).approval.map(\.id)
      let subject = "protected \(place.level == .group ? "tier" : "environment") \(name) of \(place.text)"
      steps += protection.approvalRules.filter { isStranded($0) && !former.contains($0.id) }.map {
        .cannot("approval rule \($0.id) of \(subject)", whyStranded($0))
      }
    }
    for project in projects where mayAdminister(project) {
      for environment in gatedEnvironments(of: project) {
        look(project.protections, environment.name, project.place)
        guard let tier = environment.tier else { continue }
        for path in project.groupPaths {
          if let group = survey.groups[path.lowercased()] { look(group.protections, tier, group.place) }
        }
      }
    }
    return steps
  }

  func gatedEnvironments(of project: SetupSurvey.ProjectReading) -> [EnvironmentReading] {
    let services = target.services.filter { $0.covers(project: project.id, path: project.path) }
    return ((try? project.environments?.get()) ?? []).filter { one in services.contains { $0.gates(environment: one.name, tier: one.tier) }
    }
  }

  private func whyStranded(_ rule: AccessGrant) -> String {
    let why: String
    if case .user(let id) = rule.grantee, case .barred(let state) = survey.standings[id] {
      why = "whom GitLab lets do nothing (\(state)), and nobody else can meet it as long as that is so"
    } else {
      why = "who is gone from GitLab, and nobody else can meet it"
    }
    return
      "it waits for \(rule.grantee.text) (\(rule.accessLevelDescription)), \(why): deployments wait for ever, whatever the gate says. Apply has not "
      + "made this rule: remove it in GitLab (Settings > CI/CD > Protected environments), and apply again"
  }
}
