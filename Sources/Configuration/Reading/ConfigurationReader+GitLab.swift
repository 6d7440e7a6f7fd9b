internal import ChangeControl

/// The GitLabs of a file. `names` has those too that are wrong, so that a reference to them is not called unknown.
struct DeclaredInstances {
  var names = DeclaredNames(place: "gitlab")
  var plans: [ControlPlan.Instance] = []
  var connections: [Configuration.GitLabInstance] = []
}

private enum AfterApproval: String, CaseIterable { case play, leave }

extension ConfigurationReader {
  func instances(_ file: Section) -> DeclaredInstances {
    var declared = DeclaredInstances()
    let nodes = file.items("gitlab", of: "GitLab instances")
    declared.names.isPartial = nodes == nil && file.has("gitlab")
    for node in nodes ?? [] {
      guard let section = Section(node, "an entry of `gitlab`", .gitlab, report), case let instance = instance(section),
        let name = instance.name
      else {
        declared.names.isPartial = true
        continue
      }
      if let line = declared.names.insert(name, at: section.position(of: "name")) {
        report.problem(
          "`name` \(shown(name)) stands here a second time, first in line \(line); give each GitLab a name of its own",
          at: section.position(of: "name"))
      }
      declared.plans.append(instance.plan(name))
      if let connection = instance.connection(name) { declared.connections.append(connection) }
    }
    return declared
  }

  private func instance(_ section: Section) -> InstanceParts {
    let name = section.required("name", "a short name, such as main, that services and webhook addresses use").flatMap {
      identifier($0, "name")
    }
    let address = section.required("url", "the address that people open this GitLab at").flatMap { gitlabAddress($0) }
    let token = section.required("token", "{file: PATH} or {env: NAME} of the service account's access token").flatMap {
      secret($0, "token")
    }
    let adminToken = section.node("admin_token").flatMap { secret($0, "admin_token") }
    let webhookToken = section.node("webhook_token").flatMap { secret($0, "webhook_token") }
    let signingToken = section.node("signing_token").flatMap { node in secret(node, "signing_token").flatMap { checked($0, node) } }
    if !section.has("webhook_token"), !section.has("signing_token") {
      report.warn(
        "an entry of `gitlab` has neither `webhook_token` nor `signing_token`: its webhooks are refused, and deployments are found by asking GitLab only; give it one",
        at: section.position)
    }
    let file = section.node("ca_file").flatMap { certificateFile($0, "ca_file") }
    return InstanceParts(
      name: name, address: address, token: token, adminToken: adminToken, webhookToken: webhookToken, signingToken: signingToken,
      certificateAuthorityFile: file,
      setup: setup(section.section("setup", .setup), token: token),
      reconcileEvery: section.duration("reconcile_every", in: Limits.reconcileEvery) ?? .seconds(30),
      membershipsEvery: section.duration("memberships_every", in: Limits.membershipsEvery) ?? .seconds(300),
      playsAfterApproval: section.choice("after_approval", AfterApproval.self) != .leave,
      giveUpAfter: section.duration("give_up_after", in: Limits.giveUpAfter) ?? .seconds(86_400))
  }

  private func gitlabAddress(_ node: YAMLNode) -> WebAddress? {
    guard let address = address(node, "url") else { return nil }
    guard !address.text.hasSuffix("/api/v4") else {
      report.problem("`url` ends in /api/v4, which is added here; leave it out", at: node.position)
      return nil
    }
    if !address.isSecure, !address.isLoopback {
      report.warn("`url` is http://: the token goes over the network in the clear; use https://", at: node.position)
    }
    return address
  }

  /// Read now, so that a wrong path is an error here and not a failing handshake at night.
  private func certificateFile(_ node: YAMLNode, _ key: String) -> String? {
    guard let path = report.text(node, key) else { return nil }
    do throws(FileFault) {
      let text = String(decoding: try readFile(path, limit: Limits.fileBytes), as: UTF8.self)
      if text.contains("-----BEGIN "), text.contains("CERTIFICATE-----") { return path }
      report.problem(
        "`\(key)`: the file \(shown(path)) has no certificate in PEM, which begins with -----BEGIN CERTIFICATE-----; convert it",
        at: node.position)
    } catch {
      report.problem("`\(key)`: the file \(shown(path)): \(error)", at: node.position)
    }
    return nil
  }

  private func checked(_ signingToken: Secret, _ node: YAMLNode) -> Secret? {
    guard signingToken.isUnread || isSigningToken(signingToken.reveal()) else {
      report.problem(
        "`signing_token` is not whsec_ and the base64 of 32 bytes; copy it again from the webhook's settings in GitLab", at: node.position)
      return nil
    }
    return signingToken
  }
}

/// What an entry says, each part nil where it is missing or wrong.
private struct InstanceParts {
  var name: String?
  var address: WebAddress?
  var token: Secret?
  var adminToken: Secret?
  var webhookToken: Secret?
  var signingToken: Secret?
  var certificateAuthorityFile: String?
  var setup: GitLabSetup
  var reconcileEvery: Duration
  var membershipsEvery: Duration
  var playsAfterApproval: Bool
  var giveUpAfter: Duration

  func plan(_ name: String) -> ControlPlan.Instance {
    .init(
      name: name, reconcileEvery: reconcileEvery, playsAfterApproval: playsAfterApproval, giveUpAfter: giveUpAfter,
      membershipsEvery: membershipsEvery)
  }

  func connection(_ name: String) -> Configuration.GitLabInstance? {
    guard let address, let token else { return nil }
    return .init(
      name: name, url: address.text, token: token, adminToken: adminToken, webhookToken: webhookToken, signingToken: signingToken,
      certificateAuthorityFile: certificateAuthorityFile, setup: setup)
  }
}

/// `whsec_` and 44 characters of base64, which are 32 bytes: 43 characters and one `=`, the last of them without stray bits (GitLab 19.0).
func isSigningToken(_ text: String) -> Bool {
  guard text.hasPrefix("whsec_") else { return false }
  let digits = Array(text.utf8.dropFirst(6))
  guard digits.count == 44, digits[43] == UInt8(ascii: "=") else { return false }
  return digits[..<43].allSatisfy { $0.isLetterOrDigit || $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "/") }
    && "AEIMQUYcgkosw048".utf8.contains(digits[42])
}
