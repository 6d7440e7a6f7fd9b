internal import ChangeControl

/// What apply has protected once and nothing that is configured gates any more: its deployments would wait for an approver that is no longer asked.
extension SetupPlanner {
  /// Each as undo takes it back: whole where it is apply's alone, else without the account.
  var ungated: [SetupStep] {
    var subjects: [String] = []
    return memory.protections.compactMap { made in
      let subject = "protected \(made.place.level == .group ? "tier" : "environment") \(made.name) of \(made.place.text)"
      guard isUngated(made), !subjects.contains(subject) else { return nil }
      subjects.append(subject)
      var change = SetupChange(.protection, in: made.place, name: made.name)
      change.isTakenBack = true
      return SetupStep(
        .update, subject,
        lines: ["- taken back: apply has made it, and nothing that is configured gates it any more; what waits there would wait for ever"],
        change: change)
    }
  }

  /// What cannot be seen may be gated: it stays.
  private func isUngated(_ made: SetupMemory.MadeProtection) -> Bool {
    guard survey.unresolved.isEmpty else { return false }
    guard made.place.level == .project else {
      // Another group's, or where projects are configured now, is told beside what takes its place.
      return target.protections == .group && group.map { $0.place.isSame(as: made.place) } ?? false
        && !target.services.contains { $0.gatedTiers.contains(made.name) }
    }
    // A project that no service names any more is not looked at: what stands there `undo` takes back.
    guard let project = survey.projects.first(where: { $0.place.isSame(as: made.place) }),
      let environment = (try? project.environments?.get())?.first(where: { $0.name == made.name })
    else { return false }
    return !target.services.contains {
      $0.covers(project: project.id, path: project.path) && $0.gates(environment: environment.name, tier: environment.tier)
    }
  }
}
