internal import ChangeControl

/// A plan of GitLab's that has no protected environments: nothing there can hold a deployment, so nothing is made.
extension SetupPlanner {
  /// Whether that is certain. GitLab's 404 stands for what a plan has not, and for what somebody is not shown (facts E, H): it says the first
  /// only to a Maintainer, and never where the project shows the setting that comes with protected environments.
  func lacksProtectedEnvironments(_ project: SetupSurvey.ProjectReading) -> Bool {
    if project.own?.allowsTriggererApproval != nil { return false }
    if let own = project.own, own.lacksProtectedEnvironments(in: survey.version) { return true }
    guard case .failure(let fault)? = project.protections, fault.kind == .missing else { return false }
    // Not GitLab's own words: its free edition, or a proxy. A GitLab that would show the setting tells which.
    guard !fault.isWordless || survey.version?.showsTriggererApproval == true else { return false }
    if case .success? = project.hooks { return true }
    return (project.personLevel ?? 0) >= 40
  }

  /// One line for all of them.
  var noGate: SetupStep? {
    let lacking = survey.projects.filter(lacksProtectedEnvironments)
    guard let first = lacking.first else { return nil }
    let names = lacking.flatMap { project -> [String] in
      let services = target.services.filter { $0.covers(project: project.id, path: project.path) }
      let known = (try? project.environments?.get()) ?? []
      return known.filter { one in
        services.contains { $0.gates(environment: one.name, tier: one.tier) }
      }
      .map { "protected environment \($0.name) of \(project.place.text)" }
    }
    let subject = names.first ?? "protected environments of \(first.place.text)"
    let others = max(names.count, lacking.count) - 1
    return .cannot(
      others > 0 ? "\(subject) and \(others) more" : subject,
      noPlan(first.own?.lacksProtectedEnvironments(in: survey.version) == true ? "it shows no setting of theirs" : fault(first.protections))
    )
  }

  /// - Parameter why: GitLab's words, or what shows it.
  func noPlan(_ why: String) -> String {
    "GitLab has no protected environments there (\(why)): they need Premium or Ultimate with a valid licence, and no gate can hold a "
      + "deployment without them. Nothing is made there: change the plan (the top-level group's billing page; on your own GitLab Admin > "
      + "Subscription), and run this again"
  }
}

extension SetupFault {
  /// A 404 without a word of GitLab's own.
  fileprivate var isWordless: Bool { message == "404" }
}
