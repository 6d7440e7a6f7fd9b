import Calendar
import HTTPMessages
import HTTPTypes
import JSON
import Testing

@testable import GitLab

/// What the gate sends to itself, and what the answers mean.
@Suite struct WebhookPingTests {
  private static let token = "hook-token-7f3a91"
  private static let signing = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

  private func ping(token: String? = token, signing: String? = nil, url: String = "https://gate.example.com/x") throws -> WebhookPing {
    try #require(WebhookPing(instance: "main", publicURL: url, webhookToken: token, signingToken: signing))
  }

  @Test("it proves itself as GitLab does, to the verifier that webhooks meet", arguments: [false, true])
  func isAuthentic(_ isSigned: Bool) throws {
    let request = try ping(signing: isSigned ? Self.signing : nil).request(id: "7", at: DoctorSamples.now)
    #expect(request.head.path == "/x/webhooks/gitlab/main" && request.head.authority == "gate.example.com")
    let verifier = try WebhookVerifier(webhookToken: Self.token, signingToken: isSigned ? Self.signing : nil)
    try verifier.verify(request.head.headerFields, body: request.body, at: DoctorSamples.now)
    #expect(DeliveryHead(request.head.headerFields).eventName == WebhookPing.eventName)
    // A signing token wins: the plain one is not sent then.
    #expect((request.head.headerFields[.gitLabToken] == nil) == isSigned)
    let other = try WebhookVerifier(webhookToken: "another", signingToken: nil)
    #expect(throws: WebhookFault.self) { try other.verify(request.head.headerFields, body: request.body, at: DoctorSamples.now) }
  }

  @Test func withNothingToProveItByThereIsNone() {
    #expect(WebhookPing(instance: "main", publicURL: "https://gate.example.com", webhookToken: nil, signingToken: nil) == nil)
  }

  @Test(arguments: [
    (Answer.json(200, ["result": "ignored", "reason": "x"]), "ok", ["secret is taken"]),
    (.text(200, "<html>Welcome to nginx</html>"), "fail", ["no gate", "public_url"]),
    (.json(200, ["result": "recorded"]), "fail", ["no gate"]),
    (.text(301, "", [.location: "https://www.example.com/"]), "fail", ["redirects", "event is lost", "https://"]),
    (.json(401, ["error": ["code": "not_authentic"]]), "fail", ["refuses the secret", "SIGHUP", "X-Gitlab-Token"]),
    (.text(404, "not found"), "fail", ["does not know /webhooks/gitlab/main", "proxy"]),
    (.text(502, "<html>Bad Gateway</html>"), "fail", ["proxy", "gatehouse serve"]),
    (.text(413, ""), "fail", ["413", "logs"]),
    (
      .failure(TransportFailure(effect: .none, reason: "cannot find gate.example.com:443: the name does not resolve")), "warn",
      ["resolve", "DNS"]
    ),
    (
      .failure(TransportFailure(effect: .none, reason: "SSL certificate problem: certificate has expired")), "fail",
      ["expired", "certificate"]
    ),
  ])
  func answers(_ answer: Answer, _ status: String, _ says: [String]) throws {
    let finding = try ping().finding(answer)
    #expect(finding.status.rawValue == status, "\(finding)")
    let text = "\(finding.seen) \(finding.remedy)"
    for word in says { #expect(text.contains(word), "'\(word)' in \(finding)") }
    #expect(!text.contains(Self.token))
  }

  @Test func aSignedOneThatIsRefusedNamesTheFieldsOfASignature() throws {
    let finding = try ping(signing: Self.signing).finding(.json(401, [:]))
    #expect(finding.remedy.contains("webhook-signature"))
  }
}
