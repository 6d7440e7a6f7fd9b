import ChangeControl
import Configuration
import GitLab
import HTTPMessages

/// One configured GitLab and the way to it.
struct GitLabConnection: Sendable {
  let name: String
  let address: GitLabAddress
  let token: Secret
  let transport: any Transport

  /// An API whose requests carry `requestID`.
  func api(requestID: String) -> GitLabAPI {
    GitLabAPI(instance: name, address: address, token: token.reveal(), requestID: requestID, version: Version.text)
  }

  /// Holds the conversation that an instruction asks for.
  ///
  /// - Parameter attempt: which one it is, from 1.
  func carryOut(_ instruction: Instruction, attempt: Int, requestID: String) async -> CallbackOutcome {
    let api = api(requestID: requestID)
    switch instruction {
    case .inspect(let identity, let project, let tier):
      return await InspectConversation(api: api, identity: identity, knownProject: project, knownTier: tier, wantsFullFacts: true)
        .converse(over: transport)
    case .locate(let hint): return await locate(hint, api: api)
    case .ask(let question): return await ask(question, attempt: attempt, api: api)
    case .approve(let effect):
      let comment = ApprovalComment.approval(
        key: effect.key, approvers: effect.people, required: effect.required, publicURL: effect.publicURL)
      return await ApproveConversation(
        api: api, identity: effect.identity, expectedSHA: effect.sha, comment: comment, key: effect.key, ownUserID: effect.ownUserID
      ).converse(over: transport)
    case .reject(let effect):
      let comment = ApprovalComment.rejection(
        key: effect.key, by: effect.people.first, reason: effect.reason, publicURL: effect.publicURL)
      return await RejectConversation(
        api: api, identity: effect.identity, expectedSHA: effect.sha, comment: comment, key: effect.key, ownUserID: effect.ownUserID
      ).converse(over: transport)
    case .cancel(let effect):
      return await CancelConversation(api: api, identity: effect.identity, expectedSHA: effect.sha).converse(over: transport)
    case .play(let effect):
      return await PlayConversation(
        api: api, identity: effect.identity, expectedSHA: effect.sha, ownUserID: effect.ownUserID, attempt: effect.attempt
      ).converse(over: transport)
    }
  }

  private func ask(_ question: Question, attempt: Int, api: GitLabAPI) async -> CallbackOutcome {
    switch question {
    case .members(let source): await MembersConversation(api: api, source: source).converse(over: transport)
    case .person(let username): await PersonConversation(api: api, username: username).converse(over: transport)
    case .contributions(let identity, let environment, let sha):
      await ContributionsConversation(api: api, identity: identity, environment: environment, sha: sha, attempt: attempt)
        .converse(over: transport)
    }
  }

  private func locate(_ hint: PipelineHint, api: GitLabAPI) async -> CallbackOutcome {
    await ListBlockedConversation(api: api, project: hint.project.id).converse(over: transport).located(jobs: hint.jobs.map(\.id))
  }
}
