internal import Calendar

/// What became of what GitLab has sent here of late.
extension GateDiagnosis {
  func sendingFindings(_ hooks: [Ours]) -> [DoctorFinding] {
    if let version = survey.version, !version.listsSendings {
      return [.ok(name("webhook deliveries"), "GitLab \(version) does not tell (17.3 does)")]
    }
    var count = 0
    var history: [String] = []
    var troubles: [DoctorFinding] = []
    for hook in hooks {
      guard let result = survey.sendings[.init(place: hook.place, id: hook.webhook.id)] else { continue }
      switch result {
      case .success(let sendings):
        count += sendings.prefix(while: \.hasArrived).count
        troubles += sendingTroubles(hook, sendings)
        if let before = failedBefore(hook, sendings) { history.append(before) }
      case .failure(let gap):
        troubles.append(
          .warn(name("webhook deliveries"), "those of \(hook.text) cannot be read (\(gap.reason))", "see them in GitLab's settings"))
      }
    }
    let arrived = count == 0 ? "none in the last days" : count == 1 ? "the last has arrived" : "the last \(count) have arrived"
    return summed("webhook deliveries", ok: ([arrived] + history).joined(separator: "; "), troubles)
  }

  /// What counts is how it goes now: those since the last that has arrived.
  private func sendingTroubles(_ hook: Ours, _ sendings: [RegisteredWebhook.Sending]) -> [DoctorFinding] {
    let failed = sendings.prefix { !$0.hasArrived }
    guard let newest = failed.first else { return [] }
    let some = failed.count == 1 ? "the last of \(hook.text)" : "the last \(failed.count) of \(hook.text)"
    let remedy =
      newest.status.hasPrefix("401")
      ? "the two sides have different secrets: `gatehouse setup plan` shows it, and `gatehouse setup apply` sends ours again; `gatehouse setup apply "
        + "--resend-secrets` does whatever is known of them. The next delivery tells: send a test in GitLab (Settings > Webhooks). If it "
        + "is refused too, the server has not read its own secret: SIGHUP it"
      : "see the delivery under Settings > Webhooks > Recent events, and mend what stands between GitLab and the gate"
    return [.fail(name("webhook deliveries"), "\(some) failed, the newest\(when(newest)) with '\(newest.status)'", remedy)]
  }

  /// Failures that one which has arrived came after: nothing is left to mend, and they are told as long as GitLab lists them.
  private func failedBefore(_ hook: Ours, _ sendings: [RegisteredWebhook.Sending]) -> String? {
    let failed = sendings.filter { !$0.hasArrived }
    guard sendings.first?.hasArrived == true, let newest = failed.first else { return nil }
    return
      "\(failed.count) of the last \(sendings.count) failed before (\(hook.text)), the newest\(when(newest)) with '\(newest.status)'"
  }

  private func when(_ sending: RegisteredWebhook.Sending) -> String { sending.at.map { " at \($0.iso8601)" } ?? "" }
}
