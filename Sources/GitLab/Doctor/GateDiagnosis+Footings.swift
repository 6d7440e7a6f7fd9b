package import ChangeControl

/// What of a survey is compared with the next one, to notice what has drifted: state by state, with what is wrong with it by the same judgement as
/// the doctor's.
extension GateDiagnosis {
  /// What a look at a GitLab found. What could not be read is a gap in it, and no change.
  package var footingLook: FootingLook {
    var look = FootingLook(instance: expected.instance)
    guard let account = accountFooting else { return look }
    look.found.append(account)
    guard survey.account != nil else { return look }
    look.unseen = unseen
    look.beyond = Set(survey.beyond.map(\.id))
    look.departed = survey.departed
    look.isWhole =
      !survey.isUnsure && survey.projects.count + survey.beyond.count == survey.projectCount
      && !survey.problems.contains { if case .retry = $0.obstacle { true } else { false } }
    let gated = Dictionary(grouping: self.gated) { $0.survey.place }
    for project in survey.projects {
      guard let id = project.project?.id else { continue }
      var gaps: Set<FootingLook.Gap> = []
      look.found += projectFootings(project, id: id, gaps: &gaps) + ungatedFootings(project, id: id, gaps: &gaps)
      switch project.environments {
      case .success(let all): look.environments[id] = Set(all.map(\.name))
      // Nothing is deployed there until it is switched on again, and looked at anew.
      case .failure where project.isSwitchedOff: look.environments[id] = []
      case .failure: gaps.formUnion(Self.environmentGaps())
      }
      if case .failure = project.protections, project.unlicensed == nil { gaps.formUnion(Self.environmentGaps()) }
      let environments = gated[project.place] ?? []
      if environments.count > Limits.watchedEnvironments { gaps.formUnion(Self.environmentGaps()) }
      for environment in environments.prefix(Limits.watchedEnvironments) {
        look.found += environmentFootings(environment, id: id, gaps: &gaps)
      }
      look.projects[id] = gaps
      look.unread[id] = unreadProtections(of: project)
    }
    uncoveredFootings(&look)
    return look
  }

  /// Nil where GitLab did not answer at all.
  private var accountFooting: Footing? {
    let subject = Footing.Subject(project: nil, check: .account)
    let place = "GitLab \(expected.instance)"
    switch survey.probe.account {
    case .success: return Footing(subject, place: place, state: ["known": 1])
    case .failure(.refused(let reason)): return Footing(subject, place: place, state: ["known": 0], trouble: reason)
    case .failure: return nil
    }
  }

  /// What is read environment by environment.
  private static func environmentGaps(_ environment: String? = nil, besides: Set<Footing.Check> = []) -> [FootingLook.Gap] {
    [Footing.Check.protection, .approver, .deployer, .otherApprovers, .approvalRules].filter { !besides.contains($0) }.map {
      FootingLook.Gap(environment: environment, check: $0)
    }
  }

  // MARK: A project

  private func projectFootings(_ project: PlaceSurvey, id: Int64, gaps: inout Set<FootingLook.Gap>) -> [Footing] {
    var footings: [Footing] = []
    let text = project.place.text
    if case .success(let level) = project.level {
      let trouble: String? =
        switch level {
        case nil: "our account is no member of \(text): its approvals are refused"
        case .some(..<30): "our account has level \(level ?? 0) in \(text), which may not approve deployments"
        default: nil
        }
      footings.append(Footing(.init(project: id, check: .membership), place: text, state: ["level": level ?? 0], trouble: trouble))
    } else {
      gaps.insert(.init(check: .membership))
    }
    if let allowed = project.allowsTriggererApproval {
      footings.append(Footing(.init(project: id, check: .selfApproval), place: text, state: ["allowed": allowed ? 1 : 0]))
    } else {
      gaps.insert(.init(check: .selfApproval))
    }
    if let webhook = webhookFooting(project, id: id) { footings.append(webhook) } else { gaps.insert(.init(check: .webhook)) }
    return footings
  }

  // MARK: An environment

  /// Those of groups count as they are protected there: what one could not read may be the one that protects it.
  private func environmentFootings(_ gated: Gated, id: Int64, gaps: inout Set<FootingLook.Gap>) -> [Footing] {
    let name = gated.environment.name
    let unlicensed = gated.survey.unlicensed
    guard gated.survey.protections.gap == nil || unlicensed != nil, gated.untoldGroups.isEmpty else {
      gaps.formUnion(Self.environmentGaps(name))
      return []
    }
    let unread = Set(gated.unreadGroups)
    func footing(_ check: Footing.Check, _ state: [String: Int64], _ trouble: String?, isCertain: Bool = true) -> Footing {
      Footing(
        .init(project: id, environment: name, check: check), place: gated.text, state: state, trouble: trouble, isCertain: isCertain,
        unread: unread)
    }
    let sources = Dictionary(gated.protections.map { ($0.place.place.text, Int64(1)) }) { first, _ in first }
    // One place that protects it is enough, whatever another does not show; and the one that is to protect it says that it does not.
    let protection = footing(
      .protection, sources, sources.isEmpty ? unprotected(gated, unread.sorted()) : nil,
      isCertain: unread.isEmpty || !sources.isEmpty || isItsPlaceShown(gated))
    guard !sources.isEmpty else {
      // Whatever else was wrong with it is neither mended nor worse.
      gaps.formUnion(Self.environmentGaps(name, besides: [.protection]))
      return [protection]
    }
    let (own, others, isKnown) = standings(of: gated)
    let isAlone = !own.isEmpty
    let isToldOfAll = !gated.rules.contains { rule in
      if case .user(let id) = rule.grant.grantee { survey.untoldStandings.contains(id) } else { false }
    }
    var found = [
      protection,
      footing(
        .approver, own.merging(isAlone ? [:] : others.shared) { first, _ in first }, sentence(approverTroubles(gated)),
        isCertain: isKnown && isToldOfAll),
      footing(.otherApprovers, isAlone ? [:] : others.shared, sentence(bypasses(gated) + legacyCounts(gated)), isCertain: isKnown),
      footing(.approvalRules, others.all, nil),
    ]
    if expected.playsAfterApproval {
      let deployers = self.deployers(of: gated)
      found.append(footing(.deployer, deployers.state, sentence(deployTroubles(gated)), isCertain: deployers.isKnown))
    }
    return found
  }

  /// - Parameter unread: groups above of which it is not shown whether they protect it.
  func unprotected(_ gated: Gated, _ unread: [String]) -> String {
    if let unlicensed = gated.survey.unlicensed {
      return "\(gated.text) is not protected in GitLab, which has no protected environments there any more (\(unlicensed.reason)): see its "
        + "licence: its deployments run without anybody's yes"
    }
    guard !unread.isEmpty else { return "\(gated.text) is not protected in GitLab: its deployments run without anybody's yes" }
    let places = tierPlace(of: gated).map { "protected neither in its project nor by its tier in group \($0)" }
    return
      "\(gated.text) is \(places ?? "not protected in its project"), and what \(some(unread)) protects could not be looked at: unless that does, "
      + "its deployments run without anybody's yes"
  }

  private func sentence(_ findings: [DoctorFinding]) -> String? {
    findings.isEmpty ? nil : findings.map(\.seen).joined(separator: "; ")
  }

  /// The rules by whose they are, each with the approvals it asks for: our account's own; the others, and those of them that it fits or may fit.
  func standings(
    of gated: Gated
  ) -> (own: [String: Int64], others: (all: [String: Int64], shared: [String: Int64]), isKnown: Bool) {
    var own: [String: Int64] = [:]
    var others: (all: [String: Int64], shared: [String: Int64]) = ([:], [:])
    var isKnown = true
    for (place, grant) in gated.rules {
      let name = "\(grant.grantee.people) (\(place.place.text))"
      let required = grant.requiredApprovals ?? 1
      switch standing(grant, in: gated, at: place) {
      case .own: own[name, default: 0] += required
      case .shared: others.shared[name, default: 0] += required
      case .unknown:
        others.shared[name, default: 0] += required
        isKnown = false
      case .none: break
      }
      if own[name] == nil { others.all[name, default: 0] += required }
    }
    for (place, protection) in gated.protections where protection.approvalRules.isEmpty && protection.requiredApprovalCount > 0 {
      others.all["whoever may deploy (\(place.place.text))"] = protection.requiredApprovalCount
    }
    return (own, others, isKnown)
  }

  /// What lets our account deploy, protection by protection.
  private func deployers(of gated: Gated) -> (state: [String: Int64], isKnown: Bool) {
    var state: [String: Int64] = [:]
    var isKnown = true
    for (place, protection) in gated.protections {
      for grant in protection.deployAccessLevels {
        let standing = standing(grant, in: gated, at: place)
        guard standing != .none else { continue }
        if standing == .unknown { isKnown = false }
        state["\(grant.grantee.people) (\(place.place.text))"] = 1
      }
    }
    return (state, isKnown)
  }
}
