internal import ChangeControl
internal import JSON

/// Which account is the gate's, and where it may be.
extension SetupSurveyConversation {
  /// Where one can be made, in the order in which they are tried.
  private var makingPlaces: [SetupPlace] {
    let tops = survey.topLevelGroups
    let groups = tops.count == 1 ? survey.groups.values.filter { tops.contains($0.path.lowercased()) }.map(\.place) : []
    let instance = survey.isAdministrator ? [SetupPlace.instance] : []
    let projects = survey.projects.count == 1 ? survey.projects.map(\.place) : []
    return switch target.accountLevel {
    case .group: groups
    case .instance: instance
    case .project: survey.projects.prefix(1).map(\.place)
    case nil: groups + instance + projects
    }
  }

  /// And where apply has made one: by the projects of now it may be made elsewhere, or nowhere.
  var accountPlaces: [SetupPlace] {
    let recorded = made.accounts.map(\.place).filter { $0 != .instance || survey.isAdministrator }
    return (makingPlaces + recorded).reduce(into: []) { kept, place in if !kept.contains(where: place.isSame) { kept.append(place) } }
  }

  mutating func takeAccount(_ question: Question, _ result: Result<JSONValue, SetupFault>) {
    let value = try? result.get()
    switch question {
    case .ownAccount:
      owner = value?.person
      if case .failure(let fault) = result { survey.ownToken = .refused(fault.message) }
    case .ownToken:
      guard let owner, let token = value?.accessToken else { break }
      survey.ownToken = .valid(token, owner: owner)
      if owner.id != survey.person.id { survey.account = .init(id: owner.id, username: owner.username, displayName: owner.name) }
    case .accounts(let place): takeAccounts(of: place, result)
    case .user:
      guard let person = value?.array?.first?.person else { break }
      let recorded = made.accounts.first { $0.id == person.id }?.place
      let place = hasNoAccountLists ? recorded ?? survey.accountPlaces.first : nil
      survey.account = .init(id: person.id, username: person.username, displayName: person.name, place: place, isByName: true)
    case .accountLevel(.group(_, let path)): survey.groups[path.lowercased()]?.accountLevel = value?.level
    case .accountLevel(let place): edit(place) { $0.accountLevel = value?.level }
    case .accountTokens: survey.tokens = value?.all { $0.accessToken }
    default: break
    }
  }

  private mutating func takeAccounts(of place: SetupPlace, _ result: Result<JSONValue, SetupFault>) {
    let isForMaking = makingPlaces.contains(where: place.isSame)
    switch result.map(\.array) {
    case .success(let accounts?):
      if isForMaking { survey.accountPlaces.append(place) }
      // By its name: numbers are given out once more in a GitLab that was restored.
      let wanted = survey.account?.username ?? survey.username(target)
      guard let found = accounts.first(where: { $0["username"]?.string?.lowercased() == wanted.lowercased() }), let id = found.id("id")
      else { break }
      survey.account = .init(id: id, username: wanted, displayName: found.text("name"), place: survey.account?.place ?? place)
    case .success(nil), .failure:
      guard isForMaking else { return }
      // Before 17.1 they can be made and not listed.
      if hasNoAccountLists, place.level != .project { survey.accountPlaces.append(place) }
      if survey.version != nil, !hasNoAccountLists, case .failure(let fault) = result { survey.accountGaps[place] = fault }
    }
  }

  private var hasNoAccountLists: Bool {
    survey.version.map { $0.makesServiceAccounts && !$0.listsServiceAccounts } ?? false
  }
}
