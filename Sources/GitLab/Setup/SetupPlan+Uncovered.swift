internal import ChangeControl

/// What a group's tier holds and no service covers: it waits for an account that nobody asks there, and would be open as soon as the tier goes.
extension SetupPlanner {
  /// Below a group.
  private struct Uncovered {
    /// Environments of the tier, with their projects.
    var held: [String] = []
    /// Projects of which GitLab does not show it, and why.
    var hidden: [(path: String, why: String)] = []
    /// Projects that were not asked for, or not for all of theirs.
    var unasked: [String] = []
  }

  /// - Parameter orInThemselves: whether it does not count what the project protects too.
  private func uncovered(
    by tier: String, of projects: [SetupSurvey.UncoveredProject], orInThemselves: Bool
  ) -> Uncovered {
    var found = Uncovered()
    for project in projects where !project.isIdle {
      switch project.environments {
      case nil: found.unasked.append(project.path)
      case .failure(let fault)?: found.hidden.append((project.path, fault.message))
      case .success(let environments)?:
        let held = environments.filter { $0.tier == tier }
        if orInThemselves, !held.isEmpty, case .failure(let fault)? = project.protections {
          found.hidden.append((project.path, fault.message))
          continue
        }
        let own = orInThemselves ? ((try? project.protections?.get()) ?? []).map(\.name) : []
        let open = held.filter { !own.contains($0.name) }.map { "\(project.path) \($0.name.bounded(to: 80))" }
        found.held += open
        if open.isEmpty, project.isCutShort { found.unasked.append(project.path) }
      }
    }
    return found
  }

  private func projects(_ ids: [Int64]) -> [SetupSurvey.UncoveredProject] {
    ids.compactMap { survey.uncovered[$0] }.sorted { ($0.path, $0.id) < ($1.path, $1.id) }
  }

  // MARK: A tier that stays

  /// What waits for ever where a tier of the group is protected, for people: nothing that a service has to cover.
  func heldBelow(_ tier: String, of group: SetupSurvey.GroupReading) -> [String] {
    switch group.uncovered {
    case nil: return []
    case .failure(let fault)?:
      return [
        "it holds the projects of \(group.place.text) that no service covers too, and GitLab does not show \(survey.person.username) which these are "
          + "(\(fault.message))"
      ]
    case .success(let ids)?:
      var found = uncovered(by: tier, of: projects(ids), orInThemselves: false)
      found.held += ungatedInCovered(tier, below: group, orInThemselves: false)
      let unseen = found.hidden.map(\.path) + found.unasked
      return [
        found.held.isEmpty
          ? nil
          : "it holds \(listed(found.held)) too, which no service gates: what is deployed there waits for the service account, and nobody asks it "
            + "there. Gate them (`services`), or let the gate decide for its projects alone with `protect: project`",
        unseen.isEmpty ? nil : "whether it holds \(listed(unseen)) too, which no service covers, was not shown or not looked at",
      ].compactMap(\.self)
    }
  }

  // MARK: A tier that goes

  /// Why a tier of before stays: what it alone holds would be open. Nil where somebody has decided of all of it, in `services` or in the project itself.
  func whatWouldBeOpen(without tier: ProtectedEnvironment, of former: SetupSurvey.GroupReading) -> String? {
    let ours = made(of: tier, in: former.place).reduce(into: Set<Int64>()) { $0.formUnion($1.approvalRows) }
    // Whoever else approves there goes on holding them.
    guard tier.approvalRules.allSatisfy({ ours.contains($0.id) }) else { return nil }
    guard case .success(let ids)? = former.uncovered else {
      return
        "GitLab does not show which projects lie below it that no service covers (\(fault(former.uncovered))), and these would be open: apply again "
        + "when it does, with the token of an Owner of \(former.place.text)"
    }
    let below = projects(ids).filter { !isHeldOtherwise($0) }
    var found = uncovered(by: tier.name, of: below, orInThemselves: true)
    found.held += ungatedInCovered(tier.name, below: former, orInThemselves: true)
    if !found.held.isEmpty {
      return
        "it alone holds \(listed(found.held)), which no service gates, and which would be open. Gate them with a service (`services`), or protect "
        + "each in its project in GitLab (Settings > CI/CD > Protected environments) with whoever may deploy there, and apply again; or stay with "
        + "`protect: group`"
    }
    if let hidden = found.hidden.first {
      return
        "GitLab does not show \(survey.person.username) whether it holds \(listed(found.hidden.map(\.path))) (\(hidden.why)), which no service covers: "
        + "apply with the token of an Owner of \(former.place.text), or cover them with a service"
    }
    guard !found.unasked.isEmpty else { return nil }
    return
      "whether it holds \(listed(found.unasked)), which no service covers, was not looked at: at most \(Limits.uncoveredProjects) such projects are, "
      + "and \(Limits.uncoveredEnvironments) environments of each. Cover more of them with a service, with a pattern "
      + "(`projects: [\"\(former.path)/*\"]`), or stay with `protect: group`"
  }

  /// A tier protects whatever lies below its group. What it alone holds there now keeps it; what is to come does not.
  func openLater(without former: SetupSurvey.GroupReading) -> String {
    let off = projects((try? former.uncovered?.get()) ?? []).filter { $0.isSwitchedOff && !isHeldOtherwise($0) }.map(\.path)
    return
      "projects of \(former.place.text) that no service covers, and that have no environment of the tier yet, or do without CI/CD or a repository, are "
      + "protected by it no more either: what is deployed there later waits for nobody"
      + (off.isEmpty ? "" : ". Without these as yet: \(listed(off, upTo: 10))")
  }

  /// Of projects that a service covers: what else is of the tier, where that one gates some by name.
  private func ungatedInCovered(_ tier: String, below former: SetupSurvey.GroupReading, orInThemselves: Bool) -> [String] {
    let other = target.protections == .group && group?.id != former.id ? group : nil
    return projects.filter { project in
      lies(project.path, in: former.path) && !(other.map { lies(project.path, in: $0.path) } ?? false)
    }.flatMap { project in
      let own = orInThemselves ? ((try? project.protections?.get()) ?? []).map(\.name) : []
      let decided = gatedEnvironments(of: project).map(\.name) + own
      return ((try? project.environments?.get()) ?? []).filter { $0.tier == tier && !decided.contains($0.name) }
        .map { "\(project.path) \($0.name.bounded(to: 80))" }
    }
  }

  /// By the tier of the group that is configured now.
  private func isHeldOtherwise(_ project: SetupSurvey.UncoveredProject) -> Bool {
    guard target.protections == .group, let group else { return false }
    return lies(project.path, in: group.path)
  }

  func listed(_ all: [String], upTo most: Int = 5) -> String {
    all.prefix(most).joined(separator: ", ") + (all.count > most ? " and \(all.count - most) more" : "")
  }
}
