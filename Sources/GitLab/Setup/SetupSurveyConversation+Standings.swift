internal import ChangeControl
internal import JSON

/// What is asked last, of what was found: who can still give an approval that is asked for, whether what webhooks send is taken, and what the token
/// that looks is shown.
extension SetupSurveyConversation {
  var standingQuestions: [Question] {
    let groups = survey.groups.values.sorted { $0.path < $1.path }
    let read = (survey.projects.map(\.protections) + groups.map(\.protections)).flatMap { (try? $0?.get()) ?? [] }
    var users: [Int64] = read.flatMap(\.approvalRules).compactMap { rule in
      if case .user(let id) = rule.grantee { id } else { nil }
    }
    if let account = survey.account {
      users.removeAll { $0 == account.id }
      // One that acts is no question.
      if case .valid = survey.ownToken {} else { users.insert(account.id, at: 0) }
      // A former one may be gone: then nobody needs to remove it, nor its tokens.
      users += (made.accounts.map(\.id) + issuedFor.keys.sorted()).filter { $0 != account.id }
    } else {
      users.insert(contentsOf: made.accounts.map(\.id) + issuedFor.keys.sorted(), at: 0)
    }
    let asked = users.reduce(into: [Int64]()) { kept, id in if !kept.contains(id) { kept.append(id) } }
    return asked.prefix(Limits.askedGrants).map(Question.standing) + sendingsQuestions + sightQuestions
  }

  /// From 17.3 on GitLab tells how the last sendings went.
  private var sendingsQuestions: [Question] {
    guard survey.version?.listsSendings == true, let address = target.hookURL.flatMap({ GateWebhookAddress($0) }) else { return [] }
    func questions(_ place: SetupPlace, _ known: Result<[RegisteredWebhook], SetupFault>?) -> [Question] {
      ((try? known?.get()) ?? []).filter { address.leadsToSameGate($0.url, from: target.instance) }.map { .sendings(place, hook: $0.id) }
    }
    return survey.projects.flatMap { questions($0.place, $0.hooks) }
      + survey.groups.values.sorted { $0.path < $1.path }.flatMap { questions($0.place, $0.hooks) }
  }

  /// What this person is shown and the configured token may not be.
  private var sightQuestions: [Question] {
    guard case .success(let token)? = survey.adminToken, token.canRead else { return [] }
    return survey.projects.filter { (try? $0.protections?.get()) != nil }.map { .adminSight($0.place) }
  }

  /// The newest comes first.
  mutating func noteSendings(_ value: JSONValue?, of hook: Int64) {
    guard let all = value?.array else { return }
    let first = all.first.flatMap(RegisteredWebhook.Sending.init)
    survey.lastSendings[hook] = all.isEmpty ? 0 : first?.id
    guard let newest = first, newest.status.hasPrefix("401") else { return }
    survey.refusedSendings[hook] = newest.at
  }
}
