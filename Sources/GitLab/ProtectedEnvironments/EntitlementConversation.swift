package import HTTPMessages
internal import JSON

/// Asks whether GitLab would take everybody that a request names. Whom it does not take it drops without a word (facts E), and what was meant to be
/// guarded is then guarded by fewer people, or by nobody. What GitLab does not tell is left to the reading afterwards.
package struct EntitlementConversation: Conversation {
  /// A sentence for each element that GitLab would drop; empty where it would take all.
  package typealias Outcome = Result<[String], RelayedRefusal>

  private let api: GitLabAPI
  private let place: GovernedPlace
  private let changes: [AccessGrantChange]
  private var questions: [Grantee] = []
  /// Why GitLab would drop an element that speaks of somebody.
  private var objections: [Grantee: String] = [:]

  package init(api: GitLabAPI, place: GovernedPlace, order: ProtectedEnvironmentOrder) {
    self.api = api
    self.place = place
    changes = order.change?.all.map(\.change).filter { !$0.isRemoval } ?? []
    for grantee in changes.compactMap(\.grantee) where !questions.contains(grantee) {
      switch grantee {
      case .accessLevel: continue
      case .user: questions.append(grantee)
      case .group(let id):
        guard place.level == .group || place.invitedGroups != nil else { continue }
        if place.invitedGroups?.contains(id) == true || (place.level == .group && place.id == id) { continue }
        if place.level == .group { questions.append(grantee) } else { objections[grantee] = uninvited }
      }
    }
  }

  package mutating func start() -> ConversationMove<Outcome> { ask() }

  private func ask() -> ConversationMove<Outcome> {
    switch questions.first {
    case nil: .end(.success(problems))
    case .user(let id): .send(api.effectiveMember(id, of: place))
    case .group(let id): .send(api.place(.group, String(id)))
    case .accessLevel: .end(.success(problems))
    }
  }

  package mutating func hear(_ answer: Answer) -> ConversationMove<Outcome> {
    let grantee = questions.removeFirst()
    let meaning = api.meaning(of: answer)
    if meaning.concernsEverything, let refusal = api.refusal(in: answer, doing: "asking who \(grantee.text) is") {
      return .end(.failure(refusal))
    }
    switch grantee {
    case .user: objections[grantee] = objection(toMember: meaning)
    case .group: objections[grantee] = objection(toGroup: meaning)
    case .accessLevel: break
    }
    return ask()
  }

  /// A project takes Developers, a group only Maintainers and Owners of it or of one above it.
  private func objection(toMember meaning: AnswerMeaning) -> String? {
    let (least, title) = place.level == .project ? (Int64(30), "a Developer (30)") : (Int64(40), "a Maintainer (40)")
    switch meaning {
    case .notFound(let message, _) where !message.lowercased().contains("\(place.level.rawValue) not found"):
      return "is no member of the \(place.text): make them \(title) of it at least"
    case .content(let member):
      guard let level = member["access_level"]?.integer, level < least else { return nil }
      return "has only access level \(level) in the \(place.text): make them \(title) of it at least"
    default: return nil
    }
  }

  /// A group takes itself, those below it and those that were invited to it.
  private func objection(toGroup meaning: AnswerMeaning) -> String? {
    switch meaning {
    case .notFound: return place.invitedGroups == nil ? nil : uninvited
    case .content(let group):
      guard let path = group.text("full_path", limit: Limits.urlBytes), place.invitedGroups != nil else { return nil }
      return path.lowercased().hasPrefix(place.path.lowercased() + "/") ? nil : uninvited
    default: return nil
    }
  }

  private var uninvited: String {
    "is not invited to the \(place.text)\(place.level == .group ? ", nor below it" : ""), as far as our account sees: invite it (Manage > Members > "
      + "Invite a group), or, \(Grantee.insteadOfGroup); if it is invited and private, make the account of admin_token a member of it"
  }

  private var problems: [String] {
    changes.compactMap { change in
      guard let grantee = change.grantee, let objection = objections[grantee] else { return nil }
      return "\(change.place): \(grantee.text) \(objection). GitLab would leave the element out without a word; nothing was sent"
    }
  }

  package func outcome(cutOffBecause reason: String) -> Outcome {
    .failure(RelayedRefusal(status: 504, message: "504 Gateway Timeout - \(reason)"))
  }
}
