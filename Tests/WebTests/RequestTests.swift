import ChangeControl
import HTTPMessages
import HTTPTypes
import JSON
import Testing
import Web

/// What the head of a request decides by itself, and what every answer carries.
@Suite struct RequestTests {
  let house: House

  init() throws {
    house = try House()
    try house.deployment(.blocked())
  }

  struct Refused: Sendable, CustomTestStringConvertible {
    var method: HTTPRequest.Method
    var target: String
    var user: String?
    var fields: HTTPFields
    var status: Int
    var code: String
    var allow: String?
    var testDescription: String { "\(method) \(target) → \(status) \(code)" }

    init(
      _ method: HTTPRequest.Method, _ target: String, as user: String? = "alice", fields: HTTPFields = [:], _ status: Int, _ code: String,
      allow: String? = nil
    ) {
      (self.method, self.target, self.user, self.fields) = (method, target, user, fields)
      (self.status, self.code, self.allow) = (status, code, allow)
    }
  }

  static let refused: [Refused] = [
    Refused(.get, "/", as: nil, 404, "not_found"),
    Refused(.get, "/api/v1/changes/", 404, "not_found"),
    Refused(.get, "/api/v1/changes//comments", 404, "not_found"),
    Refused(.get, "/API/v1/changes", 404, "not_found"),
    Refused(.get, "/api/v1/changes/CHG-1/attestation", 404, "not_found"),
    Refused(.post, "/api/v1/changes/CHG-1/break-window", 404, "not_found"),
    Refused(.put, "/api/v1/changes/CHG-1/transitions", 405, "method_not_allowed", allow: "GET, HEAD, POST, OPTIONS"),
    Refused(.get, "/metrics/", as: nil, 404, "not_found"),
    Refused(.post, "/metrics", as: nil, 405, "method_not_allowed", allow: "GET, HEAD, OPTIONS"),
    Refused(.get, "/api/v1/changes/CHG-%zz", 400, "malformed_path"),
    Refused(.get, "/api/v1/changes/CHG-1%00", 400, "malformed_path"),
    Refused(.get, "/api/v1/changes/%ff", 400, "malformed_path"),
    Refused(.post, "/api/v1/changes", 405, "method_not_allowed", allow: "GET, HEAD, OPTIONS"),
    Refused(.put, "/api/v1/changes/CHG-1", 405, "method_not_allowed", allow: "GET, HEAD, PATCH, OPTIONS"),
    Refused(.get, "/api/v1/changes/CHG-1/approval", 405, "method_not_allowed", allow: "POST, DELETE, OPTIONS"),
    Refused(.delete, "/api/v1/changes/CHG-1/comments", 405, "method_not_allowed", allow: "GET, HEAD, POST, OPTIONS"),
    Refused(.get, "/webhooks/gitlab", as: nil, 405, "method_not_allowed", allow: "POST, OPTIONS"),
    Refused(.delete, "/healthz", as: nil, 405, "method_not_allowed", allow: "GET, HEAD, OPTIONS"),
    Refused(.get, "/api/v1/me", as: nil, 401, "token_missing"),
    Refused(.post, "/api/v1/changes/CHG-1/approval", as: nil, fields: [.contentType: "text/plain"], 401, "token_missing"),
    Refused(.post, "/api/v1/changes/CHG-1/approval", fields: [.contentType: "text/plain"], 415, "unsupported_media_type"),
    Refused(
      .post, "/api/v1/changes/CHG-1/comments", fields: [.contentType: "application/x-www-form-urlencoded"], 415, "unsupported_media_type"),
    Refused(
      .post, "/api/v1/changes/CHG-1/comments", fields: [.contentType: "application/json; charset=latin1"], 415, "unsupported_media_type"),
    Refused(.post, "/api/v1/changes/CHG-1/comments", fields: [.contentType: "application/jsonp"], 415, "unsupported_media_type"),
    Refused(
      .post, "/api/v1/changes/CHG-1/comments", fields: [.contentType: "application/json", .contentEncoding: "gzip"], 415,
      "unsupported_media_type"),
    Refused(.post, "/api/v1/changes/CHG-1/comments", fields: [.contentLength: "1048577"], 413, "body_too_large"),
  ]

  @Test(arguments: refused) func theHeadAloneIsRefused(_ request: Refused) throws {
    let before = try house.rowCounts()
    let response = house.send(request.method, request.target, as: request.user, fields: request.fields)
    #expect(response.status.code == request.status)
    #expect(response.code == request.code)
    #expect(response["Allow"] == request.allow)
    #expect(response["WWW-Authenticate"] == (request.status == 401 ? "Bearer" : nil))
    #expect(try house.rowCounts() == before)
  }

  @Test(arguments: ["application/json", "application/json; charset=utf-8", "Application/JSON;charset=\"UTF-8\"", nil])
  func takesJSONHoweverItIsNamed(_ type: String?) {
    let fields: HTTPFields = type.map { [.contentType: $0] } ?? [:]
    let response = house.send(.post, "/api/v1/changes/CHG-1/comments", as: "alice", fields: fields, body: #"{"comment":"hello"}"#)
    #expect(response.status == .created)
  }

  @Test func bodiesAreBoundedByWhatTheyAreFor() {
    func limit(_ method: HTTPRequest.Method, _ path: String, _ fields: HTTPFields) -> Int? {
      let head = HTTPRequest(method: method, scheme: nil, authority: nil, path: path, headerFields: fields)
      if case .body(let admitted) = house.application.admit(head) { return admitted.limit }
      return nil
    }
    let proof: HTTPFields = [HTTPField.Name("X-Gitlab-Token")!: House.webhookToken, .transferEncoding: "chunked"]
    let token: HTTPFields = [.authorization: "Bearer \(house.tokens["alice"] ?? "")", .contentLength: "2"]
    #expect(limit(.post, "/webhooks/gitlab", proof) == 25 * 1024 * 1024)
    #expect(limit(.post, "/api/v1/changes/CHG-1/comments", token) == 1024 * 1024)
  }

  @Test(arguments: ["/api/v1/changes/CHG-1/comments", "/api/v1/changes/CHG-1/approval", "/webhooks/gitlab"])
  func aBodyThatIsNotAnnouncedIsAskedFor(_ path: String) {
    let fields: HTTPFields = [
      .authorization: "Bearer \(house.tokens["alice"] ?? "")", HTTPField.Name("X-Gitlab-Token")!: House.webhookToken,
    ]
    let head = HTTPRequest(method: .post, scheme: nil, authority: nil, path: path, headerFields: fields)
    guard case .answer(let answer) = house.application.admit(head) else {
      Issue.record("it is let in")
      return
    }
    #expect(answer.status == .lengthRequired)
    #expect(answer.code == "length_required")
  }

  @Test func aBodyAboveTheLimitIsRefusedEvenWithoutALength() throws {
    let before = try house.rowCounts()
    let body = #"{"comment":"\#(String(repeating: " ", count: 1024 * 1024))x"}"#
    let response = house.send(
      .post, "/api/v1/changes/CHG-1/comments", as: "alice", fields: [.transferEncoding: "chunked"], body: body)
    #expect(response.code == "body_too_large")
    #expect(try house.rowCounts() == before)
  }

  @Test func optionsTellsWhatMayBeAsked() {
    let response = house.send(.options, "/api/v1/changes/CHG-1/approval")
    #expect(response.status == .noContent)
    #expect(response["Allow"] == "POST, DELETE, OPTIONS")
    #expect(house.send(.options, "*")["Allow"] == "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS")
    #expect(house.send(.options, "/nothing").status == .notFound)
  }

  @Test func headIsAskedForAsGetIs() {
    for path in ["/healthz", "/readyz", "/api/v1/changes", "/api/v1/changes/CHG-1", "/api/v1/me"] {
      let get = house.send(.get, path, as: "alice")
      let head = house.send(.head, path, as: "alice")
      #expect(head.status == .ok)
      #expect(head.head == get.head)
    }
  }

  @Test func everyAnswerCarriesWhatItMust() {
    let requests: [(HTTPRequest.Method, String, String?)] = [
      (.get, "/healthz", nil), (.get, "/readyz", nil), (.get, "/nothing", nil), (.get, "/api/v1/me", nil), (.get, "/api/v1/me", "alice"),
      (.get, "/api/v1/changes", "alice"), (.get, "/api/v1/changes/CHG-9", "alice"), (.options, "*", nil),
      (.post, "/webhooks/gitlab", nil), (.get, "/api/v1/audit", "alice"),
    ]
    let given = HTTPField.Name("X-Request-Id")!
    for (method, path, user) in requests {
      let response = house.send(method, path, as: user, fields: [given: "Mine-1_2.3"])
      #expect(response["X-Request-Id"] == "Mine-1_2.3")
      #expect(response["Cache-Control"] == "no-store")
      #expect(response["X-Content-Type-Options"] == "nosniff")
      if response.status.code >= 400 { #expect(response.json["error"]?["request_id"]?.string == "Mine-1_2.3") }
      if !response.body.isEmpty { #expect(response["Content-Type"] == "application/json") }
      #expect(house.send(method, path, as: user)["X-Request-Id"]?.isEmpty == false)
    }
  }

  @Test(arguments: ["", "two words", "a\u{e9}", String(repeating: "a", count: 65), "a/b", "a\"b"])
  func aRequestIDThatMayNotStandInALogIsReplaced(_ id: String) {
    let head = HTTPRequest(
      method: .get, scheme: nil, authority: nil, path: "/", headerFields: [HTTPField.Name("X-Request-Id")!: id])
    #expect(Application.requestID(from: head, fresh: "fresh") == "fresh")
  }

  @Test func unexpectedErrorsTellNothing() {
    struct Inside: Error { var secret = "SELECT * FROM token" }
    let response = house.application.response(to: Inside(), requestID: "id")
    #expect(response.status == .internalServerError)
    #expect(response.code == "internal_error")
    #expect(!response.text.contains("SELECT"))
    #expect(!response.text.contains("Inside"))
  }
}
