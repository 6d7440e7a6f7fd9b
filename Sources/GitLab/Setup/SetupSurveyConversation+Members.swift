internal import JSON

/// The account's own memberships where apply has made one: what it is there in itself, and not through a group above. And the tokens of those that were
/// the gate's account before.
extension SetupSurveyConversation {
  var directLevelQuestions: [Question] {
    guard protectedIn != nil, survey.account != nil else { return [] }
    let groups = survey.groups.values.map(\.place)
    let former = survey.formerPlaces.filter { $0.standing == .shown }.map(\.place)
    let asked = joined.filter { place in (groups + former).contains(where: place.isSame) }
    return asked.reduce(into: [SetupPlace]()) { kept, place in if !kept.contains(where: place.isSame) { kept.append(place) } }
      .prefix(Limits.formerPlaces).map(Question.directLevel)
  }

  var formerTokenQuestions: [Question] {
    guard let account = survey.account else { return [] }
    return issuedFor.filter { $0.key != account.id }.sorted { $0.key < $1.key }.prefix(Limits.formerPlaces).map {
      .formerTokens($0.key, $0.value)
    }
  }

  mutating func takeDirectLevel(at place: SetupPlace, _ result: Result<JSONValue, SetupFault>) {
    survey.directLevels[place.endpoint] = (try? result.get())?.level
  }
}
