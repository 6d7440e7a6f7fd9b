internal import ChangeControl

/// Why GitLab did not record a decision of ours, read from its answer to the POST when the reading back shows no effect.
///
/// GitLab gives all these reasons as 400 and words, and the words differ between versions: they are matched by what they speak of, and
/// choose only what we tell people and whether it can be mended. That the decision is not recorded, the facts have said already.
struct ApprovalRefusal: Sendable {
  let obstacle: Obstacle

  init(_ answer: AnswerMeaning, identity: DeploymentIdentity, instance: String) {
    let doing = "recording our decision on deployment \(identity.deployment) of project \(identity.project)"
    switch answer {
    case .content:
      // The row is stored, but a replica may not show it yet. If it never does, a person must look.
      obstacle = .retry(
        reason: "GitLab \(instance) accepted our decision on deployment \(identity.deployment), but does not show it yet", after: nil)
    case .notFound(let message, _):
      // The deployment could be read, so it is the endpoint that is not there.
      obstacle = .refused(
        reason: "GitLab \(instance) offers no approvals for deployment \(identity.deployment) (\(message)); they need GitLab Premium or "
          + "Ultimate with a valid licence")
    case .forbidden(let message): obstacle = .refused(reason: Self.notApprover(message, instance))
    case .invalid(let message, _): obstacle = Self.obstacle(message, doing, instance)
    default: obstacle = answer.obstacle(doing, at: instance)
    }
  }

  private static func obstacle(_ message: String, _ doing: String, _ instance: String) -> Obstacle {
    let words = message.lowercased()
    func speaks(of phrases: String...) -> Bool { phrases.contains { words.contains($0) } }
    if speaks(of: "own deployment", "same user") {
      return .refused(
        reason: "GitLab \(instance) lets nobody approve a deployment that they triggered (\(message)); have another account trigger it, or "
          + "allow it in the project's protected environment settings")
    }
    if speaks(of: "not protected") {
      return .refused(reason: "GitLab \(instance) says the environment is not protected (\(message)); protect it again")
    }
    if speaks(of: "not configured") {
      return .refused(
        reason: "GitLab \(instance) says no approvals are configured (\(message)); add an approval rule to the protected environment")
    }
    if speaks(of: "permission", "not allowed", "not authorized", "approval rule") {
      return .refused(reason: notApprover(message, instance))
    }
    if speaks(of: "not waiting") {
      // Yet the reading says that approvals are pending: the two were answered at different moments.
      return .retry(reason: "GitLab \(instance) contradicts itself when \(doing) (\(message)); reading again", after: nil)
    }
    if speaks(of: "too long", "comment") {
      return .impossible(
        reason: "GitLab \(instance) does not take the comment when \(doing) (\(message)); decide in GitLab, and report this")
    }
    return .refused(reason: "GitLab \(instance) refuses \(doing) (\(message))")
  }

  private static func notApprover(_ message: String, _ instance: String) -> String {
    "GitLab \(instance) does not let our service account decide (\(message)); add the account to an approval rule of the protected "
      + "environment, with a token of scope api"
  }
}
