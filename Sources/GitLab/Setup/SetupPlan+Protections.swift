internal import ChangeControl

/// Protected environments: the account as approver and, where the gate starts the job, among those who may deploy. What others put there stays.
extension SetupPlanner {
  var protections: [SetupStep] {
    if target.protectsTiers, group == nil { return [.cannot("protected tiers", noGroup)] }
    let (made, staying) = replacement
    var steps: [SetupStep] = []
    for one in made {
      steps.append(one.step)
      // At once: until the former goes both are asked, and what follows may fail.
      if one.project == nil { steps += formerInProjects(givingWayTo: one) }
    }
    return steps + formerInHiddenProjects(made) + formerInGroups(staying, besides: made) + ungated + tiersAbove + strandedRules
  }

  /// A step that protects what is gated.
  struct Protecting {
    var step: SetupStep
    /// Nil: a tier of the group.
    var project: SetupSurvey.ProjectReading?
    /// Nil where it is not known.
    var tier: String?
    /// What holds then, here or above; nil where that is not known.
    var protected: ProtectedName?
  }

  /// - Parameter going: what of the former is to go, so that it covers nothing.
  func protecting(without going: Set<FormerTier>) -> [Protecting] {
    var made: [Protecting] = []
    var tiers: Set<String> = []
    if target.protections == .group, let group {
      tiers = Set(target.services.flatMap(\.gatedTiers))
      made = tiers.sorted().map { protecting($0, of: group, without: going) }
    }
    // What lies elsewhere no tier of the group covers.
    for project in projects where mayAdminister(project) {
      made += protecting(project, besides: group.map { lies(project.path, in: $0.path) } ?? false ? tiers : [], without: going)
    }
    return made
  }

  private func protecting(
    _ project: SetupSurvey.ProjectReading, besides tiers: Set<String>, without going: Set<FormerTier>
  ) -> [Protecting] {
    guard case .success(let environments)? = project.environments else {
      return [Protecting(step: unshownEnvironments(of: project), project: project)]
    }
    let coming = coming(to: project)
    let gated = (gatedEnvironments(of: project) + coming).filter { !($0.tier.map(tiers.contains) ?? false) }
    var made = gated.sorted { $0.name < $1.name }.map { one in
      let above = one.tier.map { asking($0, in: groups(above: project.path), without: going) } ?? []
      var step = protection(one.name, of: project.place, in: project.protections, coveredBy: above)
      if coming.contains(one) {
        if step.mark != .nothing {
          step.notes.append(isToCome(environments.map(\.name)))
        } else if !above.isEmpty {
          step.notes.append("the project has no environment of this name yet: " + isGuessed)
        }
      }
      return Protecting(
        step: step, project: project, tier: one.tier,
        protected: above.first.map { ProtectedName(place: $0.place, name: $0.protection.name) }
          ?? ProtectedName(place: project.place, name: one.name))
    }
    if gated.isEmpty, tiers.isEmpty {
      let step = SetupStep(
        .nothing, "environments of \(project.path)",
        notes: ["none is gated yet: apply again when one is there, or protect whole tiers of a group with `protect: group`"])
      made.append(Protecting(step: step, project: project))
    }
    return made
  }

  private func unshownEnvironments(of project: SetupSurvey.ProjectReading) -> SetupStep {
    let subject = "environments of \(project.path)"
    let why = fault(project.environments)
    guard project.isSwitchedOff else {
      return .cannot(
        subject,
        "GitLab does not show them (\(why)), and jobs may deploy there all the same; switch on Environments in the project (Settings > General > Visibility)"
      )
    }
    return SetupStep(
      .nothing, subject,
      notes: [
        "nothing can be deployed there: CI/CD or the repository is switched off in the project (\(why)). Once they are on, apply again: "
          + "what is gated there and no tier of a group holds is protected only then"
      ])
  }

  /// Names without stars that can be protected before their environments are there, each with the tier that GitLab will give it.
  func coming(to project: SetupSurvey.ProjectReading) -> [EnvironmentReading] {
    guard let known = (try? project.environments?.get())?.map(\.name) else { return [] }
    let services = target.services.filter { $0.covers(project: project.id, path: project.path) }
    return Set(services.flatMap(\.gatedEnvironments).filter(\.isLiteral).map(\.text)).subtracting(known).sorted().map {
      EnvironmentReading(name: $0, tier: guessedTier(ofEnvironment: $0))
    }
  }

  /// Gated by name, and left to a tier of the group.
  func comingBelow(_ tier: String, of group: SetupSurvey.GroupReading) -> [String] {
    let names = projects.filter { mayAdminister($0) && lies($0.path, in: group.path) }.flatMap { project in
      coming(to: project).filter { $0.tier == tier }.map { "\(project.path) \($0.name.bounded(to: 80))" }
    }
    return names.isEmpty ? [] : ["it is to hold \(listed(names)) too, not there yet: " + isGuessed]
  }

  private var isGuessed: String {
    "GitLab gives it this tier by its name, and where it comes with another (`deployment_tier`), nothing holds it until apply is run again"
  }

  /// A name is taken letter by letter: one that is only misspelt would hold nothing.
  private func isToCome(_ names: [String]) -> String {
    let named = names.sorted().prefix(5).map { $0.bounded(to: 80) }.joined(separator: ", ")
    return "the project has no environment of this name yet"
      + (named.isEmpty
        ? "" : "; \(named)\(names.count > 5 ? " and \(names.count - 5) more" : "") are there: see that `environments` says what is meant")
  }

  func protection(
    _ name: String, of place: SetupPlace, in known: Result<[ProtectedEnvironment], SetupFault>?, coveredBy above: [AskingTier]
  ) -> SetupStep {
    let subject = ProtectedName(place: place, name: name).text
    if place.level != .group, let objection = ProtectedEnvironmentOrder.objection(toName: name) { return .cannot(subject, objection) }
    guard case .success(let all)? = known else { return .cannot(subject, whyUnprotectable(known, place)) }
    let existing = all.first { $0.name == name }
    if let covered = covered(subject, existing, of: place, by: above) { return covered }
    var change = SetupChange(.protection, in: place, name: name)
    guard let existing else { return protectAnew(subject, change) }
    var lines: [String] = []
    if let sentence = whyWaiting(existing) { return .cannot(subject, sentence) }
    for rule in survey.account.map({ existing.miscountedRules(for: $0.id) }) ?? [] {
      change.raisedRules.append(rule.id)
      lines.append("~ approval_rules: the service account, \(rule.requiredApprovals ?? 1) → 1 approval")
    }
    if survey.account.map({ existing.isApprover($0.id) }) != true {
      change.needsApprover = true
      lines.append("+ approval_rules: the service account, 1 approval")
    }
    let difference = deployerDifference(of: existing, in: place)
    note(difference, in: &change, &lines)
    if target.playsAfterApproval, survey.account.map({ existing.mayDeploy($0.id) }) != true {
      change.deployers.append(.account)
      lines.append("+ deploy_access_levels: the service account")
    }
    let former = formerRows(of: existing, in: place)
    note(former, in: &change, &lines)
    let notes =
      whatElse(existing, besides: former.approval) + unknownDeployers(of: existing, in: place)
      + difference.missing.compactMap { whyDropped($0.deployer, $0.grantee, in: place) }
    guard !lines.isEmpty else { return SetupStep(.nothing, subject, notes: notes) }
    // Who else may deploy: what GitLab leaves out of that keeps nothing from being gated.
    let isOfOthers =
      !change.needsApprover && change.raisedRules.isEmpty && change.formerApprovalRows.isEmpty && !change.deployers.contains(.account)
    return SetupStep(.update, subject, lines: lines, notes: notes, change: change, holdsUpNothing: isOfOthers)
  }

  /// What others have asked of the account, and it cannot give.
  func whyWaiting(_ protection: ProtectedEnvironment) -> String? {
    guard let account = survey.account else { return nil }
    let own = protection.approvalRules.filter { $0.grantee == .user(account.id) }
    if own.count > 1 {
      return
        "rules \(own.map { "\($0.id)" }.joined(separator: " and ")) name \(account.username), GitLab asks each of them, and one account fills one only: "
        + "deployments wait for ever. Remove all but one in GitLab (Settings > CI/CD > Protected environments), and apply again"
    }
    return protection.miscountedRules(for: account.id).first { !memory.approvalRules.contains($0.id) }.map { rule in
      "rule \(rule.id) of \(account.username) \(rule.miscount ?? ""): deployments \(rule.requiredApprovals ?? 1 > 1 ? "wait for ever" : "pass it"). "
        + "Apply has not made this rule: set its required approvals to 1 in GitLab (Settings > CI/CD > Protected environments), and apply again"
    }
  }

  private func protectAnew(_ subject: String, _ bare: SetupChange) -> SetupStep {
    var change = bare
    change.needsApprover = true
    var lines = ["+ approval_rules: the service account, 1 approval"]
    var notes: [String] = []
    for deployer in target.deployers {
      guard let grantee = grantee(of: deployer) else {
        return .cannot(subject, whyUnknown(deployer))
      }
      notes += [whyDropped(deployer, grantee, in: bare.place)].compactMap(\.self)
      change.deployers.append(.other(grantee))
      lines.append("+ deploy_access_levels: \(text(of: deployer))")
    }
    if target.playsAfterApproval {
      change.deployers.append(.account)
      lines.append("+ deploy_access_levels: the service account")
    }
    guard !change.deployers.isEmpty else {
      return .cannot(
        subject, "nobody could deploy: name somebody under `setup.deployers`, or let the gate start jobs (`after_approval: play`)")
    }
    return SetupStep(.create, subject, lines: lines, notes: notes, change: change)
  }

  /// Other approvers: with their rules alone GitLab would let a deployment through, and with ours it waits for them too.
  func othersApprove(_ protection: ProtectedEnvironment, besides former: [AccessGrant]) -> [String] {
    let others = protection.approvalRules.filter { rule in
      !former.contains(rule) && !isStranded(rule) && survey.account.map { rule.grantee != .user($0.id) } ?? true
    }
    return others.map { rule in
      "others approve in GitLab too (\(rule.accessLevelDescription), \(rule.requiredApprovals ?? 1)): what the gate lets through waits for "
        + "them there; remove rule \(rule.id) if the gate is to decide alone"
    }
  }

  private func whatElse(_ protection: ProtectedEnvironment, besides former: [AccessGrant]) -> [String] {
    var notes = othersApprove(protection, besides: former)
    if protection.approvalRules.isEmpty, protection.requiredApprovalCount > 0 {
      notes.append(
        "it has the old count of \(protection.requiredApprovalCount) approvals, which any deployer can give, around the gate; with a rule it "
          + "no longer counts")
    }
    return notes
  }

  func whyUnprotectable(_ known: Result<[ProtectedEnvironment], SetupFault>?, _ place: SetupPlace) -> String {
    if case .failure(let fault)? = known, fault.kind == .forbidden {
      return "\(survey.person.username) may not see what is protected in \(place.text) (\(fault.message)): use the token of a Maintainer"
    }
    return
      "GitLab does not show what is protected in \(place.text) (\(fault(known))): that takes a Maintainer there, and Premium or Ultimate with a valid "
      + "licence, without which no gate can hold a deployment"
  }

  func fault<Value>(_ result: Result<Value, SetupFault>?) -> String {
    if case .failure(let fault)? = result { fault.message } else { "it was not asked" }
  }
}
