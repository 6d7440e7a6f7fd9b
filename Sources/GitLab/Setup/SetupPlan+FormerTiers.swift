internal import ChangeControl

/// Tiers that apply has protected in groups, and that are configured at another level, or in another group, now: each goes once all of what takes its place
/// can be made, and stays as long as something might be open without it.
extension SetupPlanner {
  /// A protected tier of apply's that is configured at another level, or in another group, now.
  struct FormerTier: Hashable {
    var group: Int64
    var name: String
  }

  private var formerTiers: [(key: FormerTier, group: SetupSurvey.GroupReading, protection: ProtectedEnvironment)] {
    survey.groups.values.sorted { $0.path < $1.path }.filter { target.protections == .project || $0.id != group?.id }.flatMap { group in
      ((try? group.protections?.get()) ?? []).filter { asksByOurRule($0, in: group.place) }
        .map { (FormerTier(group: group.id, name: $0.name), group, $0) }
    }
  }

  /// What protects in place of the former, and why some of that stays: as long as it does, it covers what is below it, and nothing there gets a
  /// second rule. It goes only where all of what takes its place can be made.
  var replacement: (made: [Protecting], staying: [FormerTier: String]) {
    let former = formerTiers
    var staying: [FormerTier: String] = [:]
    let gated = target.services.flatMap(\.gatedTiers)
    for one in former {
      staying[one.key] =
        gated.contains(one.key.name) || !gatedByName(one.key.name, below: one.group).isEmpty
        ? obstacle(toRetire: one.group) ?? whatWouldBeOpen(without: one.protection, of: one.group)
        // As in a configured project (`ungated`): nothing takes its place.
        : "no service gates \(one.key.name) any more, so nothing takes its place, and what waits there waits for ever. Gate it again (`services`), or "
          + "take the account out of it in GitLab (Settings > CI/CD > Protected environments)"
    }
    while true {
      let going = Set(former.map(\.key)).subtracting(staying.keys)
      let made = protecting(without: going)
      let held = former.filter { going.contains($0.key) }.compactMap { one in
        made.first { isInPlace($0, of: one.key, in: one.group) && $0.step.mark == .cannot }.map { (one.key, $0.step) }
      }
      if held.isEmpty { return (made, staying) }
      for (key, step) in held {
        staying[key] = "what takes its place cannot be made yet (\(([step.subject] + step.notes).joined(separator: ": ")))"
      }
    }
  }

  private func isInPlace(_ one: Protecting, of former: FormerTier, in group: SetupSurvey.GroupReading) -> Bool {
    (one.tier == nil || one.tier == former.name) && one.project.map { lies($0.path, in: group.path) } ?? true
  }

  func formerInGroups(_ staying: [FormerTier: String], besides made: [Protecting]) -> [SetupStep] {
    formerTiers.compactMap { key, former, protection in
      if let obstacle = staying[key] {
        return .cannot(
          "protected tier \(protection.name) of \(former.place.text)",
          "apply has made it, and `setup.protect` and `setup.group` say otherwise now. It stays, for without it something might be unprotected: "
            + obstacle + whyItWaits(protection, in: former.place))
      }
      let other = target.protections == .group ? group?.place : nil
      var step = givingWay(
        protection, of: former.place, to: other ?? projects.first?.place ?? .instance,
        made.filter { isInPlace($0, of: key, in: former) }.compactMap(\.protected))
      if step?.change?.isTakenBack == true { step?.notes.append(openLater(without: former)) }
      return step
    }
  }

  /// That a tier which stays asks an account that another takes the place of: nothing hands it over but an apply of the level that it was made for, which
  /// makes the account a member of the group too. Empty where it does not.
  private func whyItWaits(_ protection: ProtectedEnvironment, in place: SetupPlace) -> String {
    let asked = formerRows(of: protection, in: place).approval.map { "\($0.grantee.text) (\($0.accessLevelDescription))" }
    guard !asked.isEmpty else { return "" }
    return
      ". It asks \(listed(asked)), which is the gate's account no more, so that deployments to it wait for ever: set `setup.protect` and `setup.group` "
      + "back and apply, which has it ask the account of now; and change them after that"
  }

  /// One that asks an account which another takes the place of, and that no step changes; nil where none does.
  func stayingTier(asking account: Int64) -> String? {
    let staying = replacement.staying
    let tier = formerTiers.first { key, group, protection in
      staying[key] != nil && formerRows(of: protection, in: group.place).approval.contains { $0.grantee == .user(account) }
    }
    return tier.map { ProtectedName(place: $0.group.place, name: $0.protection.name).text }
  }

  /// Why it is not known that all below it is protected otherwise.
  private func obstacle(toRetire former: SetupSurvey.GroupReading) -> String? {
    guard survey.unresolved.isEmpty else { return "GitLab shows \(survey.person.username) not all projects that are configured, see above" }
    let below = survey.projects.filter { lies($0.path, in: former.path) }
    if let group, target.protections == .group, let outside = below.first(where: { !lies($0.path, in: group.path) }) {
      return "\(outside.path) does not lie in group \(group.path); set `setup.group` to a group that all projects are in"
    }
    return below.first(where: isHidden).map {
      "\($0.path) cannot be set up by \(survey.person.username): apply with the token of somebody who is a Maintainer of all"
    }
  }
}
