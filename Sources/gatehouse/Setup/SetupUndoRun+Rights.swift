import GitLab

/// What this person's token cannot take back, by what was seen before.
extension SetupUndoRun {
  /// Why it cannot, and whose can; nil where it may, or where only trying tells.
  func refusal(of trace: SetupTrace, on instance: String) -> String? {
    guard !survey.isAdministrator, wishes.reason(toForget: trace) == nil, let reason = obstacle(to: trace) else { return nil }
    let said = "\(survey.person.username) may not take it back: \(reason)"
    return survey.administratorInName(on: instance).map { "\(said). \($0)" } ?? said
  }

  private func obstacle(to trace: SetupTrace) -> String? {
    let place = trace.change.place
    switch (trace.change.kind, place) {
    case (.membership, .project), (.protection, .project), (.hook, .project):
      guard let project = survey.projects.first(where: { $0.place.isSame(as: place) }), (project.personLevel ?? 0) < 40 else { return nil }
      return "it takes a Maintainer of \(project.path); use the token of one"
    case (.membership, .group), (.protection, .group), (.hook, .group):
      guard let path = place.path?.lowercased(), let group = survey.groups[path], group.id == place.id,
        case .failure(let fault)? = group.protections, fault.kind == .forbidden || fault.kind == .unauthorized
      else { return nil }
      return
        "GitLab does not show what is protected in \(place.text) (\(fault.message)), as it does to its Maintainers; use the token of an Owner"
    // One that is gone is nobody's to remove.
    case (.account, _) where isAccountGone(trace), (.token, _) where isAccountGone(trace): return nil
    case (.account, .group), (.account, .project), (.token, .group), (.token, .project):
      guard let fault = survey.accountGaps.first(where: { $0.key.isSame(as: place) })?.value, !fault.isUnavailable,
        // A token whose list is not there at all can end itself.
        trace.change.kind == .account || fault.kind != .missing
      else { return nil }
      let said =
        "GitLab does not show the service accounts of \(place.text) (\(fault.message)), as it does to whoever may remove them; use the token of"
      guard survey.isOwner else { return "\(said) an Owner" }
      // To an Owner a licence that has ended may hide them too, and then protected environments with them.
      guard fault.kind == .forbidden, survey.projects.contains(where: { (try? $0.protections?.get()) != nil }) else { return nil }
      return "\(said) \(survey.accountManagers)"
    // Those of the instance are administrators' alone (facts F).
    case (.account, .instance):
      return "it is a service account of the whole instance; use the token of an administrator"
    default: return nil
    }
  }

  func isAccountGone(_ trace: SetupTrace) -> Bool { trace.accountID.map { survey.standings[$0] == .gone } ?? false }
}
