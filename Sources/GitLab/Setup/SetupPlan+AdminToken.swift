internal import Calendar
internal import ChangeControl

/// The token by which the gate looks at what only Maintainers are shown: protected environments and webhooks (facts E, G).
///
/// It is one of a project or a group, whose bot is a Maintainer there, with the scope that changes nothing. The service account stays a Developer: the
/// token that decides could else take its own gate away, and push to what is protected.
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
    case .unconfigured: return []
    case .absentVariable(let name):
      return [
        .cannot(
          subject,
          "it is to come from the environment variable \(name), which is not set: set it, or write `admin_token: {file: PATH}` and it is made"
        )
      ]
    case .absentFile: return [issueAdminToken(subject, [])]
    case .present: return [presentAdminToken(subject)]
    }
  }

  private func presentAdminToken(_ subject: String) -> SetupStep {
    let isOwn = memory.ownAdminToken != nil
    switch survey.adminToken {
    case .success(let token)? where token.canRead:
      guard isOwn, token.endsSoon(on: target.today) else { return SetupStep(.nothing, "\(subject) \(token.name)") }
      return issueAdminToken(subject, ["~ the one that apply has made ends soon: a new one"])
    case .success(let token)?:
      if isOwn { return issueAdminToken(subject, ["~ the one that apply has made serves no more: a new one"]) }
      return .cannot(
        subject,
        token.isActive
          ? "it has the scope \(token.scopes.joined(separator: ", ")), and looking takes read_api: put another where `admin_token` says"
          : "it is revoked or expired: put another where `admin_token` says, or remove its file, and one is made")
    case .failure(let fault)? where fault.kind == .unauthorized && isOwn:
      return issueAdminToken(subject, ["~ the one that apply has made serves no more (\(fault.message)): a new one"])
    case .failure(let fault)?:
      return .cannot(
        subject,
        "GitLab does not take it (\(fault.message)): put a Maintainer's token of scope read_api there, or remove its file, and one is made")
    case nil: return SetupStep(.nothing, subject)
    }
  }

  private func issueAdminToken(_ subject: String, _ lines: [String]) -> SetupStep {
    guard let place = adminTokenPlace else {
      return .cannot(subject, "\(noGroup); or put a Maintainer's token of scope read_api where it says")
    }
    guard let path = target.adminTokenFile else {
      return .cannot(subject, "it comes from an environment variable, which no program can set for another: set a new one there")
    }
    var change = SetupChange(.adminToken, in: place, name: "")
    change.expiresOn = target.tokenExpiresOn
    change.level = 40
    return SetupStep(
      lines.isEmpty ? .create : .update, "\(subject): an access token of \(place.text)",
      lines: lines + [
        "+ access_level: 40 (Maintainer), who is shown protected environments and webhooks", "+ scope: read_api, which changes nothing",
        "+ expires_at: \(target.tokenExpiresOn)", "+ written to \(path), which only its owner may read",
      ], change: change)
  }

  /// As narrow as sees all: the one project, or the group that all of it is in.
  private var adminTokenPlace: SetupPlace? {
    let isOfGroup = target.protections == .group || target.hooks == .group
    if !isOfGroup, projects.count == 1, let project = projects.first { return project.place }
    return group?.place
  }
}

extension AccessTokenReading {
  /// As long before its end as `check` speaks of it.
  fileprivate func endsSoon(on today: CivilDate?) -> Bool {
    guard let expiresAt, let today else { return false }
    return expiresAt - Instant(milliseconds: Int64(today.daysSinceEpoch) * 86_400_000) < ProbeReport.Token.notice
  }
}
