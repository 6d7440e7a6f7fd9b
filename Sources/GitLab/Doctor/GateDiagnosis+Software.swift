package import Calendar
internal import ChangeControl
internal import HTTPMessages

/// Whether GitLab can be reached, which it is, who we are there and what our token may.
extension GateDiagnosis {
  // MARK: GitLab

  var softwareFindings: [DoctorFinding] {
    switch survey.probe.software {
    case .success(let software):
      return [.ok(name("reachable"), expected.url)] + (isSecure ? [.ok(name("tls"), "its certificate is trusted")] : [])
        + [versionFinding(software)]
    case .failure(let obstacle) where !isAway:
      return [
        .warn(
          name("version"), obstacle.reason, "without the version it is not known whether GitLab sends hooks for blocked deployments")
      ]
    case .failure(let obstacle):
      let trouble = isSecure ? TLSTrouble(obstacle.reason) : nil
      let unreachable = DoctorFinding.fail(name("reachable"), obstacle.reason, trouble?.remedy ?? "see url and ca_file of this instance")
      return [unreachable] + (trouble.map { [.fail(name("tls"), $0.meaning, $0.remedy)] } ?? [])
    }
  }

  private var isSecure: Bool { expected.url.hasPrefix("https://") }

  private func versionFinding(_ software: ProbeReport.Software) -> DoctorFinding {
    guard let version = software.version else {
      return .warn(name("version"), "GitLab says '\(software.text)'", "update GitLab, or report this version")
    }
    if expected.hasSigningToken, !version.signsWebhooks {
      return .warn(
        name("version"),
        "\(software.text) does not sign webhooks (19.0 does), but signing_token is configured: every webhook is answered 401",
        "use webhook_token until GitLab is updated")
    }
    guard !version.announcesBlockedDeployments else { return .ok(name("version"), software.text) }
    var lacks = ["no webhook for blocked deployments (19.3)"]
    if !version.signsWebhooks { lacks.append("no signed webhooks (19.0)") }
    if !version.listsSendings { lacks.append("no list of what a webhook has sent (17.3)") }
    let seen = "\(software.text) has \(lacks.joined(separator: ", "))"
    if let instead = blockedHooksReplaced { return .ok(name("version"), "\(seen): \(instead)") }
    return .warn(
      name("version"), seen,
      "switch pipeline events on for the webhook too; whatever they miss is found every reconcile_every")
  }

  var clockFindings: [DoctorFinding] {
    guard let offset = survey.clockOffset else { return [] }
    let seconds = abs(offset.components.seconds)
    let seen = "GitLab's clock is \(seconds) s \(offset < .zero ? "behind" : "ahead of") this machine's"
    let remedy = "set both by NTP (`timedatectl` shows whether this machine is)"
    switch seconds {
    case ..<31: return [.ok(name("clock"), "it is within 30 s of this machine's")]
    case 300... where expected.hasSigningToken:
      return [.fail(name("clock"), "\(seen): signed webhooks are refused from 5 minutes on", remedy)]
    default: return [.warn(name("clock"), "\(seen): times in the records of the two do not fit together", remedy)]
    }
  }

  // MARK: The account and its token

  var accountFindings: [DoctorFinding] {
    switch survey.probe.account {
    case .success(let person): return [.ok(name("account"), "\(person.username) (id \(person.id))")]
    case .failure(let obstacle) where UserStanding.state(inRefusal: obstacle.reason) != nil:
      let state = UserStanding.state(inRefusal: obstacle.reason) ?? ""
      let remedy = UserStanding.remedy(for: state, id: nil)
      // The reason has the way out too, for whoever is told nothing else.
      let seen = obstacle.reason.replacing(": \(remedy)", with: "")
      return [.fail(name("account"), "\(seen): a \(state) account can neither see nor decide anything", remedy)]
    case .failure(.refused(let reason)):
      let gone = survey.goneAccount.map { ": the account that setup has made (id \($0)) is gone from GitLab" } ?? ""
      return [.fail(name("account"), reason + gone, deadTokenRemedy)]
    case .failure(let obstacle):
      return [.fail(name("account"), obstacle.reason, "see what keeps GitLab from answering, and check again when it does")]
    }
  }

  /// What is revoked or expired cannot rotate itself any more: it takes somebody else's token.
  private var deadTokenRemedy: String {
    let need = "the service account needs a valid token with scope api"
    guard let file = expected.tokenFile else {
      return
        "\(need), and one that is revoked or expired cannot rotate itself any more: make a new token for it in GitLab, set the environment "
        + "variable that gitlab.token names to it, and restart the server"
    }
    return
      "\(need): set GATEHOUSE_SETUP_TOKEN to a token of yours, and `gatehouse setup apply` makes a new token in \(file), and the account too where that "
      + "is gone (`gatehouse setup rotate-token` without yours can do nothing: one that is revoked or expired cannot rotate itself any more; where the account is no "
      + "service account, put one of its own there); then SIGHUP the server"
  }

  var tokenFindings: [DoctorFinding] {
    switch survey.probe.token {
    case .failure(let obstacle):
      return [.warn(name("token"), obstacle.reason, "its scope and expiry could not be read; make sure it has scope api")]
    case .success(let token):
      guard token.isActive else {
        return [
          .fail(name("token"), "it is revoked or expired", deadTokenRemedy)
        ]
      }
      let scopes = token.scopes.joined(separator: ", ")
      let scope: DoctorFinding =
        token.scopes.contains("api")
        ? .ok(name("token scope"), scopes)
        : .fail(name("token scope"), scopes, "approving and playing need the scope api: make a new token with it")
      return [scope, tokenExpiry(token)]
    }
  }

  private func tokenExpiry(_ token: ProbeReport.Token) -> DoctorFinding {
    guard let end = token.expiresAt else { return .ok(name("token expiry"), "GitLab names no end of it") }
    let seen = token.expiry(at: now) ?? ""
    let remedy = "rotate it before then: `gatehouse setup rotate-token`, or in GitLab; SIGHUP has the server read the new one"
    if end <= now { return .fail(name("token expiry"), "\(seen): GitLab takes it no more", deadTokenRemedy) }
    if let notice = expected.rotatesTokenBefore, let due = token.rotationDue(notice), let overdue = token.rotationOverdue(notice) {
      let day = due.iso8601.prefix(10)
      // Where none runs yet, it may well run by then.
      if !expected.isServing, now >= due || token.expiresSoon(at: now, lifetime: expected.tokenLifetime) {
        return .warn(
          name("token expiry"), "\(seen): a server would rotate it by itself from \(day) on, and none runs on this database",
          "start `gatehouse serve`, or run `gatehouse setup rotate-token`")
      }
      return now < overdue
        ? .ok(name("token expiry"), "\(seen); the server rotates it by itself from \(day) on")
        : .warn(
          name("token expiry"), "\(seen): the server should have rotated it by itself since \(day)",
          "the server's log says why it did not; `gatehouse setup rotate-token` does it by hand")
    }
    return token.expiresSoon(at: now, lifetime: expected.tokenLifetime)
      ? .warn(name("token expiry"), seen, remedy) : .ok(name("token expiry"), seen)
  }
}

extension ProbeReport.Token {
  /// `expires 2027-01-31, in 12 days`; nil for one that does not.
  package func expiry(at now: Instant) -> String? {
    guard let expiresAt else { return nil }
    let day = expiresAt.iso8601.prefix(10)
    guard expiresAt > now else { return "expired \(day)" }
    return switch (expiresAt - now).components.seconds / 86_400 {
    case 0: "expires \(day), in less than a day"
    case 1: "expires \(day), in 1 day"
    case let days: "expires \(day), in \(days) days"
    }
  }

  /// Whether it is time to speak of its end.
  ///
  /// - Parameter lifetime: how long such tokens live.
  package func expiresSoon(at now: Instant, lifetime: TokenLifetime) -> Bool { expiresAt.map { $0 - now < lifetime.notice } ?? false }
}
