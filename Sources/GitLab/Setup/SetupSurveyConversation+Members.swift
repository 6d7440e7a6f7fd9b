internal import JSON

/// The account's own memberships where apply has made one: what it is there in itself, and not through a group above. And the tokens of those that were
/// the gate's account before.
extension SetupSurveyConversation {
  var directLevelQuestions: [Question] {
    guard isForPlan, survey.account != nil else { return [] }
    let shown = survey.groups.values.map(\.place) + shownFormerPlaces
    let asked = made.memberships.map(\.place).filter { place in shown.contains(where: place.isSame) }
    return asked.reduce(into: [SetupPlace]()) { kept, place in if !kept.contains(where: place.isSame) { kept.append(place) } }
      .prefix(Limits.formerPlaces).map(Question.directLevel)
  }

  private var shownFormerPlaces: [SetupPlace] { survey.formerPlaces.filter { $0.standing == .shown }.map(\.place) }

  /// Of others that apply has made members.
  var formerLevelQuestions: [Question] {
    guard isForPlan else { return [] }
    let shown = survey.projects.map(\.place) + survey.groups.values.map(\.place) + shownFormerPlaces
    let asked = made.memberships.filter { member in member.account != survey.account?.id && shown.contains(where: member.place.isSame) }
    return asked.map { Question.formerLevel($0.account, $0.place) }
      .reduce(into: []) { kept, question in if !kept.contains(question) { kept.append(question) } }
      .prefix(Limits.formerPlaces).map(\.self)
  }

  /// The accounts whose tokens apply has made or begun, and where these are.
  var issuedFor: [Int64: SetupPlace] { (isForPlan ? made.issuedFor : [:]).merging(made.begunFor) { made, _ in made } }

  var formerTokenQuestions: [Question] {
    issuedFor.filter { $0.key != survey.account?.id }.sorted { $0.key < $1.key }.prefix(Limits.formerPlaces).map {
      .formerTokens($0.key, $0.value)
    }
  }

  mutating func takeFormerLevel(of account: Int64, at place: SetupPlace, _ result: Result<JSONValue, SetupFault>) {
    survey.formerLevels[account, default: [:]][place.endpoint] = (try? result.get())?.level
    survey.formerNames[account] = (try? result.get())?.text("username") ?? survey.formerNames[account]
  }

  mutating func takeDirectLevel(at place: SetupPlace, _ result: Result<JSONValue, SetupFault>) {
    survey.directLevels[place.endpoint] = (try? result.get())?.level
  }
}
