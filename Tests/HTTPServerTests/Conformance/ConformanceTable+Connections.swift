import HTTPMessages

private func get(_ path: String, _ fields: String = "", version: String = "1.1") -> String {
  "GET \(path) HTTP/\(version)\r\nHost: a\r\n\(fields)\r\n"
}
private func post(_ fields: String, _ body: String = "", version: String = "1.1") -> String {
  "POST / HTTP/\(version)\r\nHost: a\r\n\(fields)\r\n\(body)"
}
private let second = get("/second")

/// Two requests, of which the second is answered only if the connection is kept.
private func kept(_ name: String, _ first: String, says: [String] = [], lacks: [String] = ["Connection:"]) -> ExchangeCase {
  ExchangeCase(
    name: name, stages: [first], statuses: [200], says: says, lacks: lacks, end: .kept
  ).then(second)
}
private func closed(_ name: String, _ first: String, says: [String] = ["Connection: close"]) -> ExchangeCase {
  ExchangeCase(name: name, stages: [first + second], statuses: [200], says: says, end: .closed)
}

extension ExchangeCase {
  /// With one more request, which is answered like the last.
  fileprivate func then(_ request: String) -> ExchangeCase {
    var longer = self
    longer.stages.append(request)
    longer.statuses.append(statuses.last ?? 200)
    // The second request is of HTTP/1.1, which need not be told that its connection is kept.
    longer.says = []
    return longer
  }
}

extension ConformanceTable {
  static let connections: [Rule] = [
    Rule(
      .persistence, "HTTP/1.1 is kept unless it says close",
      exchanges: [
        kept("without a word", get("/")),
        kept("keep-alive", get("/", "Connection: keep-alive\r\n")),
        kept("part of a word", get("/", "Connection: closed, xclose\r\n")),
        kept("an option of another field", get("/", "Proxy-Connection: close\r\n")),
        closed("close", get("/", "Connection: close\r\n")),
        closed("in any case", get("/", "Connection: CLOSE\r\n")),
        closed("in a list", get("/", "Connection: keep-alive , x, close\r\n")),
        closed("on another line", get("/", "Connection: x\r\nConnection: close\r\n")),
        closed("with a body", post("Connection: close\r\nContent-Length: 5\r\n", "hello")),
      ]),
    Rule(
      .persistence, "HTTP/1.0 is closed unless it says keep-alive",
      exchanges: [
        closed("without a word", get("/", version: "1.0")),
        ExchangeCase(
          name: "keep-alive", stages: [get("/", "Connection: Keep-Alive\r\n", version: "1.0")], statuses: [200],
          says: ["Connection: keep-alive"], end: .kept),
        kept("keep-alive, and then another", get("/", "Connection: keep-alive\r\n", version: "1.0")),
        closed("close outranks keep-alive", get("/", "Connection: keep-alive, close\r\n", version: "1.0")),
        closed("nor by another field", get("/", "Keep-Alive: timeout=5\r\n", version: "1.0")),
      ]),
    Rule(
      .lists, "Empty elements of a list are skipped",
      exchanges: [
        closed("before close", get("/", "Connection: ,, close\r\n")),
        closed("behind it", get("/", "Connection: close ,\t,\r\n")),
        kept("nothing else", get("/", "Connection: ,\r\n")),
        kept("not even those", get("/", "Connection:\r\n")),
        ExchangeCase(
          name: "around an expectation", stages: [post("Expect: , 100-continue,\r\nContent-Length: 5\r\n"), "hello"], statuses: [100, 200],
          end: .kept),
        ExchangeCase(name: "no expectation", stages: [get("/", "Expect:\r\n")], statuses: [200], end: .kept),
      ]),
    Rule(
      .pipelining, "Requests are answered in order",
      exchanges: [
        ExchangeCase(
          name: "three", stages: [get("/1") + get("/2") + get("/3")], answer: Response.path, statuses: [200, 200, 200],
          contents: ["/1", "/2", "/3"], end: .kept),
        ExchangeCase(
          name: "with bodies between", stages: [post("Content-Length: 5\r\n", "hello") + get("/2") + post("Content-Length: 0\r\n")],
          answer: { .status(200, body: $0.head.method.rawValue) }, statuses: [200, 200, 200], contents: ["POST", "GET", "POST"], end: .kept),
        ExchangeCase(
          name: "a HEAD between", stages: [get("/1") + get("/2").replacing("GET", with: "HEAD") + get("/3")], answer: Response.path,
          statuses: [200, 200, 200], contents: ["/1", "", "/3"], end: .kept),
        ExchangeCase(
          name: "a fault overtakes no answer", stages: [get("/1") + get("/2") + "garbage\r\n\r\n" + get("/3")],
          statuses: [200, 200, 400], end: .closed),
        ExchangeCase(
          name: "none after the last one", stages: [get("/1") + get("/2", "Connection: close\r\n") + get("/3")], answer: Response.path,
          statuses: [200, 200], contents: ["/1", "/2"], end: .closed),
      ]),
    Rule(
      .tearDown, "The last response says close",
      exchanges: [
        ExchangeCase(
          name: "when the handler asks for it", stages: [get("/1") + get("/2")], answer: { _ in .status(200, [.connection: "close"]) },
          statuses: [200], says: ["Connection: close"], end: .closed),
        ExchangeCase(
          name: "after a fault", stages: ["garbage\r\n\r\n" + second], statuses: [400], says: ["Connection: close"], end: .closed),
      ]),
    Rule(
      .tearDown, "A client that ended its half gets its answer",
      exchanges: [
        ExchangeCase(name: "a request", stages: [get("/")], isHalfClosed: true, statuses: [200], contents: ["hello"], end: .closed),
        ExchangeCase(
          name: "two", stages: [get("/1") + get("/2")], isHalfClosed: true, answer: Response.path, statuses: [200, 200],
          contents: ["/1", "/2"], end: .closed),
        ExchangeCase(name: "none", stages: [], isHalfClosed: true, statuses: [], end: .closed),
        ExchangeCase(name: "an empty line", stages: ["\r\n"], isHalfClosed: true, statuses: [], end: .closed),
        ExchangeCase(
          name: "an empty line behind a request", stages: [get("/") + "\r\n"], isHalfClosed: true, statuses: [200], end: .closed),
      ]),
    Rule(
      .incompleteMessages, "A request that is cut short is never taken for a complete one",
      exchanges: [
        "in the request line": "GET / HT", "in the head": get("/").dropLast(2).description,
        "in a line end": get("/").dropLast(1).description,
        "in a body with a length": post("Content-Length: 5\r\n", "hell"), "before it": post("Content-Length: 5\r\n"),
        "in a chunk": post("Transfer-Encoding: chunked\r\n", "5\r\nhell"),
        "in a size": post("Transfer-Encoding: chunked\r\n", "5"),
        "before the last chunk": post("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n"),
        "before the trailers": post("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\n"),
        "in the last line end": post("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\n\r"),
        "in the trailers": post("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\nX: 1\r\n"),
      ].sorted { $0.key < $1.key }.map { name, input in
        ExchangeCase(name: name, stages: [input], isHalfClosed: true, statuses: [400], says: ["Connection: close"], end: .closed)
      }),
    Rule(
      .upgrade, "An upgrade is ignored: there is nothing to change to",
      exchanges: [
        kept("h2c", get("/", "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n")),
        kept("websocket", get("/", "Connection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n")),
        closed("in HTTP/1.0", get("/", "Connection: upgrade\r\nUpgrade: h2c\r\n", version: "1.0")),
      ]),
  ]
}
