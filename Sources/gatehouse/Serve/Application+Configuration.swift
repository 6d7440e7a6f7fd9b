import Configuration
import Gate
import Logging
import Web

extension Application {
  /// What answers requests by a configuration.
  convenience init(for configuration: Configuration, tokenUses: TokenUses, counts: EventCounts, log: Logger) throws {
    let webhooks = try configuration.gitlab.map { instance in
      try WebhookInstance(
        name: instance.name, webhookToken: instance.webhookToken?.reveal(), signingToken: instance.signingToken?.reveal(),
        otherSecrets: [instance.token, instance.adminToken].compactMap { $0?.reveal() })
    }
    self.init(
      settings: WebSettings(
        gate: Gate(plan: configuration.plan, inForceSince: SystemClock.now()),
        webhooks: webhooks, version: Version.text, tokenUses: tokenUses, counts: counts,
        deliveryBytes: configuration.server.limits.webhookBody,
        report: { report in
          log.warning(
            "a webhook was refused: not authentic",
            metadata: [
              "instance": "\(report.instance ?? configuration.gitlab.map(\.name).joined(separator: ", "))", "reason": "\(report.reason)",
              "request_id": "\(report.requestID)",
            ])
        }))
  }
}
