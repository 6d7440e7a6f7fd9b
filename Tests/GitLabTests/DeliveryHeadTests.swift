import HTTPTypes
import Testing

@testable import GitLab

@Suite struct DeliveryHeadTests {
  @Test func readsWhatGitLabSends() {
    let head = DeliveryHead([
      .idempotencyKey: "f5e5f430", .webhookID: "other", .gitLabEvent: "Deployment Hook", .userAgent: "GitLab/19.3.0-ee",
    ])
    #expect(head.key == "f5e5f430")
    #expect(head.eventName == "Deployment Hook")
  }

  @Test func fallsBackToTheWebhookID() {
    #expect(DeliveryHead([.webhookID: "abc"]).key == "abc")
    #expect(DeliveryHead([:]) == DeliveryHead([.userAgent: "curl/8"]))
  }

  @Test(arguments: [String(repeating: "k", count: 129), "a b", "ä", ""])
  func keysThatCannotBeKept(key: String) {
    #expect(DeliveryHead([.idempotencyKey: key]).key == nil)
  }

  @Test func aDoubledKeyIsNone() {
    var fields = HTTPFields()
    fields.append(HTTPField(name: .idempotencyKey, value: "a"))
    fields.append(HTTPField(name: .idempotencyKey, value: "b"))
    #expect(DeliveryHead(fields).key == nil)
  }

  @Test(arguments: [("19.3.0-ee", 19, 3), ("GitLab/18.5.1-ee", 18, 5), ("Gitlab/16.11.2", 16, 11), ("17.0-pre", 17, 0)])
  func versions(text: String, major: Int, minor: Int) {
    #expect(GitLabVersion(text) == GitLabVersion(major: major, minor: minor))
  }

  @Test(arguments: ["", "curl/8.5", "GitLab/", "19", "x.y", "19.", "99999.1"])
  func noVersions(text: String) {
    #expect(GitLabVersion(text) == nil)
  }

  @Test func versionsTellWhatGitLabDoes() {
    #expect(GitLabVersion(major: 19, minor: 3).announcesBlockedDeployments)
    #expect(!GitLabVersion(major: 19, minor: 2).announcesBlockedDeployments)
    #expect(GitLabVersion(major: 19, minor: 0).signsWebhooks)
    #expect(!GitLabVersion(major: 18, minor: 11).signsWebhooks)
  }
}
