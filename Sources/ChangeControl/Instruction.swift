/// What to do in GitLab for one callback: everything the conversation needs, nothing that has to be looked up again.
package enum Instruction: Sendable, Hashable {
  /// Read a deployment. What is known already need not be asked again.
  case inspect(DeploymentIdentity, project: Project?, tier: String?)
  case locate(PipelineHint)
  case ask(Question)
  case approve(Effect)
  case play(Effect)
  case reject(Effect)
  case cancel(Effect)

  /// Whether it may change something in GitLab.
  package var mayAct: Bool {
    switch self {
    case .inspect, .locate, .ask: false
    case .approve(let effect), .play(let effect), .reject(let effect), .cancel(let effect): effect.mayAct
    }
  }

  /// An effect on one deployment at one commit.
  package struct Effect: Sendable, Hashable {
    package var identity: DeploymentIdentity
    package var sha: String
    /// `CHG-42`.
    package var key: String
    /// What the change's address begins with.
    package var publicURL: String
    /// Who decided.
    package var people: [String]
    /// How many approvals the policy required; 0 for a rejection.
    package var required: Int
    package var reason: String?
    /// The service account's own id, if known: tells its approval from others'.
    package var ownUserID: Int64?
    /// An attempt before this one has sent it, or may have.
    package var mayHaveBeenSent: Bool
    /// False where the gate withholds it now, and only wants to know whether an earlier attempt has brought it about.
    package var mayAct = true

    package init(
      identity: DeploymentIdentity, sha: String, key: String, publicURL: String, people: [String], required: Int, reason: String?,
      ownUserID: Int64?,
      mayHaveBeenSent: Bool
    ) {
      self.identity = identity
      self.sha = sha
      self.key = key
      self.publicURL = publicURL
      self.people = people
      self.required = required
      self.reason = reason
      self.ownUserID = ownUserID
      self.mayHaveBeenSent = mayHaveBeenSent
    }
  }
}
