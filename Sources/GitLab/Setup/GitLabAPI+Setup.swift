internal import HTTPMessages
internal import JSON

extension GitLabAPI {
  /// Whether GitLab does not show a project or a group to whose token it is: it is not there, or not for them, and GitLab answers both the same (facts H).
  /// False where it does not tell.
  package func isHidden(_ place: SetupPlace) -> some Conversation<Bool> {
    SingleExchange(self.place(place)).then { answer in
      if case .notFound = meaning(of: answer) { true } else { false }
    }
  }

  /// Looks whether a protection asks the account, before what it takes the place of goes: since the plan was made somebody may have taken it away.
  /// Why it cannot be relied on; nil where it can.
  package func objection(to successor: ProtectedName, asking account: Int64) -> some Conversation<String?> {
    SingleExchange(protection(successor.name, in: successor.place)).then { answer in
      let meaning = meaning(of: answer)
      guard case .content(let value) = meaning, let protection = ProtectedEnvironment(value) else {
        return "GitLab does not show it (\(SetupFault(meaning)?.message ?? "in a form that is not known here"))"
      }
      return protection.isApprover(account) ? nil : "the account is none of its approvers"
    }
  }

  /// What a user is called. Nil where GitLab does not tell.
  package func username(of user: Int64) -> some Conversation<String?> {
    SingleExchange(self.user(user)).then { answer in
      if case .content(let value) = meaning(of: answer) { value.text("username") } else { nil }
    }
  }

  /// The number of a webhook's last sending (17.3), so that those which follow can be told from those before. 0 where there is none; nil where GitLab
  /// does not tell.
  package func lastSending(of webhook: Int64, in place: SetupPlace) -> some Conversation<Int64?> {
    SingleExchange(sendings(of: webhook, in: place)).then { answer in
      // The newest comes first.
      guard case .content(.array(let all)) = meaning(of: answer) else { return nil }
      return all.isEmpty ? 0 : all.first?.id("id")
    }
  }
}
