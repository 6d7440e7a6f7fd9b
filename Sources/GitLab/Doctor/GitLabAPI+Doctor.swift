internal import JSON

extension GitLabAPI {
  /// Whether a user can do anything in GitLab. Nil where GitLab does not tell.
  package func standing(of user: Int64) -> some Conversation<UserStanding?> {
    SingleExchange(self.user(user)).then { answer in
      let meaning = meaning(of: answer)
      if case .content(let value) = meaning { return UserStanding(.success(value)) }
      return SetupFault(meaning).flatMap { UserStanding(.failure($0)) }
    }
  }

  /// Whether GitLab shows whoever has this token all that there is: it answers administrators alone, those in Admin Mode only with scope admin_mode.
  package var isShownAll: some Conversation<Bool> {
    SingleExchange(appearance()).then { answer in
      if case .content = meaning(of: answer) { true } else { false }
    }
  }

  /// How the last sendings of a webhook went, the newest first (17.3). One page: what counts is how it goes now. Asks with a token that may read the
  /// place's webhooks.
  package func lastSendings(
    of webhook: Int64, in place: PlaceSurvey.Place
  ) -> some Conversation<Result<[RegisteredWebhook.Sending], SurveyGap>> {
    SingleExchange(get("\(place.endpoint)/hooks/\(webhook)/events?per_page=\(Limits.shownSendings)")).then { answer in
      let meaning = meaning(of: answer)
      guard case .content(.array(let elements)) = meaning else {
        return .failure(SurveyGap(meaning, "reading what the webhook of \(place.text) has sent", at: instance))
      }
      return .success(elements.compactMap(RegisteredWebhook.Sending.init))
    }
  }
}
