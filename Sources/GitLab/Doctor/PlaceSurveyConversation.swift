internal import ChangeControl
package import HTTPMessages
internal import JSON

/// Reads what one place has of what a gate stands on; nothing is changed. What cannot be read leaves its gap, and the rest is read all the same.
package struct PlaceSurveyConversation: Conversation {
  package typealias Outcome = PlaceSurvey

  private enum Question: Sendable, Hashable {
    case attributes, level, environments, protections, webhooks
    /// Whether the account is in a group that a rule names.
    case membership(group: Int64, inherited: Bool)

    var isMaintainers: Bool { self == .protections || self == .webhooks }

    /// Of a group that the place has nothing to do with.
    var isElsewhere: Bool { if case .membership = self { true } else { false } }

    var isList: Bool { self == .environments || isMaintainers }
  }

  private let api: GitLabAPI
  private let maintainer: GitLabAPI
  private let account: Int64
  private let isHidden: Bool
  private var survey: PlaceSurvey
  private var questions: [Question]
  private var pages: PageTurner?
  private var elements: [JSONValue] = []

  /// - Parameters:
  ///   - api: with the service account's token.
  ///   - maintainer: with a token that may read protected environments and webhooks, where there is one; else the same.
  ///   - account: the service account's id.
  ///   - isHidden: whether the place is not shown to the service account: then all of it is asked with the other token.
  package init(api: GitLabAPI, maintainer: GitLabAPI, account: Int64, place: PlaceSurvey.Place, isHidden: Bool = false) {
    self.api = api
    self.maintainer = maintainer
    self.account = account
    self.isHidden = isHidden
    survey = PlaceSurvey(place)
    questions =
      switch place {
      case .project: [.attributes, .level, .environments, .protections, .webhooks]
      case .group: [.level, .protections, .webhooks]
      }
  }

  package mutating func start() -> ConversationMove<PlaceSurvey> { ask() }

  private mutating func ask() -> ConversationMove<PlaceSurvey> {
    guard let question = questions.first else { return .end(survey) }
    elements = []
    let request = request(question)
    pages = question.isList ? PageTurner(request, doing: doing(question), api: speaker(of: question)) : nil
    return .send(request)
  }

  private func speaker(of question: Question) -> GitLabAPI {
    question.isMaintainers || (isHidden && !question.isElsewhere) ? maintainer : api
  }

  private func request(_ question: Question) -> Request {
    let (endpoint, api) = (survey.place.endpoint, speaker(of: question))
    switch question {
    case .attributes: return api.get(endpoint)
    case .level: return api.get("\(endpoint)/members/all/\(account)")
    // Environments that were stopped are the many of reviews that are over; one that is deployed to again is available.
    case .environments: return api.get("\(endpoint)/environments?states=available&per_page=\(Limits.perPage)")
    case .protections: return api.get("\(endpoint)/protected_environments?per_page=\(Limits.perPage)")
    case .webhooks: return api.get("\(endpoint)/hooks?per_page=\(Limits.perPage)")
    case .membership(let group, let inherited): return api.get("/groups/\(group)/members/\(inherited ? "all/" : "")\(account)")
    }
  }

  private func doing(_ question: Question) -> String {
    let what =
      switch question {
      case .attributes: "settings"
      case .level: "account's membership"
      case .environments: "environments"
      case .protections: "protected environments"
      case .webhooks: "webhooks"
      case .membership: "members of the groups in the rules"
      }
    return "reading the \(what) of \(survey.place.text)"
  }

  package mutating func hear(_ answer: Answer) -> ConversationMove<PlaceSurvey> {
    guard let question = questions.first else { return .end(survey) }
    let meaning = speaker(of: question).meaning(of: answer)
    if case .content(.array(let page)) = meaning, question.isList {
      elements += page
      switch pages?.turn(answer, isEmpty: page.isEmpty) {
      case .success(.next(let request)): return .send(request)
      case .failure(let obstacle): return fail(question, .untold(obstacle.reason))
      case .success(.end), nil: break
      }
      takeList(question)
    } else if case .content(let value) = meaning, !question.isList {
      take(question, value)
    } else {
      let gap = SurveyGap(meaning, doing(question), at: api.instance)
      // A GitLab that is away answers nothing else either; a token that is not known, none of its questions.
      if meaning.concernsEverything {
        for other in questions where other != question { note(other, gap) }
        if case .unauthorized = meaning, question.isMaintainers { return fail(question, gap, skipping: \.isMaintainers) }
        questions = [question]
      }
      return fail(question, gap)
    }
    questions.removeFirst()
    return ask()
  }

  private mutating func fail(
    _ question: Question, _ gap: SurveyGap, skipping isSkipped: (Question) -> Bool = { _ in false }
  ) -> ConversationMove<PlaceSurvey> {
    note(question, gap)
    questions.removeFirst()
    questions.removeAll(where: isSkipped)
    return ask()
  }

  private mutating func note(_ question: Question, _ gap: SurveyGap) {
    switch question {
    case .level:
      // The one who is no member is not shown as one.
      if case .missing = gap { survey.level = .success(nil) } else { survey.level = .failure(gap) }
    case .environments: survey.environments = .failure(gap)
    case .protections: survey.protections = .failure(gap)
    case .webhooks: survey.webhooks = .failure(gap)
    case .membership(let group, _): if case .missing = gap { survey.memberships[group] = false }
    case .attributes: survey.own = .failure(gap)
    }
  }

  private mutating func take(_ question: Question, _ value: JSONValue) {
    switch question {
    case .attributes:
      let own = ProjectAttributes(value)
      survey.own = .success(own)
      survey.allowsTriggererApproval = own.allowsTriggererApproval
    case .level: survey.level = .success(value["access_level"]?.integer)
    case .membership(let group, _): survey.memberships[group] = value.id("id") == account
    case .environments, .protections, .webhooks: break
    }
  }

  private mutating func takeList(_ question: Question) {
    switch question {
    case .environments:
      survey.environments = .success(
        elements.compactMap { value in
          guard let name = value["name"]?.string, !name.isEmpty, name.count <= Limits.environmentName else { return nil }
          return PlaceSurvey.Environment(name: name, tier: value.text("tier") ?? guessedTier(ofEnvironment: name))
        })
    case .protections:
      let read = elements.compactMap(ProtectedEnvironment.init)
      guard read.count == elements.count else {
        survey.protections = .failure(.untold("GitLab \(api.instance) shows protected environments in a form that is not known here"))
        break
      }
      survey.protections = .success(read)
      let groups = read.flatMap { $0.approvalRules + $0.deployAccessLevels }.compactMap { grant -> Question? in
        guard case .group(let id) = grant.grantee else { return nil }
        return .membership(group: id, inherited: grant.groupInheritance == 1)
      }
      for question in groups.prefix(Limits.askedGrants) where !questions.contains(question) { questions.append(question) }
    case .webhooks: survey.webhooks = .success(elements.compactMap(RegisteredWebhook.init))
    case .attributes, .level, .membership: break
    }
  }

  package func outcome(cutOffBecause reason: String) -> PlaceSurvey {
    var cut = self
    for question in questions { cut.note(question, .untold(reason)) }
    return cut.survey
  }
}
