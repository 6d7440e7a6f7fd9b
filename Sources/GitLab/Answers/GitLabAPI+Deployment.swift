internal import ChangeControl
internal import HTTPMessages

extension GitLabAPI {
  /// Reads the answer to `deployment(_:)`; a failure says why there are no facts.
  func reading(of answer: Answer, for identity: DeploymentIdentity) -> Result<DeploymentReading, Obstacle> {
    let doing = "reading deployment \(identity.deployment) of project \(identity.project)"
    let meaning = meaning(of: answer)
    guard case .content(let value) = meaning else { return .failure(meaning.obstacle(doing, at: instance)) }
    do throws(Misshapen) {
      return .success(try DeploymentReading(value, of: identity))
    } catch {
      return .failure(
        .retry(
          reason: "GitLab \(instance) answered \(doing), but '\(error.member)' is not as GitLab documents it; look for a proxy in between, "
            + "or a newer GitLab than this Gatehouse knows", after: nil))
    }
  }
}
