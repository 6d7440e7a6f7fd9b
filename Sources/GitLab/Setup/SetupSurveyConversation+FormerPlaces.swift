internal import JSON

/// What stands where nothing that is configured lies any more: what apply has protected there waits for an account that nobody asks.
extension SetupSurveyConversation {
  mutating func noteFormerPlaces() {
    guard isForPlan else { return }
    let known = survey.projects.map(\.place) + survey.groups.values.map(\.place)
    var former: [SetupPlace] = []
    for place in made.protections + made.hooks + made.memberships.map(\.place) where !(known + former).contains(where: place.isSame) {
      former.append(place)
    }
    survey.formerPlaces = former.map(SetupSurvey.FormerPlace.init)
  }

  /// Of more the plan says that they were not looked at.
  var formerPlaceQuestions: [Question] { survey.formerPlaces.prefix(Limits.formerPlaces).map { .formerPlace($0.place) } }

  /// For a plan: whether what apply has made there serves still.
  var resourceTokenQuestions: [Question] {
    guard isForPlan else { return [] }
    return Set(made.adminTokens).subtracting(survey.hiddenPlaces).sorted { $0.endpoint < $1.endpoint }.map(Question.resourceTokens)
  }

  func questions(ofFormer place: SetupPlace) -> [Question] {
    guard survey.formerPlaces.contains(where: { $0.place.isSame(as: place) && $0.standing == .shown }) else { return [] }
    return (isForPlan && made.protections.contains(where: place.isSame) ? [.formerProtections(place)] : [])
      + (made.hooks.contains(where: place.isSame) ? [.formerHooks(place)] : [])
  }

  mutating func takeFormer(_ question: Question, _ result: Result<JSONValue, SetupFault>) {
    switch question {
    case .formerPlace(let place): edit(former: place) { $0.note(result) }
    case .formerProtections(let place): edit(former: place) { $0.protections = result.flatMap(\.protections) }
    case .resourceTokens(let place): survey.resourceTokens[place.endpoint] = result.map { $0.all(\.accessToken) }
    case .formerHooks(let place): edit(former: place) { $0.hooks = result.map { $0.all(RegisteredWebhook.init) } }
    default: break
    }
  }

  private mutating func edit(former place: SetupPlace, _ change: (inout SetupSurvey.FormerPlace) -> Void) {
    guard let index = survey.formerPlaces.firstIndex(where: { $0.place.isSame(as: place) }) else { return }
    change(&survey.formerPlaces[index])
  }
}

extension SetupSurvey.FormerPlace {
  mutating func note(_ result: Result<JSONValue, SetupFault>) {
    switch result {
    case .success(let value):
      standing = value.isEnding || value["archived"]?.bool == true ? .idle : .shown
      let path = value.text(place.level == .group ? "full_path" : "path_with_namespace", limit: Limits.urlBytes)
      place = SetupPlace(place.level, id: place.id, path: path ?? place.path) ?? place
    // Not now: nothing is known of it.
    case .failure(let fault): standing = fault.isUnavailable ? .unasked : .hidden
    }
  }
}
