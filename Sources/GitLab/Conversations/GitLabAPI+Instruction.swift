package import ChangeControl

extension GitLabAPI {
  /// The conversation that an instruction asks for. Whoever carries an instruction out, over sockets or in a simulation, asks here.
  ///
  /// - Parameter attempt: which one it is, from 1.
  package func conversation(for instruction: Instruction, attempt: Int) -> any Conversation<CallbackOutcome> {
    switch instruction {
    case .inspect(let identity, let project, let tier):
      return InspectConversation(api: self, identity: identity, knownProject: project, knownTier: tier, wantsFullFacts: true)
    case .locate(let hint): return LocateConversation(api: self, hint: hint)
    case .ask(let question): return conversation(for: question, attempt: attempt)
    case .approve(let effect):
      let comment = ApprovalComment.approval(
        key: effect.key, approvers: effect.people, required: effect.required, publicURL: effect.publicURL)
      return ApproveConversation(
        api: self, identity: effect.identity, expectedSHA: effect.sha, comment: comment, key: effect.key, ownUserID: effect.ownUserID,
        mayAct: effect.mayAct)
    case .reject(let effect):
      let comment = ApprovalComment.rejection(
        key: effect.key, by: effect.people.first, reason: effect.reason, publicURL: effect.publicURL)
      return RejectConversation(
        api: self, identity: effect.identity, expectedSHA: effect.sha, comment: comment, key: effect.key, ownUserID: effect.ownUserID)
    case .cancel(let effect):
      return CancelConversation(api: self, identity: effect.identity, expectedSHA: effect.sha)
    case .play(let effect):
      return PlayConversation(
        api: self, identity: effect.identity, expectedSHA: effect.sha, ownUserID: effect.ownUserID, mayHaveBeenSent: effect.mayHaveBeenSent,
        mayAct: effect.mayAct)
    }
  }

  private func conversation(for question: Question, attempt: Int) -> any Conversation<CallbackOutcome> {
    switch question {
    case .members(let source): MembersConversation(api: self, source: source)
    case .person(let username): PersonConversation(api: self, username: username)
    case .contributions(let identity, let environment, let sha):
      ContributionsConversation(api: self, identity: identity, environment: environment, sha: sha, attempt: attempt)
    }
  }
}
