import Calendar
import GitLabSimulator

/// What the doctor finds nothing wrong with, for stories that then break one thing.
extension World {
  /// An administrator's token, as `admin_token` configures it. It is shown what waits for the account: of that only what the house gates is left.
  mutating func addAdministrator() {
    unprotect(environment: "staging")
    tokens.insert(
      PersonalAccessToken(
        id: 502, userID: 1, secret: HouseSettings.adminToken, name: "doctor", scopes: ["read_api"], createdAt: now,
        expiresAt: now + .seconds(365 * 86_400)))
  }

  /// With a webhook too that leads to the gate's `public_url`.
  mutating func isSetUp(for settings: HouseSettings) {
    addAdministrator()
    addHook(
      url: "https://gatehouse.example.com/webhooks/gitlab", token: settings.proof == .token ? HouseSettings.webhookToken : nil,
      signingToken: settings.proof == .signature ? HouseSettings.signingToken : nil, events: [.deployment, .pipeline])
  }
}
