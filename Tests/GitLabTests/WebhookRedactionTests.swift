import JSON
import TestSupport
import Testing

@testable import GitLab

@Suite struct WebhookRedactionTests {
  private func redacted(_ text: String, hiding secrets: [String] = []) throws -> String {
    String(decoding: try WebhookBody(Array(text.utf8)).redacted(hiding: secrets), as: UTF8.self)
  }

  @Test(arguments: ["deployment-blocked", "deployment-rejected", "pipeline-manual", "job-success", "other-push"])
  func ordinaryBodiesStayAsTheyCame(fixture: String) throws {
    let bytes = try Fixture.bytes(fixture + ".json")
    #expect(try WebhookBody(bytes).redacted(hiding: ["some-secret", "another"]) == bytes)
  }

  @Test(arguments: [
    (
      #"{"variables":[{"key":"A","value":"s3"},{"key":"B","value":""}]}"#,
      #"{"variables":[{"key":"A","value":"[REDACTED]"},{"key":"B","value":""}]}"#
    ),
    (#"{"variables":{"A":"s3"}}"#, #"{"variables":{"A":"[REDACTED]"}}"#),
    (
      #"{"token":"a","Private-Token":"b","x_token":7,"signing_token":["c"],"db_password":"d"}"#,
      #"{"token":"[REDACTED]","Private-Token":"[REDACTED]","x_token":"[REDACTED]","signing_token":"[REDACTED]","db_password":"[REDACTED]"}"#
    ),
    (#"{"a":[{"Authorization":{"x":1}}]}"#, #"{"a":[{"Authorization":"[REDACTED]"}]}"#),
    (#"{"u":"https://bob:pw@host/p?x=1"}"#, #"{"u":"https://[REDACTED]@host/p?x=1"}"#),
    (#"{"u":"see http://tok@h and ssh://x:y@h."}"#, #"{"u":"see http://[REDACTED]@h and ssh://[REDACTED]@h."}"#),
    (#"{"u":"https:\/\/bob:pw@host"}"#, #"{"u":"https://[REDACTED]@host"}"#),
    (#"["https://a:b@c@host/"]"#, #"["https://[REDACTED]@host/"]"#),
    (#"["https://a:b@\u0301host/"]"#, #"["https://[REDACTED]@\#u{301}host/"]"#),
    (#"["ssh:/\/\u0301a:\u0301b@host/"]"#, #"["ssh://[REDACTED]@host/"]"#),
  ])
  func secretsAreReplaced(body: String, kept: String) throws {
    #expect(try redacted(body) == kept)
  }

  @Test(arguments: [
    #"{"token":null,"secret":"","password":true,"token_present":true}"#, #"{"u":"ssh://git@host:2222/a.git"}"#,
    #"{"u":"git@host:a/b.git"}"#, #"{"u":"https://host/@user"}"#, #"{"u":"https://host?m=a@b"}"#, #"{ "variables" : [ ] }"#,
    #"{"email":"[REDACTED]","token":"[REDACTED]"}"#, #"{"m":"a://"}"#,
  ])
  func whatIsNoSecretStays(body: String) throws {
    #expect(try redacted(body) == body)
  }

  @Test func theInstancesOwnSecretsStandNowhere() throws {
    let secret = #"hush"hush"#
    let body = #"{"a":"x hush\"hush y","hush\"hush":[["\u0068ush\"hush"]]}"#
    #expect(try redacted(body, hiding: [secret]) == #"{"a":"x [REDACTED] y","[REDACTED]":[["[REDACTED]"]]}"#)
    for (body, kept) in [
      (#"{"variables":{"hush\"hush":"x"}}"#, #"{"variables":{"[REDACTED]":"[REDACTED]"}}"#),
      (#"{"variables":[{"hush\"hush":1}]}"#, #"{"variables":[{"[REDACTED]":1}]}"#),
    ] { #expect(try redacted(body, hiding: [secret]) == kept) }
    #expect(try redacted(#"["\u0068ush\"hush\u0301"]"#, hiding: [secret]) == "[\"[REDACTED]\u{301}\"]")
    #expect(try redacted(#"{"id":1234567}"#, hiding: ["1234567"]) == #""[REDACTED]""#)
    #expect(
      try redacted(#"{"a":"both top-secret and https://u:p@h"}"#, hiding: ["top-secret"])
        == #"{"a":"both [REDACTED] and https://[REDACTED]@h"}"#)
  }

  @Test func aPipelineKeepsEverythingButItsVariables() throws {
    var object = try #require(Fixture.json("pipeline-manual").object)
    var attributes = try #require(object["object_attributes"]?.object)
    attributes["variables"] = [["key": "DEPLOY_KEY", "value": "very secret"]]
    object["object_attributes"] = .object(attributes)
    let kept = try JSONValue.parse(WebhookBody(JSONValue.object(object).bytes).redacted(hiding: []))
    attributes["variables"] = [["key": "DEPLOY_KEY", "value": "[REDACTED]"]]
    object["object_attributes"] = .object(attributes)
    #expect(kept == .object(object))
  }

  /// None of the words has an end that is passed over unread.
  @Test func everyWordIsSeen() {
    for word in SecretSigns.words { #expect(SecretSigns.mayStand(in: Array("{\"my_\(word)\":1}".utf8))) }
  }

  @Test(arguments: [
    #"{"a":1, "x_token":1}"#, #"{"API-Key" : null}"#, "{\"A_PASSWORD\"\n\t\r :1}", #"{"Variables":[]}"#, #"{"a":"\n"}"#,
    #"{"u":"x://a.b@c"}"#, #"["://@"]"#, #"["a@b://c@"]"#, #"["a@://@@"]"#,
  ])
  func signsOfWhatMayBeHiddenAreSeen(body: String) { #expect(SecretSigns.mayStand(in: Array(body.utf8))) }

  @Test(arguments: [
    "{}", #"{"u":"git@host:a/b.git","v":"https://host/@user","w":"://x\t@"}"#.replacing(#"\t"#, with: "\t"),
    #"{"token_present":true,"secrets":1,"a":"token"}"#,
  ])
  func theWalkIsSparedWhereNoneAre(body: String) { #expect(!SecretSigns.mayStand(in: Array(body.utf8))) }

  @Test(arguments: ["deployment-blocked", "deployment-approved", "deployment-running", "deployment-success"])
  func theWalkIsSparedForWhatComesMostOften(fixture: String) throws {
    #expect(!SecretSigns.mayStand(in: try JSONValue.parse(Fixture.bytes(fixture + ".json")).bytes))
  }

  /// Nothing is looked at again and again: a quarter of a MiB would take a quarter of an hour.
  @Test(.timeLimit(.minutes(1 * slowness)), arguments: ["@", ":", " ", "://", "://a", " :", "\"", "\"n\" "])
  func theQuickLookIsQuickWhateverComes(part: String) {
    let bytes = Array(String(repeating: part, count: 256 * 1_024 / part.utf8.count).utf8)
    #expect(!SecretSigns.mayStand(in: bytes))
  }
}
