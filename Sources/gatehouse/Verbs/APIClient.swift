import GitLab
import HTTPClient
import HTTPMessages
import HTTPTypes
import JSON

/// The REST client behind `gatehouse change`. Reads GATEHOUSE_URL and GATEHOUSE_TOKEN. A gate on this machine may be named by its Unix socket,
/// unix:PATH.
struct APIClient {
  private let address: GitLabAddress
  private let token: String
  private let client: HTTPClient

  init() throws {
    guard let url = environmentVariable("GATEHOUSE_URL") else {
      throw Failure.usage("set GATEHOUSE_URL to the gate's address, such as http://127.0.0.1:8080")
    }
    guard let token = environmentVariable("GATEHOUSE_TOKEN") else {
      throw Failure.usage("set GATEHOUSE_TOKEN to your token; an administrator makes one with `gatehouse token create --user NAME`")
    }
    try self.init(url: url, token: token, certificateAuthorityFile: environmentVariable("GATEHOUSE_CA_FILE"))
  }

  init(url: String, token: String, certificateAuthorityFile: String? = nil) throws {
    let unixSocket = url.hasPrefix("unix:") ? String(url.dropFirst("unix:".count)) : nil
    guard unixSocket != "", let address = try? GitLabAddress(unixSocket == nil ? url : "http://localhost") else {
      // What is wrong with one is said without repeating it where it may carry a secret, as the configuration says it of its own.
      if url.contains("@") {
        throw Failure.usage("the address of the gate must not carry a user name or a password; leave out what stands before the @")
      }
      if url.contains(where: { "?#".contains($0) }) {
        throw Failure.usage("the address of the gate must not have a query or a fragment; leave out what begins at the ? or the #")
      }
      throw Failure.usage(
        "'\(terminalSafe(url))' is no address of a gate; write http:// or https:// and its host, such as http://127.0.0.1:8080, or unix:PATH"
      )
    }
    self.address = address
    do {
      client = try HTTPClient(certificateAuthorityFile: certificateAuthorityFile, unixSocket: unixSocket)
    } catch {
      throw Failure.usage("the gate cannot be asked: \(error)")
    }
    self.token = token
  }

  /// The status that a GET is answered with; nil when nothing answers.
  func status(of path: String) async -> Int? {
    let head = HTTPRequest(method: .get, scheme: address.scheme, authority: address.authority, path: address.root + path)
    let answer = await client.send(Request(head: head))
    await client.shutDown()
    return try? answer.get().status.code
  }

  /// Sends one request and returns its JSON. What the server refuses is the answer no, in the server's own words.
  func send(_ method: HTTPRequest.Method, _ path: String, body: JSONValue? = nil) async throws -> JSONValue {
    let response = try await exchange(method, path, body: body)
    guard let value = try? JSONValue.parse(response.body) else { throw refusal(response, to: path) }
    return value
  }

  /// Sends one request and returns the answer, which is a yes, whole.
  func exchange(_ method: HTTPRequest.Method, _ path: String, body: JSONValue? = nil) async throws -> Response {
    var head = head(method, path)
    if body != nil { head.headerFields[.contentType] = "application/json" }
    let answer = await client.send(Request(head: head, body: body?.bytes ?? []))
    await client.shutDown()
    switch answer {
    case .failure(let failure): throw Failure.no(failure.reason)
    case .success(let response):
      guard (200..<300).contains(response.status.code) else { throw refusal(response, to: path) }
      return response
    }
  }

  /// Takes the events after one that was heard, or from now on. Returns why no more come, once none do; what the server refuses is thrown.
  func follow(_ path: String, after lastID: Int64?, receive: @escaping @Sendable (_ piece: [UInt8]) -> Bool) async throws -> String {
    var head = head(.get, path)
    if let lastID, let name = HTTPField.Name("Last-Event-ID") { head.headerFields[name] = String(lastID) }
    let answer = await client.follow(Request(head: head), receive: receive)
    await client.shutDown()
    switch answer {
    case .failure(let failure): return failure.reason
    case .success(let response):
      if response.status.code >= 500 { return refusal(response, to: path).message }
      guard (200..<300).contains(response.status.code) else { throw refusal(response, to: path) }
      return "the server has closed the connection"
    }
  }

  private func head(_ method: HTTPRequest.Method, _ path: String) -> HTTPRequest {
    var head = HTTPRequest(method: method, scheme: address.scheme, authority: address.authority, path: address.root + path)
    head.headerFields[.authorization] = "Bearer \(token)"
    head.headerFields[.userAgent] = "gatehouse/\(Version.text)"
    return head
  }

  /// What answers in GitLab's shape anywhere else than below its API's paths is no gate.
  private func refusal(_ response: Response, to path: String) -> Failure {
    let body = try? JSONValue.parse(response.body)
    let message = body?["error"]?["message"]?.string ?? (path.hasPrefix("/api/v1/") ? nil : body.flatMap(gitLabMessage))
    return .no(terminalSafe(message ?? "the server answered \(response.status.code) without saying why; is GATEHOUSE_URL right?"))
  }
}

/// What an answer in GitLab's shape says: `{"message": "text"}`, `{"message": ["text"]}` or `{"error": "text"}`.
private func gitLabMessage(_ body: JSONValue) -> String? {
  if let messages = body["message"]?.array { return messages.map { $0.string ?? $0.text }.joined(separator: "; ") }
  return body["message"].map { $0.string ?? $0.text } ?? body["error"]?.string
}

/// RFC 3986 §2.1: everything but the unreserved characters as %XX.
func percentEncoded(_ text: String) -> String {
  var encoded = ""
  for byte in text.utf8 {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
      UInt8(ascii: "-"),
      UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
      encoded.unicodeScalars.append(Unicode.Scalar(byte))
    default:
      let hexadecimal = String(byte, radix: 16, uppercase: true)
      encoded += "%" + (hexadecimal.count == 1 ? "0" : "") + hexadecimal
    }
  }
  return encoded
}
