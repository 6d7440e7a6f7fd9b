internal import ChangeControl

/// What apply has made in a project or group that was taken out of `services` altogether, and that holds nothing. What holds something is a line marked
/// `!` (`ungatedElsewhere`).
extension SetupPlanner {
  var unneededElsewhere: [SetupStep] {
    survey.formerPlaces.filter { $0.standing == .shown && !mayBeConfigured($0.place) }.flatMap { former in
      unneededHooks(in: former) + [unneededMembership(in: former)].compactMap(\.self)
    }
  }

  /// It would send what nobody asks for, with our secret. With `hook: none` all of them go (`unwantedHooks`).
  private func unneededHooks(in former: SetupSurvey.FormerPlace) -> [SetupStep] {
    guard target.hooks != nil else { return [] }
    return ((try? former.hooks?.get()) ?? []).filter { isMade($0, in: former.place) }.map { hook in
      var step = takingBack(
        hook, of: former.place,
        because: "- removed: apply has made it, and nothing in \(former.place.text) is under change control here any more")
      step.holdsUpNothing = true
      return step
    }
  }

  /// Whoever is not in the project is dropped from its rules: not while one names the account there.
  private func unneededMembership(in former: SetupSurvey.FormerPlace) -> SetupStep? {
    guard let account = survey.account, let level = survey.directLevels[former.place.endpoint],
      memory.memberships.contains(where: { $0.place.isSame(as: former.place) && $0.account == account.id }),
      case .success(let protections) = former.protections ?? .success([]),
      !protections.contains(where: { $0.isApprover(account.id) })
    else { return nil }
    return SetupStep(
      .nothing, "membership in \(former.place.text) (\(roleName(level)))",
      notes: [
        "apply has made it, and nothing there is under change control here any more, so that \(account.username) needs it no longer, where nobody names "
          + "it in a rule of theirs: remove it in GitLab (Manage > Members); `gatehouse setup undo` takes back all that apply has made"
      ])
  }
}
