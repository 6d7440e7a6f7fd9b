internal import ChangeControl

/// Protected tiers of other groups that ask the account already. GitLab asks the rules of every level (facts E), and one person fills one rule only (facts J,
/// 425759): with a second one for it deployments would wait for ever.
extension SetupPlanner {
  /// A protected tier of which the account is an approver.
  struct AskingTier {
    var place: SetupPlace
    var protection: ProtectedEnvironment
  }

  /// - Parameter going: what of the former is to go, so that it covers nothing.
  func asking(_ tier: String, in groups: [SetupSurvey.GroupReading], without going: Set<FormerTier>) -> [AskingTier] {
    guard let account = survey.account else { return [] }
    return groups.compactMap { group in
      guard case .success(let protections)? = group.protections, !going.contains(FormerTier(group: group.id, name: tier)),
        let protection = protections.first(where: { $0.name == tier && $0.isApprover(account.id) })
      else { return nil }
      return AskingTier(place: group.place, protection: protection)
    }
  }

  /// The groups that a project or a group lies in, the deepest first.
  func groups(above path: String) -> [SetupSurvey.GroupReading] {
    survey.groups.values.filter { lies(path, in: $0.path) }.sorted { $0.path.utf8.count > $1.path.utf8.count }
  }

  func protecting(_ tier: String, of group: SetupSurvey.GroupReading, without going: Set<FormerTier>) -> Protecting {
    let above = asking(tier, in: groups(above: group.path), without: going)
    let inside = survey.groups.values.filter { lies($0.path, in: group.path) }.sorted { $0.path < $1.path }
    let below = asking(tier, in: inside, without: going)
    var step = protection(tier, of: group.place, in: group.protections, coveredBy: above.isEmpty ? [] : above + below)
    if step.mark != .cannot, above.isEmpty, let below = below.first {
      let name = ProtectedName(place: group.place, name: tier)
      let existing = (try? group.protections?.get())?.first { $0.name == tier }
      step = .cannot(name.text, existing.flatMap { whyTwice($0, in: group.place, below) } ?? whyAskedBelow(below.place.text))
    }
    // Where the tier asks the account already, each project's protection has a line of its own.
    if step.change?.needsApprover == true, above.isEmpty, let below = askedByOthers(tier, below: group).first {
      step = .cannot(ProtectedName(place: group.place, name: tier).text, whyAskedBelow(below.text))
    }
    // What another group protects is not this one's to tell of.
    if step.mark != .cannot, above.isEmpty { step.notes += heldBelow(tier, of: group) }
    if step.mark != .cannot { step.notes += comingBelow(tier, of: group) }
    return Protecting(step: step, tier: tier, protected: ProtectedName(place: above.first?.place ?? group.place, name: tier))
  }

  /// What becomes of a protection below a tier that asks the account.
  func covered(
    _ subject: String, _ existing: ProtectedEnvironment?, of place: SetupPlace, by tiers: [AskingTier]
  ) -> SetupStep? {
    guard let first = tiers.first else { return nil }
    if let existing, let sentence = whyTwice(existing, in: place, first) { return .cannot(subject, sentence) }
    let covered = "\(subject): \(place.level == .group ? "it" : "its tier") is protected in \(first.place.text)"
    if tiers.count > 1, let sentence = whyTwice(first.protection, in: first.place, tiers[1], here: "there") {
      return .cannot(covered, sentence)
    }
    // The doctor fails on it wherever it stands, and what apply made of a group has a line of its own.
    if let sentence = whyWaiting(first.protection) { return .cannot(covered, sentence) }
    guard let existing else { return SetupStep(.nothing, covered) }
    let isOfFormer = !formerRows(of: existing, in: place).approval.isEmpty
    let step =
      isOfFormer
      ? givingWay(existing, of: place, to: first.place, [ProtectedName(place: first.place, name: first.protection.name)])
      : keeping(existing, SetupChange(.protection, in: place, name: existing.name), without: [], beside: first.place)
    return noting(existing, of: place, step ?? SetupStep(.nothing, covered))
  }

  /// Nil where the first does not ask the account.
  private func whyTwice(_ protection: ProtectedEnvironment, in place: SetupPlace, _ other: AskingTier, here: String = "here") -> String? {
    guard let account = survey.account, protection.isApprover(account.id) else { return nil }
    let areOurs = asksByOurRule(protection, in: place) && asksByOurRule(other.protection, in: other.place)
    return areOurs ? whyBothStay(other.place, other.protection.name, here: here) : inBoth(other.place, here: here)
  }

  /// Environments of a tier whose own protection has a rule of the account that apply has not made: one of apply's gives way to the group's.
  private func askedByOthers(_ tier: String, below group: SetupSurvey.GroupReading) -> [ProtectedName] {
    guard let account = survey.account else { return [] }
    return projects.filter { lies($0.path, in: group.path) }.flatMap { project in
      let environments = ((try? project.environments?.get()) ?? []) + coming(to: project)
      return ((try? project.protections?.get()) ?? []).filter { protection in
        let ours = made(of: protection, in: project.place).filter { $0.account == account.id }.flatMap(\.approvalRows)
        return environments.contains { $0.name == protection.name && $0.tier == tier }
          && protection.approvalRules.contains { $0.grantee == .user(account.id) && !ours.contains($0.id) }
      }.map { ProtectedName(place: project.place, name: $0.name) }
    }
  }

  private func whyAskedBelow(_ other: String) -> String {
    "the account is an approver in \(other), which lies below: with a rule here too GitLab would ask both there, and one account fills one rule only, so that "
      + "deployments would wait for ever. Take the account out of that one in GitLab (Settings > CI/CD > Protected environments), or name a group "
      + "under `setup.group` that suits all projects, or set `protect: project`; and apply at once, for without it nothing is held there until then"
  }
}
