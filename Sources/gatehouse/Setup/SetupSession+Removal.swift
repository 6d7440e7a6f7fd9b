import GitLab

/// What becomes of an account that GitLab has taken to remove.
extension SetupSession {
  /// GitLab removes an account in the background (`DeleteUserWorker`: it is blocked first, and gone once what it did is another's). To an Owner whom it
  /// lets remove none it answers the same, for what comes of it is not looked at (`GroupServiceAccounts`, `destroy_conditionally!`).
  func readBack(_ trace: SetupTrace, _ survey: SetupSurvey) async -> SetupUndoing {
    guard let id = trace.gitlabID else { return .removed }
    let wasBarred = if case .barred? = survey.standings[id] { true } else { false }
    var standing: UserStanding?
    for pause in SetupSession.removalPauses {
      guard (try? await Task.sleep(for: pause)) != nil else { break }
      standing = await personAPI.standing(of: id).converse(over: client)
      switch standing {
      case .gone?: return .removed
      case .barred(let state)? where !wasBarred:
        return .taken("GitLab has barred it (\(state)), and removes it in the background")
      case .active?, .barred?, nil: continue
      }
    }
    let seen = standing == nil ? "does not tell whether it is gone" : "shows it still"
    let doubt =
      survey.isAdministrator
      ? ""
      : ". It answers the same to whom it lets remove none, as it may on self-managed: where it stands then too, undo with an administrator's token"
    return .refused(
      "GitLab \(instance.name) has taken it that \(trace.text) be removed, and \(seen). It removes accounts in the background: undo again in a few "
        + "minutes\(doubt)")
  }

  /// How long GitLab is given to remove an account, between one look and the next.
  private static let removalPauses: [Duration] = [.zero, .seconds(1), .seconds(2), .seconds(4)]
}
