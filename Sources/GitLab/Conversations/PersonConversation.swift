package import ChangeControl
package import HTTPMessages
internal import JSON

/// Reads who has a username: id, name, and the addresses that GitLab tells of them, an administrator more than others.
package struct PersonConversation: Conversation {
  package typealias Outcome = CallbackOutcome

  private let api: GitLabAPI
  private let username: String
  private var found: KnownPerson?

  package init(api: GitLabAPI, username: String) {
    self.api = api
    self.username = username
  }

  private var doing: String { "looking up the user \(username)" }

  package mutating func start() -> ConversationMove<CallbackOutcome> { .send(api.users(named: username)) }

  package mutating func hear(_ answer: Answer) -> ConversationMove<CallbackOutcome> {
    let meaning = api.meaning(of: answer)
    guard var person = found else { return hearList(meaning) }
    switch meaning {
    case .content(let value) where value.id("id") == person.id: person.read(value)
    // The list has told who it is; what it left out nobody tells us.
    case .forbidden, .notFound: break
    default: return .end(meaning.obstacle(doing, at: api.instance).outcome)
    }
    return .end(.told(.person(person)))
  }

  /// GitLab looks for the name without regard to case, and answers an empty list where nobody has it.
  private mutating func hearList(_ meaning: AnswerMeaning) -> ConversationMove<CallbackOutcome> {
    guard case .content(.array(let elements)) = meaning else { return .end(meaning.obstacle(doing, at: api.instance).outcome) }
    for element in elements {
      guard let user = element.person, sameUser(user.username, username) else { continue }
      var person = KnownPerson(username: username.lowercased(), id: user.id, name: user.name, emails: [])
      person.read(element)
      found = person
      return .send(api.user(user.id))
    }
    return .end(.told(.person(nil)))
  }

  package func outcome(cutOffBecause reason: String) -> CallbackOutcome { .retry(reason: reason, after: nil) }
}

extension KnownPerson {
  fileprivate mutating func read(_ value: JSONValue) {
    for name in ["public_email", "commit_email", "email"] {
      guard let email = value.text(name), email.contains("@"), !emails.contains(email) else { continue }
      emails.append(email)
    }
  }
}
