internal import ChangeControl
internal import HTTPMessages
internal import JSON

extension SetupSurveyConversation.Question {
  var isList: Bool {
    switch self {
    case .environments, .protections, .hooks, .accounts, .accountTokens, .resourceTokens: true
    case .formerProtections, .formerHooks, .formerTokens: true
    default: isOfUncovered
    }
  }

  /// Service accounts came with 16.1, their lists with 17.1, those of projects with 18.9 (facts F).
  fileprivate var isOfLaterVersions: Bool {
    switch self {
    case .accounts, .accountTokens, .sendings: true
    default: false
    }
  }

  /// Without an answer the rest is true all the same.
  fileprivate var isByTheWay: Bool {
    switch self {
    case .standing, .sendings: true
    default: false
    }
  }

  /// What the free edition of GitLab has no address for.
  fileprivate var isOfLicensedEdition: Bool {
    switch self {
    case .protections, .hooks(.group), .formerProtections, .formerHooks(.group), .uncoveredProtections: true
    default: false
    }
  }

  fileprivate var isOfConfiguredToken: Bool {
    if case .adminSight = self { return true }
    return [.ownAccount, .ownToken, .adminToken].contains(self)
  }
}

extension SetupSurveyConversation {
  func request(for question: Question) -> Request {
    switch question {
    case .version(let path): api.get(path)
    case .person, .projects: api.get("/user")
    case .administration: api.appearance()
    case .personToken: api.ownAccessToken()
    case .group(let path): api.group(path: path)
    case .deployer(.group(let path)): api.group(path: path)
    case .deployer(.user(let name)), .user(let name): api.users(named: name)
    case .deployer(.accessLevel): api.get("/user")
    case .personLevel(let place): api.effectiveMember(survey.person.id, of: place)
    case .attributes(let place), .formerPlace(let place): api.place(place)
    case .environments(let project), .uncoveredEnvironments(let project): api.environments(project: project)
    case .protections(let place), .formerProtections(let place), .uncoveredProtections(let place): api.protections(in: place)
    case .formerTokens(let account, let place):
      api.accessTokens(of: account, in: place, all: made.begunFor[account] != nil)
    case .below(let group): api.projects(below: group.endpoint)
    case .formerLevel(let account, let place): api.member(account, of: place)
    case .directLevel(let place): api.member(survey.account?.id ?? 0, of: place)
    case .hooks(let place), .formerHooks(let place): api.hooks(of: place)
    case .ownAccount: (accountAPI ?? api).get("/user")
    case .ownToken: (accountAPI ?? api).ownAccessToken()
    case .adminToken: (adminAPI ?? api).ownAccessToken()
    case .place(.group(let id, _)): api.group(path: "\(id)")
    case .place(let place): api.place(place)
    case .resourceTokens(let place): api.accessTokens(in: place)
    case .accounts(let place): api.serviceAccounts(in: place)
    case .accountLevel(let place): api.effectiveMember(survey.account?.id ?? 0, of: place)
    case .accountTokens:
      (listsItself ? accountAPI ?? api : api).accessTokens(
        of: survey.account?.id ?? 0, in: listsItself ? .instance : survey.account?.place ?? .instance, all: asksAllTokens)
    case .standing(let user): api.user(user)
    case .sendings(let place, let hook): api.sendings(of: hook, in: place)
    case .adminSight(let place): (adminAPI ?? api).protections(in: place)
    }
  }

  /// Before 17.11 GitLab lists the tokens of a group's service account to administrators, and to itself as it does to everybody (facts F).
  var listsItself: Bool {
    guard let account = survey.account, account.place.map({ $0.level == .group }) ?? true,
      survey.version.map({ $0.makesServiceAccounts && !$0.listsAccountTokens }) ?? false,
      case .valid(let own, let owner) = survey.ownToken
    else { return false }
    return owner.id == account.id && own.canRead
  }

  /// What makes every further question useless.
  func trouble(_ meaning: AnswerMeaning, _ question: Question) -> SetupTrouble? {
    switch meaning {
    // GitLab answers 401 to whoever asks for others' tokens (facts F), though it knows who asks.
    case .unauthorized where question.isOfConfiguredToken || question.isOfLaterVersions: return nil
    // What is not configured is looked at as far as GitLab shows it.
    case .unauthorized where question.isBesideConfigured, .forbidden where question.isBesideConfigured,
      .unavailable where question.isBesideConfigured:
      return nil
    case .unauthorized(let message):
      return SetupTrouble(
        "GitLab \(api.instance) does not know \(api.speaker.name) (\(message)); "
          + (api.speaker == .person ? "make a personal access token of yours with scope api there, and set it" : api.speaker.remedy))
    case .forbidden(let message) where message.contains("insufficient_scope") && !question.isOfConfiguredToken:
      return SetupTrouble(scopeSentence)
    case .unavailable(let message, _, mayHaveTakenEffect: false)
    where message.hasPrefix("404")
      && (question.isOfLaterVersions || question.isOfLicensedEdition):
      return nil
    // GitLab lets one ask for 300 users in ten minutes.
    case .unavailable(let message, _, _) where message.hasPrefix("429") && question.isByTheWay: return nil
    case .unavailable(let message, _, mayHaveTakenEffect: false) where message.hasPrefix("404"):
      return SetupTrouble(
        "what is at \(api.address.text) does not answer as GitLab does (\(message)): correct `url` of \(api.instance) to what comes before /api/v4, and run "
          + "this again")
    case .unavailable(let message, _, _):
      return SetupTrouble("GitLab \(api.instance) cannot answer now (\(message)); run this again when it does")
    case .unheard(let message, _):
      let remedy = TLSTrouble(message) == nil ? "see that its url is right" : "mend that"
      return SetupTrouble("GitLab \(api.instance) did not answer (\(message)); \(remedy), and run this again")
    default: return nil
    }
  }

  private var scopeSentence: String {
    "\(api.speaker.name) has not the scope api, which setting GitLab \(api.instance) up needs; "
      + (api.speaker == .person
        ? "make one with scope api, and revoke it afterwards"
        : "what only it could do is done by `gatehouse setup apply` with a person's token")
  }

  /// Takes one answer into the survey; says what stands in the way of everything else.
  mutating func take(_ question: Question, _ result: Result<JSONValue, SetupFault>) -> SetupTrouble? {
    let value = try? result.get()
    switch question {
    case .version: survey.version = value?.text("version", limit: 40).flatMap { GitLabVersion($0) }
    case .person:
      guard let person = value?.person else {
        return SetupTrouble("GitLab \(api.instance) does not tell whose \(api.speaker.name) is; is it a personal access token?")
      }
      survey.person = person
      if value?["is_admin"]?.bool == true { survey.administration = .inName }
    case .administration: if value != nil { survey.administration = .inForce }
    case .personToken:
      // What is no personal access token (OAuth) is not told; then the first refusal tells.
      if let token = value?.accessToken, !token.scopes.contains("api") {
        return SetupTrouble(scopeSentence)
      }
    case .group(let path):
      guard let value, let id = value.id("id") else { break }
      survey.groups[path.lowercased()] = .init(id: id, path: value.text("full_path", limit: Limits.urlBytes) ?? path)
    case .deployer(let deployer):
      switch deployer {
      case .user: survey.deployers[deployer] = value?.array?.first?.id("id").map(Grantee.user)
      case .group: survey.deployers[deployer] = value?.id("id").map(Grantee.group)
      case .accessLevel: break
      }
    case .personLevel(let place): edit(place) { $0.personLevel = value?.level }
    case .attributes(let place): edit(place) { $0.own = value.map(ProjectAttributes.init) }
    case .environments(let id):
      edit(.project(id: id, path: "")) { $0.environments = result.map { $0.all(EnvironmentReading.init) } }
    case .protections(let place): note(result.flatMap(\.protections), \.protections, \.protections, at: place)
    case .hooks(let place): note(result.map { $0.all(RegisteredWebhook.init) }, \.hooks, \.hooks, at: place)
    case .ownAccount, .ownToken, .accounts, .user, .accountLevel, .accountTokens: takeAccount(question, result)
    case .adminToken:
      survey.adminToken = result.flatMap { value in
        value.accessToken.map(Result.success) ?? .failure(SetupFault(.invalid, "it is no access token"))
      }
    case .place(let place): if case .failure(let fault) = result, fault.kind == .missing { survey.hiddenPlaces.insert(place) }
    case .standing(let user):
      survey.standings[user] = UserStanding(result)
      survey.formerNames[user] = (try? result.get())?.text("username") ?? survey.formerNames[user]
    case .sendings(_, let hook): noteSendings(value, of: hook)
    case .adminSight(let place): if case .failure(let fault) = result { survey.adminGaps[place] = fault }
    case .formerPlace, .formerProtections, .formerHooks, .resourceTokens: takeFormer(question, result)
    case .below, .uncoveredEnvironments, .uncoveredProtections: takeUncovered(question, result)
    case .directLevel(let place): takeDirectLevel(at: place, result)
    case .formerLevel(let account, let place): takeFormerLevel(of: account, at: place, result)
    case .formerTokens(let account, _): survey.formerTokens[account] = result.map { $0.all(\.accessToken) }
    case .projects: break
    }
    return nil
  }

  /// Whose one is may not be known.
  var asksAllTokens: Bool { !areTokensTooMany && (survey.account.map { made.begunFor[$0.id] != nil } ?? !made.begunFor.isEmpty) }

  mutating func edit(_ place: SetupPlace, _ change: (inout SetupSurvey.ProjectReading) -> Void) {
    guard let index = survey.projects.firstIndex(where: { $0.id == place.id }) else { return }
    change(&survey.projects[index])
  }

  private mutating func note<Value>(
    _ value: Value, _ ofProject: WritableKeyPath<SetupSurvey.ProjectReading, Value?>,
    _ ofGroup: WritableKeyPath<SetupSurvey.GroupReading, Value?>, at place: SetupPlace
  ) {
    if case .group(_, let path) = place {
      survey.groups[path.lowercased()]?[keyPath: ofGroup] = value
    } else {
      edit(place) { $0[keyPath: ofProject] = value }
    }
  }
}
