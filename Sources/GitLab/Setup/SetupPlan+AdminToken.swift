internal import ChangeControl

/// The token by which the gate looks at what only Maintainers are shown: protected environments and webhooks (facts E, G).
///
/// It is one of a project or a group, whose bot is a Maintainer there, with the scope that changes nothing. The service account stays a Developer: the
/// token that decides could else take its own gate away, and push to what is protected. It follows the configuration: where it was made for less than
/// is configured now, another takes its place. One that apply has not made is somebody's, and nothing is done about it.
extension SetupPlanner {
  /// A person may want it so, and is told what it costs.
  var blindness: String? {
    guard target.adminToken == .unconfigured, projects.contains(where: { ($0.accountLevel ?? 0) < 40 }) else { return nil }
    return
      "no admin_token is configured, and the account is shown neither protected environments nor webhooks: no drift there is noticed; write "
      + "`admin_token: {file: PATH}`, and apply makes one that may only look"
  }

  var adminToken: [SetupStep] {
    let subject = "admin token"
    switch target.adminToken {
    // Nothing looks with what apply has made for it before.
    case .unconfigured:
      return memory.adminTokens.compactMap { revocation(of: $0, because: "nothing needs it: no `admin_token` is configured any more") }
    case .absentVariable(let name):
      return [
        .cannot(
          subject,
          "it is to come from the environment variable \(name), which is not set: set it, or write `admin_token: {file: PATH}` and it is made"
        )
      ]
    case .absentFile: return withFormer(issueAdminToken(subject, []))
    case .present: return withFormer(presentAdminToken(subject))
    }
  }

  /// The one that apply has made and that is configured. By its number, wherever it has been moved to; one that GitLab does not take, by what is in the
  /// file.
  private var ownAdminToken: SetupMemory.MadeToken? {
    if case .success(let token)? = survey.adminToken { return memory.adminTokens.first { $0.id == token.id } }
    return memory.adminTokens.first(where: \.isInPlace)
  }

  private func presentAdminToken(_ subject: String) -> SetupStep {
    let own = ownAdminToken
    switch survey.adminToken {
    case .success(let token)? where token.canRead:
      guard let own else { return foreignAdminToken(subject, token) }
      let unseen = self.unseen(by: own.place)
      if !unseen.isEmpty {
        return issueAdminToken(
          subject, ["~ the one that apply has made is of \(own.place.text), and does not reach \(some(unseen)): a new one"], in: own.place)
      }
      guard isInLastDays(token) else { return SetupStep(.nothing, "\(subject) \(token.name) of \(own.place.text)") }
      return issueAdminToken(subject, ["~ the one that apply has made ends soon: a new one"])
    case .success(let token)?:
      if own != nil { return issueAdminToken(subject, ["~ the one that apply has made serves no more: a new one"]) }
      return .cannot(
        subject,
        token.isActive
          ? "it has the scope \(token.scopes.joined(separator: ", ")), and looking takes read_api: put another where `admin_token` says"
          : "it is revoked or expired: put another where `admin_token` says, or remove its file, and one is made")
    case .failure(let fault)? where fault.kind == .unauthorized && own != nil:
      return issueAdminToken(subject, ["~ the one that apply has made serves no more (\(fault.message)): a new one"])
    case .failure(let fault)?:
      return .cannot(
        subject,
        "GitLab does not take it (\(fault.message)): put a Maintainer's token of scope read_api there, or remove its file, and one is made")
    case nil: return SetupStep(.nothing, subject)
    }
  }

  /// By how long one lives that would be made now: one with a short life would else be renewed with each run.
  private func isInLastDays(_ token: AccessTokenReading) -> Bool {
    guard let end = token.expiresAt, let today = target.today else { return false }
    return TokenLifetime(from: today, to: target.tokenExpiresOn)?.isOver(end, on: today) ?? false
  }

  /// Somebody's own: it is tried whether it is shown what it is to look at. One that sees a part is theirs to choose; one that sees nothing is no use.
  private func foreignAdminToken(_ subject: String, _ token: AccessTokenReading) -> SetupStep {
    let blind = projects.compactMap { project in survey.adminGaps[project.place].map { (project.place, $0) } }
    let named = "\(subject) \(token.name)"
    guard let (place, gap) = blind.first else { return SetupStep(.nothing, named) }
    let gaps =
      "GitLab does not show it what \(some(blind.map(\.0))) protects (\(gap.message)): put the token of somebody who is a Maintainer there, scope "
      + "read_api is enough, where `admin_token` says; or remove its file, and one is made of \(place.text) or of a group above"
    return blind.count < projects.count ? SetupStep(.nothing, named, notes: [gaps]) : .cannot(named, gaps)
  }

  /// - Parameter present: the place of the one that is there and sees a part.
  private func issueAdminToken(_ subject: String, _ lines: [String], in present: SetupPlace? = nil) -> SetupStep {
    guard let place = adminTokenPlace else { return .cannot(subject, whyNoPlace(present)) }
    if let own = ownAdminToken, mayLose(own.place, for: place) {
      return .cannot(
        subject,
        "the one that apply has made is of \(own.place.text), and GitLab shows \(survey.person.username) not all that it was made for: apply "
          + "with the token of somebody who is shown all that is configured, of an administrator perhaps; or, where nothing else is to be looked at, "
          + "remove its file (\(target.adminTokenFile ?? "where `admin_token` says")), and one is made that reaches what is shown")
    }
    guard let path = target.adminTokenFile else {
      return .cannot(subject, "it comes from an environment variable, which no program can set for another: set a new one there")
    }
    var change = SetupChange(.adminToken, in: place, name: "")
    change.expiresOn = target.tokenExpiresOn
    change.askedOn = target.today
    change.level = 40
    return SetupStep(
      lines.isEmpty ? .create : .update, "\(subject): an access token of \(place.text)",
      lines: lines + [
        "+ access_level: 40 (Maintainer), who is shown protected environments and webhooks", "+ scope: read_api, which changes nothing",
        "+ expires_at: \(target.tokenExpiresOn)", "+ written to \(path), which only its owner may read",
      ], notes: refusedLifetime, change: change)
  }

  // MARK: What it has to reach

  private var watchesGroup: Bool { target.protections == .group || target.hooks == .group }

  /// As narrow as sees all: the one project, or the group that all of it is in. Where patterns have stars, whoever applies may not be shown all that
  /// they mean: then it is made no narrower than the one before.
  private var adminTokenPlace: SetupPlace? {
    guard let place = narrowestPlace else { return nil }
    guard let former = ownAdminToken?.place, former.level == .group, !survey.hiddenPlaces.contains(former),
      place.endpoint != former.endpoint,
      reaches(place, from: former), hasStars(in: former)
    else { return place }
    return former
  }

  /// Whether a pattern may mean more in that group than is shown.
  private func hasStars(in group: SetupPlace) -> Bool {
    let root = (group.path ?? "").lowercased() + "/"
    return target.patterns.contains { pattern in
      guard case .path(let pattern) = pattern, !pattern.isLiteral else { return false }
      let start = String(pattern.text.prefix { $0 != "*" }).lowercased()
      return start.hasPrefix(root) || root.hasPrefix(start)
    }
  }

  private var narrowestPlace: SetupPlace? {
    if !watchesGroup, projects.count == 1, let project = projects.first { return project.place }
    guard !watchesGroup || group != nil else { return nil }
    let paths = (target.group.map { [$0] } ?? []) + (projects.first?.groupPaths ?? [])
    return paths.compactMap { survey.groups[$0.lowercased()]?.place }.first { unseen(by: $0).isEmpty }
  }

  /// What is configured and a token of this place is not shown: one of a project sees that project, one of a group all that lies in it.
  private func unseen(by place: SetupPlace) -> [SetupPlace] {
    let watched = projects.map(\.place) + (watchesGroup ? group.map { [$0.place] } ?? [] : [])
    return watched.filter { !reaches($0, from: place) }
  }

  private func reaches(_ wanted: SetupPlace, from place: SetupPlace) -> Bool {
    switch place {
    case .instance: return true
    case .project(let id, _): return wanted.level == .project && wanted.id == id
    case .group(let id, let path):
      // It may have been moved since.
      let path = (survey.groups.values.first { $0.id == id }?.path ?? path).lowercased()
      let inner = (wanted.path ?? "").lowercased()
      return inner == path || inner.hasPrefix(path + "/")
    }
  }

  /// Whether one of a new place might see less than that of the former: this person is not shown all that is configured, so that what is hidden from
  /// them cannot be told from what is configured no more.
  private func mayLose(_ former: SetupPlace, for place: SetupPlace) -> Bool {
    if reaches(former, from: place) || survey.isAdministrator { return false }
    guard survey.unresolved.isEmpty, !survey.hiddenPlaces.contains(former) || former.level == .project else { return true }
    guard case .project(let id, let path) = former, !survey.projects.contains(where: { $0.id == id }) else { return false }
    return target.services.contains { $0.covers(project: id, path: path) }
  }

  private func whyNoPlace(_ present: SetupPlace?) -> String {
    if target.group != nil || watchesGroup, group == nil {
      return "\(noGroup); or put a Maintainer's token of scope read_api where it says"
    }
    let unseen = present.map { self.unseen(by: $0) } ?? projects.map(\.place)
    let now = present.map { "the one that apply has made is of \($0.text), and " } ?? ""
    return
      "\(now)GitLab \(target.instance) shows \(survey.person.username) no one group above all projects, of which a token would see all: changes "
      + "of what \(some(unseen)) protects, and of its webhooks, go unnoticed. Put a token of scope read_api of somebody who is a Maintainer of "
      + "all of them, on your own GitLab perhaps an administrator's, into \(target.adminTokenFile ?? "where `admin_token` says")"
      + (present == nil ? "" : " in its place, and apply again: then the one that was made goes")
  }

  func some(_ places: [SetupPlace]) -> String {
    let more = places.count - Limits.namedPlaces
    return places.prefix(Limits.namedPlaces).map(\.text).joined(separator: ", ") + (more > 0 ? " and \(more) more" : "")
  }

  // MARK: Those before it

  /// With a line for each that apply has made and that nobody uses any more: another has taken its place, or it is in no file.
  private func withFormer(_ step: SetupStep) -> [SetupStep] {
    let own = ownAdminToken
    let isIssued = step.change != nil
    // Without one to look with, the file that was meant may only be elsewhere for now.
    if case .absentFile = target.adminToken, !isIssued { return [step] }
    let former = memory.adminTokens.filter { token in
      token.id == own?.id ? isIssued : isIssued || own != nil || !token.isKept
    }
    return [step]
      + former.compactMap { revocation(of: $0, because: $0.id == own?.id ? nil : "nobody uses it any more") }
  }

  /// - Parameter reason: why it goes; nil where the new one takes its place.
  /// - Returns: nil where nothing of it is left.
  private func revocation(of token: SetupMemory.MadeToken, because reason: String?) -> SetupStep? {
    let subject = "access token \(token.name) of \(token.place.text)"
    let end = token.expiresOn.map { ", or ends by itself on \($0)" } ?? ""
    if survey.hiddenPlaces.contains(token.place) {
      return SetupStep(
        .nothing, subject,
        notes: [
          "apply has made it, nobody is to use it any more, and GitLab shows \(survey.person.username) no \(token.place.text): it is gone with that"
            + "\(end); where that is only hidden, apply with the token of somebody who is shown it, and it is revoked"
        ])
    }
    var change = SetupChange(.adminToken, in: token.place, name: token.name)
    change.existingID = token.id
    var line = reason.map { "- revoked: apply has made it, and \($0)" } ?? "- revoked, once the new one is in its file"
    switch survey.resourceTokens[token.place.endpoint] {
    case .success(let tokens)? where !tokens.contains { $0.id == token.id && $0.isActive }:
      // What is in the file of a new one is that one's.
      guard token.isKept, reason != nil else { return nil }
      line = "- its file goes: apply has made it, and it serves no more"
    // One that somebody has in a file can end itself.
    case .failure(let fault)? where !token.isKept && reason != nil:
      return SetupStep(
        .nothing, subject,
        notes: [
          "apply has made it, and nobody is to use it any more; GitLab does not list the access tokens of \(token.place.text) to "
            + "\(survey.person.username) (\(fault.message)), so that it may be gone\(end). Where it serves still, apply with the token of an Owner "
            + "or Maintainer there, and it is revoked"
        ])
    case .success?, .failure?, nil: break
    }
    // What comes after needs none of it.
    return SetupStep(.update, subject, lines: [line], change: change, holdsUpNothing: target.adminToken == .unconfigured)
  }
}
