package import HTTPMessages
internal import JSON

/// Looks at a place that apply has protected something in and that nothing configured lies in any more: whether it is there, and what protects it.
package struct FormerPlaceConversation: Conversation {
  package typealias Outcome = SetupSurvey.FormerPlace

  /// Those who are asked for the place, one after another: the account may have been put out.
  private var askers: [GitLabAPI]
  /// Those who are asked for protections, one after another: they are shown to Maintainers only (facts E).
  private var speakers: [GitLabAPI]
  private var former: SetupSurvey.FormerPlace
  private var pages: PageTurner?
  private var elements: [JSONValue] = []

  /// - Parameters:
  ///   - api: with the service account's token, who was made a member wherever something waits for it.
  ///   - maintainer: with the token that may read protected environments, where there is one.
  package init(api: GitLabAPI, maintainer: GitLabAPI?, place: SetupPlace) {
    askers = [api, maintainer].compactMap(\.self)
    speakers = [maintainer, api].compactMap(\.self)
    former = SetupSurvey.FormerPlace(place)
  }

  package mutating func start() -> ConversationMove<Outcome> {
    guard let asker = askers.first else { return .end(former) }
    return .send(asker.place(former.place))
  }

  package mutating func hear(_ answer: Answer) -> ConversationMove<Outcome> {
    guard let speaker = speakers.first, pages != nil else {
      let meaning = askers.removeFirst().meaning(of: answer)
      if case .content(let value) = meaning { former.note(.success(value)) }
      if let fault = SetupFault(meaning) { former.note(.failure(fault)) }
      if former.standing == .hidden { return start() }
      return former.standing == .shown ? ask() : .end(former)
    }
    let meaning = speaker.meaning(of: answer)
    guard case .content(.array(let page)) = meaning else {
      return next(SetupFault(meaning) ?? SetupFault(.invalid, "they are shown in a form that is not known here"))
    }
    elements += page
    switch pages?.turn(answer, isEmpty: page.isEmpty) {
    case .success(.next(let request)): return .send(request)
    case .failure(let obstacle): return next(SetupFault(.unavailable(mayHaveTakenEffect: false), obstacle.reason))
    case .success(.end), nil: break
    }
    former.protections = JSONValue.array(elements).protections
    return .end(former)
  }

  private mutating func ask() -> ConversationMove<Outcome> {
    guard let speaker = speakers.first else { return .end(former) }
    let request = speaker.protections(in: former.place)
    pages = PageTurner(request, doing: "reading the protected environments of \(former.place.text)", api: speaker)
    elements = []
    return .send(request)
  }

  private mutating func next(_ fault: SetupFault) -> ConversationMove<Outcome> {
    former.protections = .failure(fault)
    speakers.removeFirst()
    return ask()
  }

  package func outcome(cutOffBecause reason: String) -> Outcome {
    var cut = former
    cut.protections = .failure(SetupFault(.unavailable(mayHaveTakenEffect: false), reason))
    return cut
  }
}
