internal import ChangeControl

/// What waits for the account and no service gates, environment by environment, to be held against the next look.
extension GateDiagnosis {
  /// What apply has protected of a project's environments, by their names or by their tiers in groups above, gated or not; and what else waits for the
  /// account and is not gated. A place that nothing configured lies in any more is nobody's drift: the configuration has left it.
  func ungatedFootings(_ project: PlaceSurvey, id: Int64, gaps: inout Set<FootingLook.Gap>) -> [Footing] {
    let places = ([project] + project.groupPaths.compactMap(surveyed)).map { (survey: $0, made: made(in: $0), held: held(in: $0)) }
    guard case .success(let environments) = project.environments else {
      // What else is known to wait there `unreadProtections` keeps.
      let isKnown = places.contains { $0.made.contains { !$0.approvalRows.isEmpty } }
      if isKnown, !project.isSwitchedOff { gaps.insert(.init(check: .ungated)) }
      return []
    }
    var footings: [Footing] = []
    for environment in environments {
      func isMeant(by place: PlaceSurvey, _ name: String) -> Bool {
        name == (place.project == nil ? environment.tier : environment.name)
      }
      let own = places.filter { place in place.made.contains { !$0.approvalRows.isEmpty && isMeant(by: place.survey, $0.name) } }
      let holding = places.flatMap { place in
        place.held.filter { isMeant(by: place.survey, $0.protection.name) }.map { (place: place.survey.place.text, claim: $0.claim) }
      }
      let isGated = gates(environment, in: project)
      guard !own.isEmpty || !(holding.isEmpty || isGated) else { continue }
      let isRead = project.unlicensed != nil || own.allSatisfy { $0.survey.protections.gap == nil }
      guard isRead || !holding.isEmpty, footings.count < Limits.watchedEnvironments else {
        gaps.insert(.init(environment: environment.name, check: .ungated))
        continue
      }
      let text = "\(project.place.text) \(environment.name)"
      var state = Dictionary(holding.map { ($0.place, Int64(1)) }) { first, _ in first }
      state["gated"] = isGated ? 1 : 0
      let claim = holding.contains { $0.claim == .applys } ? Claim.applys : holding.first?.claim
      footings.append(
        Footing(
          .init(project: id, environment: environment.name, check: .ungated), place: text, state: state,
          trouble: isGated ? nil : claim.map { "\(text) \(waitsForEver($0))" }))
    }
    return footings
  }

  /// What tiers of groups hold below them in projects that no service covers: nobody is asked there, and whoever made the project may not know of the gate.
  func uncoveredFootings(_ look: inout FootingLook) {
    for below in survey.uncovered {
      let held = survey.groups.first { $0.place == below.group }.map(held) ?? []
      for project in below.projects where !project.isCutShort {
        guard let environments = try? project.environments?.get() else { continue }
        look.uncovered.insert(project.id)
        for environment in environments where held.contains(where: { $0.protection.name == environment.tier }) {
          let subject = Footing.Subject(project: project.id, environment: environment.name, check: .ungated)
          // Each of several groups above holds it.
          if let known = look.found.firstIndex(where: { $0.subject == subject }) {
            look.found[known].state[below.group.text] = 1
            continue
          }
          let place = "\(project.path) \(environment.name)"
          look.found.append(
            Footing(
              subject, place: place, state: [below.group.text: 1, "gated": 0],
              trouble:
                "\(place) waits for the account by tier \(environment.tier ?? "") of \(below.group.text), and no service covers the project: "
                + "its deployments wait for ever"))
        }
      }
    }
    let unread = survey.groups.filter { $0.protections.gap != nil }.map(\.place.text)
    let cutShort = survey.uncovered.filter { below in below.gap != nil || !below.projects.allSatisfy { look.uncovered.contains($0.id) } }
    let former = expected.madeProtections.filter { made in
      made.place.level == .group && !survey.groups.contains { self.made(in: $0).contains(made) }
    }
    look.unreadGroups = Set(unread + former.map(\.place.text))
    look.cutShortGroups = Set(cutShort.map(\.group.text))
  }

  /// Of a project: where it is not known what is protected, or of what environments, so that what was known to wait there may still.
  func unreadProtections(of project: PlaceSurvey) -> Set<String> {
    let groups = project.groupPaths.map { PlaceSurvey.Place.group($0).text }
    guard project.environments.gap == nil else { return Set(groups + [project.place.text]) }
    guard project.unlicensed == nil else { return [] }
    let read = Set(([project] + survey.groups).filter { $0.protections.gap == nil }.map(\.place.text))
    return Set(groups + [project.place.text]).subtracting(read)
  }
}
