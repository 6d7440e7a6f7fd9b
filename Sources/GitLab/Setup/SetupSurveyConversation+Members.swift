internal import JSON

/// The account's own memberships where apply has made one: what it is there in itself, and not through a group above.
extension SetupSurveyConversation {
  var directLevelQuestions: [Question] {
    guard protectedIn != nil, survey.account != nil else { return [] }
    let groups = survey.groups.values.map(\.place)
    let former = survey.formerPlaces.filter { $0.standing == .shown }.map(\.place)
    let asked = joined.filter { place in (groups + former).contains(where: place.isSame) }
    return asked.reduce(into: [SetupPlace]()) { kept, place in if !kept.contains(where: place.isSame) { kept.append(place) } }
      .prefix(Limits.formerPlaces).map(Question.directLevel)
  }

  mutating func takeDirectLevel(at place: SetupPlace, _ result: Result<JSONValue, SetupFault>) {
    survey.directLevels[place.endpoint] = (try? result.get())?.level
  }
}
