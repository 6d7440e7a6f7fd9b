package import ChangeControl
package import HTTPMessages

/// Finds the blocked deployments of a pipeline's waiting jobs: the list of those that are blocked, searched for the jobs.
package struct LocateConversation: Conversation {
  package typealias Outcome = CallbackOutcome

  private let hint: PipelineHint
  private var listing: ListBlockedConversation

  package init(api: GitLabAPI, hint: PipelineHint) {
    self.hint = hint
    listing = ListBlockedConversation(api: api, project: hint.project.id)
  }

  package mutating func start() -> ConversationMove<CallbackOutcome> { located(listing.start()) }

  package mutating func hear(_ answer: Answer) -> ConversationMove<CallbackOutcome> { located(listing.hear(answer)) }

  private func located(_ move: ConversationMove<ListBlockedConversation.Outcome>) -> ConversationMove<CallbackOutcome> {
    switch move {
    case .send(let request): .send(request)
    case .end(let found): .end(found.located(jobs: hint.jobs.map(\.id)))
    }
  }

  package func outcome(cutOffBecause reason: String) -> CallbackOutcome {
    listing.outcome(cutOffBecause: reason).located(jobs: hint.jobs.map(\.id))
  }
}
