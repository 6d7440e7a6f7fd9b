import ChangeControl
import Cryptography
import HTTPMessages
import HTTPTypes
import JSON
import Storage
import Testing
import Web

/// GitLab's webhooks: authentic first, then written down, then answered.
@Suite struct DeliveryTests {
  let house: House

  init() throws { house = try House() }

  static func body(_ status: String = "blocked", deployment: Int = 815, environment: String = "production", extra: String = "") -> String {
    """
    {"object_kind":"deployment","status":"\(status)","status_changed_at":"2026-09-03T09:15:02.000Z","deployment_id":\(deployment),\
    "deployable_id":79601,"environment":"\(environment)","environment_tier":"\(environment)","project":{"id":30,"name":"checkout",\
    "path_with_namespace":"acme/payments/checkout","web_url":"https://gitlab.example.com/acme/payments/checkout"},"short_sha":"279484c0",\
    "user":{"id":12,"name":"Dana","username":"dana"},"ref":"main"\(extra)}
    """
  }

  private func fields(token: String? = House.webhookToken, key: String? = "key-1", event: String = "Deployment Hook") -> HTTPFields {
    var fields: HTTPFields = [.contentType: "application/json"]
    fields[HTTPField.Name("X-Gitlab-Event")!] = event
    fields[HTTPField.Name("X-Gitlab-Token")!] = token
    fields[HTTPField.Name("Idempotency-Key")!] = key
    return fields
  }

  private func deliver(_ fields: HTTPFields, _ body: String = body(), to path: String = "/webhooks/gitlab") -> Response {
    house.send(.post, path, fields: fields, body: body)
  }

  @Test func recordsWritesTheBodyDownAndAsksGitLab() throws {
    let response = deliver(fields())
    #expect(response.status == .ok)
    #expect(response.json["result"] == "recorded")
    let rows = try house.connection.query("SELECT instance, idempotency_key, event, request_id, received_at, body FROM delivery") { row in
      ([0, 1, 2, 3].map { row.text($0) }, row.integer(4), row.blob(5))
    }
    #expect(rows.map(\.0) == [["main", "key-1", "Deployment Hook", "fresh-id"]])
    #expect(rows.first?.1 == house.now.milliseconds)
    #expect(rows.first?.2 == Array(DeliveryTests.body().utf8))
    #expect(try house.connection.query("SELECT step FROM outbox") { $0.requiredText(0) } == ["inspect"])
  }

  @Test func aBodyOfTooManyValuesIsTooLarge() throws {
    let response = deliver(fields(), "[0" + String(repeating: ",0", count: 1_000_000) + "]")
    #expect(response.status == .contentTooLarge)
    #expect(response.code == "body_too_large")
  }

  /// A token in the head proves the sender; a signature is proved by the body, and a bearer token by the database.
  @Test(arguments: [("/webhooks/gitlab/main", true), ("/webhooks/gitlab/signed", false), ("/api/v1/changes/CHG-1/comments", false)])
  func whoSendsABodyIsKnownByATokenOnly(_ path: String, _ isKnown: Bool) throws {
    let house = try House(webhooks: [
      WebhookInstance(name: "main", webhookToken: House.webhookToken, signingToken: nil),
      WebhookInstance(name: "signed", webhookToken: nil, signingToken: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo="),
    ])
    var fields = fields()
    fields[.authorization] = house.tokens["alice"].map { "Bearer \($0)" }
    for name in ["webhook-id", "webhook-timestamp", "webhook-signature"] { fields[HTTPField.Name(name)!] = "1" }
    fields[.contentLength] = "10"
    let head = HTTPRequest(method: .post, scheme: nil, authority: "gatehouse.example.com", path: path, headerFields: fields)
    guard case .body(let admitted) = house.application.admit(head) else {
      Issue.record("the body is not read")
      return
    }
    #expect(admitted.isSenderKnown == isKnown)
  }

  @Test(arguments: ["guessed", "", nil] as [String?])
  func theBodyOfWhoeverDoesNotKnowTheTokenIsNotTakenIn(token: String?) {
    let head = HTTPRequest(
      method: .post, scheme: nil, authority: "gatehouse.example.com", path: "/webhooks/gitlab", headerFields: fields(token: token))
    guard case .answer(let answer) = house.application.admit(head) else {
      Issue.record("25 MiB would be read of it")
      return
    }
    #expect(answer.status == .unauthorized)
    #expect(house.reported.count == 1)
  }

  @Test func theSameAgainIsADuplicate() throws {
    _ = deliver(fields())
    let before = try house.rowCounts()
    #expect(deliver(fields()).json["result"] == "duplicate")
    #expect(try house.rowCounts() == before)
    let reworded = deliver(fields(key: "key-2"))
    #expect(reworded.json["result"] == "duplicate")
    #expect(reworded.json["reason"]?.string?.isEmpty == false)
    #expect(try house.rowCounts()["outbox"] == 1)
  }

  @Test func whatIsNothingToAGateIsIgnoredWithTheReasonAndNotKept() throws {
    let irrelevant: [(String, String)] = [
      (#"{"object_kind":"push"}"#, "Push Hook"), ("[]", "Deployment Hook"), ("null", "Deployment Hook"), (#""x""#, "Pipeline Hook"),
      (DeliveryTests.body(environment: "review"), "Deployment Hook"), (DeliveryTests.body("dancing"), "Deployment Hook"),
    ]
    for (index, (body, event)) in irrelevant.enumerated() {
      let response = deliver(fields(key: "key-\(index)", event: event), body)
      #expect(response.status == .ok)
      #expect(response.json["result"] == "ignored")
      #expect(response.json["reason"]?.string?.isEmpty == false)
    }
    #expect(try house.rowCounts()["outbox"] == 0)
    #expect(try house.rowCounts()["delivery"] == Int64(irrelevant.count))
  }

  @Test func whatIsNotAuthenticTouchesNothingAndIsNotToldWhy() throws {
    let before = try house.rowCounts()
    let wrong = [
      fields(token: nil), fields(token: ""), fields(token: "wrong"), fields(token: House.webhookToken + "x"),
      fields(token: House.webhookToken.uppercased()),
    ]
    var texts: Set<String> = []
    for fields in wrong {
      // Not JSON either: a body that is not authentic is not even looked at.
      let response = deliver(fields, "{")
      #expect(response.status == .unauthorized)
      #expect(response.code == "not_authentic")
      texts.insert(response.message)
    }
    #expect(texts.count == 1)
    #expect(try house.rowCounts() == before)
    #expect(house.reported.count == wrong.count)
    #expect(Set(house.reported.map(\.reason)).count > 1)
    for report in house.reported {
      #expect(!report.description.contains(House.webhookToken))
      #expect(!report.description.contains("wrong token text"))
    }
  }

  @Test(arguments: ["", "{", "status=blocked", "{\"a\":\u{1}}", #"{"a":1}x"#]) func whatIsNotJSONIsRefused(_ body: String) throws {
    let before = try house.rowCounts()
    let response = deliver(fields(), body)
    #expect(response.status == .badRequest)
    #expect(response.code == "not_json")
    #expect(try house.rowCounts() == before)
  }

  @Test func theInstanceMayBeNamed() throws {
    #expect(deliver(fields(), to: "/webhooks/gitlab/main").json["result"] == "recorded")
    let before = try house.rowCounts()
    let unknown = deliver(fields(), to: "/webhooks/gitlab/other")
    #expect(unknown.status == .notFound)
    #expect(unknown.code == "instance_not_found")
    #expect(unknown.message.contains("main"))
    #expect(try house.rowCounts() == before)
  }

  @Test func ofSeveralInstancesTheOneWhoseSecretItKnowsIsTheSender() throws {
    let house = try House(webhooks: [
      WebhookInstance(name: "main", webhookToken: "secret-of-main", signingToken: nil),
      WebhookInstance(name: "second", webhookToken: "secret-of-second", signingToken: nil),
    ])
    func result(_ path: String, _ token: String, key: String) -> Response {
      house.send(.post, path, fields: fields(token: token, key: key), body: DeliveryTests.body())
    }
    #expect(result("/webhooks/gitlab", "secret-of-second", key: "1").status == .ok)
    #expect(result("/webhooks/gitlab", "secret-of-main", key: "2").status == .ok)
    #expect(try house.connection.query("SELECT instance FROM delivery ORDER BY id") { $0.requiredText(0) } == ["second", "main"])
    #expect(result("/webhooks/gitlab/main", "secret-of-second", key: "3").code == "not_authentic")
    #expect(result("/webhooks/gitlab", "secret-of-neither", key: "4").code == "not_authentic")
    #expect(house.reported.last?.reason.contains("second: ") == true)
    #expect(try house.rowCounts()["delivery"] == 2)
  }

  @Test func noInstanceAtAllLetsNobodyIn() throws {
    let house = try House(webhooks: [])
    #expect(house.send(.post, "/webhooks/gitlab", fields: fields(), body: DeliveryTests.body()).code == "not_authentic")
  }

  @Test func aSignatureIsChecked() throws {
    let key = Array(repeating: UInt8(7), count: 32)
    let token = "whsec_BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc="
    let house = try House(webhooks: [WebhookInstance(name: "main", webhookToken: House.webhookToken, signingToken: token)])
    func deliver(_ body: String, signedFor signed: String, seconds: Int64, id: String) -> Response {
      let text = "\(id).\(seconds).\(signed)"
      let code = MessageAuthentication.sha256([Array(text.utf8)], key: key)
      var fields = fields(key: id)
      fields[HTTPField.Name("webhook-id")!] = id
      fields[HTTPField.Name("webhook-timestamp")!] = String(seconds)
      fields[HTTPField.Name("webhook-signature")!] = "v1," + Base64.encode(code)
      return house.send(.post, "/webhooks/gitlab", fields: fields, body: body)
    }
    let body = DeliveryTests.body()
    let seconds = house.now.milliseconds / 1_000
    #expect(deliver(body, signedFor: body, seconds: seconds, id: "a").json["result"] == "recorded")
    #expect(deliver(body + " ", signedFor: body, seconds: seconds, id: "b").code == "not_authentic")
    #expect(deliver(body, signedFor: body, seconds: seconds - 301, id: "c").code == "not_authentic")
    // The token alone counts no more.
    #expect(house.send(.post, "/webhooks/gitlab", fields: fields(key: "d"), body: body).code == "not_authentic")
    #expect(try house.rowCounts()["delivery"] == 1)
  }

  @Test func aSigningTokenThatIsNoneIsRefusedWithTheRemedy() {
    let error = #expect(throws: (any Error).self) {
      try WebhookInstance(name: "main", webhookToken: nil, signingToken: "whsec_short")
    }
    #expect(error.map { "\($0)" }?.contains("whsec_") == true)
  }

  @Test func noSecretIsKept() throws {
    let house = try House(webhooks: [
      WebhookInstance(name: "main", webhookToken: House.webhookToken, signingToken: nil, otherSecrets: ["glpat-of-the-gate"])
    ])
    let body = DeliveryTests.body(
      extra: #","commit_title":"uses glpat-of-the-gate and \#(House.webhookToken)","ci_token":"t0psecret","url":"https://u:pw123@host/x""#)
    #expect(house.send(.post, "/webhooks/gitlab", fields: fields(), body: body).json["result"] == "recorded")
    let kept = try #require(try house.connection.query("SELECT body FROM delivery") { $0.blob(0) }.first ?? nil)
    let text = String(decoding: kept, as: UTF8.self)
    for secret in ["glpat-of-the-gate", House.webhookToken, "t0psecret", "pw123"] { #expect(!text.contains(secret)) }
    #expect(text.contains("acme/payments/checkout"))
  }

  @Test func aFullDiskIsSaidAndNothingStands() throws {
    let before = try house.rowCounts()
    house.connection.fault = { here throws(StorageError) in if here == .commit { throw .full } }
    let response = deliver(fields())
    #expect(response.status == .serviceUnavailable)
    #expect(response["Retry-After"] == "5")
    house.connection.fault = nil
    #expect(try house.rowCounts() == before)
    // GitLab sends it again under the same key, and it is recorded.
    #expect(deliver(fields()).json["result"] == "recorded")
  }

  @Test func aQueryOrAnotherContentTypeCostsNoDelivery() {
    var odd = fields()
    odd[.contentType] = "text/plain"
    #expect(deliver(odd, to: "/webhooks/gitlab?from=hook").json["result"] == "recorded")
  }
}
