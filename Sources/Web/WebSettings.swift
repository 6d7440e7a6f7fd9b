package import Gate
internal import GitLab

/// What the HTTP surface is made of: a snapshot. A new configuration makes a new one, and a new `Application`.
package struct WebSettings: Sendable {
  package var gate: Gate
  package var webhooks: [WebhookInstance]
  /// The program's version, as `/healthz` tells it.
  package var version: String
  /// Outlives the snapshot: the rim takes from it what it writes down now and then.
  package var tokenUses: TokenUses
  /// Outlives the snapshot too.
  package var counts: EventCounts
  /// The largest body of a webhook.
  package var deliveryBytes: Int
  /// Told of every delivery that was refused, on the thread that calls `Application`. For the log.
  package var report: @Sendable (WebhookReport) -> Void

  package init(
    gate: Gate, webhooks: [WebhookInstance], version: String, tokenUses: TokenUses, counts: EventCounts = EventCounts(),
    deliveryBytes: Int? = nil,
    report: @escaping @Sendable (WebhookReport) -> Void = { _ in }
  ) {
    self.gate = gate
    self.webhooks = webhooks
    self.version = version
    self.tokenUses = tokenUses
    self.counts = counts
    self.deliveryBytes = min(deliveryBytes ?? .max, Limits.deliveryBytes)
    self.report = report
  }
}

extension WebSettings {
  /// The instance that the address names, or the one whose secret the delivery knows: each has its own. Throws 401, and says why only in the report.
  func sender(
    named name: String?, requestID: @autoclosure () -> String, verify: (WebhookInstance) throws(WebhookFault) -> Void
  ) throws(Fault) -> WebhookInstance {
    var faults: [(instance: String, fault: WebhookFault)] = []
    for instance in webhooks where name == nil || instance.name == name {
      do throws(WebhookFault) {
        try verify(instance)
        return instance
      } catch {
        faults.append((instance.name, error))
      }
    }
    let reasons = faults.map { faults.count == 1 ? "\($0.fault)" : "\($0.instance): \($0.fault)" }
    report(
      WebhookReport(
        requestID: requestID(), instance: name,
        reason: reasons.isEmpty ? "no GitLab instance is configured" : reasons.joined(separator: "; ")))
    throw .notAuthentic
  }
}

/// A GitLab instance as the sender of webhooks.
package struct WebhookInstance: Sendable {
  package let name: String
  let verifier: WebhookVerifier
  let secrets: [String]

  /// - Parameter otherSecrets: what must never stand in a body that is kept, besides the two tokens (the API token, say).
  ///
  /// Throws `MalformedSigningToken`, which names the remedy.
  package init(name: String, webhookToken: String?, signingToken: String?, otherSecrets: [String] = []) throws {
    self.name = name
    verifier = try WebhookVerifier(webhookToken: webhookToken, signingToken: signingToken)
    self.secrets = [webhookToken, signingToken].compactMap(\.self) + otherSecrets
  }
}

/// A delivery that was refused, and why: the sender is told only that it is not authentic.
package struct WebhookReport: Sendable, Hashable, CustomStringConvertible {
  package var requestID: String
  /// The instance that the address names, if it names one.
  package var instance: String?
  package var reason: String

  package var description: String {
    "refused a delivery\(instance.map { " for \($0)" } ?? ""), request \(requestID): \(reason)"
  }
}
