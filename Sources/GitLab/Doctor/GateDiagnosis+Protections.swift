internal import ChangeControl

/// Whether GitLab holds what is gated, for our account's approval, and lets it start the job.
extension GateDiagnosis {
  /// How the account stands to an element of a protection.
  enum Standing: Hashable {
    case own
    /// Through a role or a group, with others.
    case shared
    /// A group of which it is not known.
    case unknown
    case none
  }

  func standing(_ grant: AccessGrant, in gated: Gated, at place: PlaceSurvey) -> Standing {
    guard let account = survey.account else { return .none }
    switch grant.grantee {
    case .user(let id): return id == account.id ? .own : .none
    case .accessLevel(60): return .none
    case .accessLevel(let wanted):
      guard case .success(let level) = gated.survey.level else { return .unknown }
      return level ?? 0 >= wanted ? .shared : .none
    case .group(let id): return place.memberships[id].map { $0 ? .shared : .none } ?? .unknown
    }
  }

  var protectionFindings: [DoctorFinding] {
    let unlicensed = survey.projects.filter { $0.unlicensed != nil }.map(\.place.text)
    var unprotected: [DoctorFinding] =
      unlicensed.isEmpty
      ? []
      : [
        .fail(
          name("protection"),
          "GitLab has no protected environments for \(some(unlicensed)) (\(survey.projects.compactMap(\.unlicensed).first?.reason ?? "")): "
            + "nothing is held there, and each deployment runs without anybody's yes",
          "protected environments need Premium or Ultimate with a valid licence; see Admin > Subscription, or the group's billing page")
      ]
    let looked = gated.filter { $0.survey.protections.gap == nil }
    for gated in looked where gated.protections.isEmpty {
      let tier = gated.environment.tier ?? "unknown"
      unprotected.append(
        // As drift has it: where another place is to protect, what a group does is no excuse.
        gated.unreadGroups.isEmpty || isItsPlaceShown(gated)
          ? .fail(
            name("protection"),
            gated.unreadGroups.isEmpty
              ? "\(gated.text) is gated here and not protected in GitLab: its deployments run without anybody's yes"
              : self.unprotected(gated, gated.unreadGroups),
            "protect it with the service account as approver (Settings > CI/CD > Protected environments). \(Self.setup)")
          : .warn(
            name("protection"),
            "\(gated.text) is not protected in its project; whether \(some(gated.unreadGroups)) protects tier \(tier) may not be read",
            groupRemedy))
    }
    let protected = looked.filter { !$0.protections.isEmpty }
    guard !looked.isEmpty || !unprotected.isEmpty else { return selfApprovalFindings([]) }
    let texts = some(protected.map(\.text))
    let ok = protected.isEmpty ? nil : texts
    return summed("protection", ok: ok, unprotected)
      + summed("approver", ok: ok, protected.flatMap(approverTroubles))
      + summed(
        "other approvers", ok: ok.map { _ in "nobody but the account meets its rule\(othersToo(protected))" }, protected.flatMap(bypasses))
      + summed("approval count", ok: ok.map { _ in "no count without rules" }, protected.flatMap(legacyCounts))
      + (expected.playsAfterApproval ? summed("deployer", ok: ok, protected.flatMap(deployTroubles)) : [])
      + selfApprovalFindings(protected)
  }

  /// Rules of others beside the account's: nothing is wrong with them, and who wonders why a deployment waits that was let through looks here.
  private func othersToo(_ protected: [Gated]) -> String {
    let others = protected.flatMap { gated -> [String] in
      let others = standings(of: gated).others
      return others.all.keys.filter { others.shared[$0] == nil }.sorted().map { "\($0) for \(gated.text)" }
    }
    return others.isEmpty ? "" : "; what it lets through waits in GitLab for others' approval too: \(some(others))"
  }

  /// What shows the gate what a group above protects.
  private var groupRemedy: String {
    expected.isAdminTokenMade
      ? "protect the environment in the project, or, with `setup: {protect: group}`, its tier in the group: \(Self.setup), also an admin_token "
        + "that sees the group in place of the one that it has made; then SIGHUP the server"
      : "give admin_token the token of a Maintainer of that group, or protect the environment in the project. \(Self.setup)"
  }

  func approverTroubles(_ gated: Gated) -> [DoctorFinding] {
    let check = name("approver")
    let account = survey.account?.username ?? ""
    let remedy = "add \(account) to its approval rules, with one required approval. \(Self.setup)"
    let standings = gated.rules.map { standing($0.grant, in: gated, at: $0.place) }
    let counts = gated.protections.contains { $0.protection.requiredApprovalCount > 0 }
    if gated.rules.isEmpty {
      return counts ? [] : [.fail(check, "\(gated.text) is protected and asks for no approval: nothing is ever held", remedy)]
    }
    var troubles: [DoctorFinding] = []
    for (rule, standing) in zip(gated.rules, standings) where standing == .own {
      guard let miscount = rule.grant.miscount else { continue }
      troubles.append(.fail(check, "\(gated.text): the rule of \(account) \(miscount)", "set its required approvals to 1. \(Self.setup)"))
    }
    troubles += strandedRules(gated)
    let fitting = standings.count { $0 == .own || $0 == .shared }
    let own = zip(gated.rules, standings).filter { $0.1 == .own }.map(\.0)
    if own.count > 1 {
      // Nobody else can meet any of them.
      let places = own.map(\.place.place.text).reduce(into: [String]()) { kept, place in if !kept.contains(place) { kept.append(place) } }
      troubles.append(
        .fail(
          check,
          "\(gated.text): \(own.count) rules name \(account) (\(some(places))), and one account fills only one of them: its deployments wait for ever",
          "leave it one rule: `gatehouse setup plan` shows which is not configured any more, and `gatehouse setup apply` takes it back where it has "
            + "made it; any other remove in GitLab (Settings > CI/CD > Protected environments)"))
    } else if fitting > 1 {
      troubles.append(
        .warn(
          check, "\(gated.text): \(account) fits \(fitting) rules and fills only one of them: the others wait for somebody else",
          "give the account one rule, and no role or group that another rule names"))
    }
    guard fitting == 0 else { return troubles }
    let isUnknown = standings.contains(.unknown)
    let seen =
      "\(gated.text): none of its approval rules \(isUnknown ? "is known to have" : "has") \(account): GitLab refuses its approvals"
    return troubles + [isUnknown ? .warn(check, seen, remedy) : .fail(check, seen, remedy)]
  }

  /// Those whom approval rules name besides the account. GitLab lets one ask for 300 users in ten minutes: each is asked for once, and not too many.
  package var usersOfInterest: [Int64] {
    let named = gated.flatMap(\.rules).compactMap { rule in if case .user(let id) = rule.grant.grantee { id } else { nil } }
    let others = named.reduce(into: [Int64]()) { kept, id in if id != survey.account?.id, !kept.contains(id) { kept.append(id) } }
    return Array(others.prefix(Limits.askedGrants))
  }

  /// Rules that nobody can meet, or nobody does: all rules count, so one of them holds every deployment for ever.
  private func strandedRules(_ gated: Gated) -> [DoctorFinding] {
    gated.rules.compactMap { place, rule in
      guard case .user(let id) = rule.grantee, id != survey.account?.id else { return nil }
      let why: String
      switch survey.standings[id] {
      case .active?, nil:
        let isApplys = made(in: place).contains { $0.account == id && $0.approvalRows.contains(rule.id) }
        return isApplys ? former(rule, id, place, gated) : nil
      case .barred(let state)?: why = "whom GitLab lets do nothing (\(state))"
      case .gone?: why = "who is gone from GitLab"
      }
      return .fail(
        name("approver"),
        "\(gated.text): rule \(rule.id) of \(place.place.text) waits for user \(id) (\(rule.accessLevelDescription)), \(why): nobody can meet it, and "
          + "deployments wait for ever",
        "`gatehouse setup apply` takes it out where it has made it for an account that was the gate's; any other remove in GitLab (Settings > CI/CD "
          + "> Protected environments)")
    }
  }

  /// The account that apply had made it for may be there: nobody has it approve any more.
  private func former(_ rule: AccessGrant, _ id: Int64, _ place: PlaceSurvey, _ gated: Gated) -> DoctorFinding {
    .fail(
      name("approver"),
      "\(gated.text): rule \(rule.id) of \(place.place.text) asks for user \(id) (\(rule.accessLevelDescription)), whom apply had named and who is the "
        + "gate's account no more: its deployments wait for ever",
      "`gatehouse setup plan` says how that ends")
  }

  /// Who could say yes in the account's place: a rule that others meet is met without the gate.
  func bypasses(_ gated: Gated) -> [DoctorFinding] {
    let standings = gated.rules.map { standing($0.grant, in: gated, at: $0.place) }
    guard !standings.contains(.own) else { return [] }
    return zip(gated.rules, standings).filter { $0.1 == .shared }.map { rule, _ in
      .warn(
        name("other approvers"),
        "\(gated.text): the account approves for \(rule.grant.grantee.people), and so can everybody else of them, past the gate",
        "name the account itself (user_id) in the rule. \(Self.setup)")
    }
  }

  func legacyCounts(_ gated: Gated) -> [DoctorFinding] {
    gated.protections.filter { $0.protection.requiredApprovalCount > 0 && $0.protection.approvalRules.isEmpty }.map { place, protection in
      .warn(
        name("approval count"),
        "\(gated.text): \(place.place.text) counts \(protection.requiredApprovalCount) approvals without rules: whoever may deploy can give "
          + "them past the gate, and GitLab refuses such counts from its 2026 versions on",
        "replace the count by an approval rule for the service account. \(Self.setup)")
    }
  }

  /// Each protection has to let it.
  func deployTroubles(_ gated: Gated) -> [DoctorFinding] {
    gated.protections.compactMap { place, protection in
      let standings = protection.deployAccessLevels.map { standing($0, in: gated, at: place) }
      guard !standings.contains(.own), !standings.contains(.shared) else { return nil }
      let account = survey.account?.username ?? ""
      let seen =
        "\(gated.text): \(account) is not known to be allowed to deploy by \(place.place.text): GitLab refuses to have it start jobs"
      let remedy = "add it to 'Allowed to deploy', or set after_approval: leave and have people start them. \(Self.setup)"
      return standings.contains(.unknown) ? .warn(name("deployer"), seen, remedy) : .fail(name("deployer"), seen, remedy)
    }
  }

  /// GitLab compares who triggered the deployment with who approves it (facts C.6). It is a trouble only for an account that triggers.
  private func selfApprovalFindings(_ protected: [Gated]) -> [DoctorFinding] {
    let places = Set(protected.map(\.survey.place))
    let surveys = survey.projects.filter { places.contains($0.place) }
    let troubles = surveys.filter { $0.allowsTriggererApproval == false && survey.triggeredByAccount.contains($0.project?.path ?? "") }.map
    {
      DoctorFinding.warn(
        name("self-approval"), "the account has triggered deployments of \($0.place.text) itself, and GitLab refuses its approval of those",
        "trigger pipelines with another account, or allow it: Settings > CI/CD > Protected environments > Allow pipeline triggerer to "
          + "approve deployment")
    }
    let blind = unseenSelfApproval
    guard blind.isEmpty else { return summed("self-approval", ok: nil, troubles + blind) }
    guard let first = surveys.first(where: { $0.allowsTriggererApproval != nil }) else { return [] }
    let on = surveys.filter { $0.allowsTriggererApproval == true }.map(\.place.text)
    return summed(
      "self-approval", ok: on.isEmpty ? "off, as in \(first.place.text)" : "on in \(some(on)): the gate's own policies decide about it",
      troubles)
  }
}

extension GateDiagnosis {
  /// What a look counts as unseen is named here, with what shows it.
  private var unseenSelfApproval: [DoctorFinding] {
    let hidden = survey.projects.filter { $0.project?.id != nil }.compactMap { project in selfApprovalGap(project).map { (project, $0) } }
    guard let first = hidden.first else { return [] }
    let look = "look in GitLab: Settings > CI/CD > Protected environments > Allow pipeline triggerer to approve deployment"
    let otherwise =
      survey.version.map(\.showsTriggererApproval) == false
      ? "\(look); from 15.10 on GitLab shows it to the gate"
      : "see that the account is a member there, and that nothing between the gate and GitLab takes "
        + "allow_pipeline_trigger_approve_deployment out of its answer to GET /projects/:id; or \(look)"
    let remedy = first.0.own?.gap?.remedy(otherwise) ?? otherwise
    return [
      .warn(
        name("self-approval"),
        "whether who triggers a pipeline may approve its deployment is not shown for \(some(hidden.map(\.0.place.text))) (\(first.1)): a "
          + "change of that goes unnoticed", remedy)
    ]
  }
}

extension Result where Failure == SurveyGap {
  var gap: SurveyGap? { if case .failure(let gap) = self { gap } else { nil } }
}

extension SurveyGap {
  /// Where the project itself is shown, its protected environments are missing only in a plan that has none (facts E).
  var isUnlicensed: Bool { if case .missing(let message) = self { !message.lowercased().contains("project") } else { false } }
}
