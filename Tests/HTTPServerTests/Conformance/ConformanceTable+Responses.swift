import HTTPMessages
import HTTPTypes

private func request(_ method: String, _ fields: String = "", _ body: String = "", version: String = "1.1") -> String {
  "\(method) / HTTP/\(version)\r\nHost: a\r\n\(fields)\r\n\(body)"
}
private let get = request("GET")
private let asks = "Content-Length: 5\r\nExpect: 100-continue\r\n"

private func answered(
  _ name: String, _ response: Response, statuses: [Int]? = nil, content: String = "", says: [String] = [], lacks: [String] = [],
  method: String = "GET", end: ExchangeCase.End = .kept
) -> ExchangeCase {
  ExchangeCase(
    name: name, stages: [request(method)], answer: { _ in response }, statuses: statuses ?? [response.status.code],
    contents: statuses == nil ? [content] : nil, says: says, lacks: lacks, end: end)
}

/// A HEAD that is refused: no content, whatever the fault.
private func refusedHead(_ name: String, _ input: String, _ status: Int) -> ExchangeCase {
  ExchangeCase(name: name, stages: [input], statuses: [status], contents: [""], says: ["Connection: close"], end: .closed)
}

extension ConformanceTable {
  static let expectations: [Rule] = [
    Rule(
      .expect, "100 is said to whoever waits for it",
      exchanges: [
        ExchangeCase(name: "a length", stages: [request("POST", asks), "hello"], statuses: [100, 200], end: .kept),
        ExchangeCase(
          name: "in any case", stages: [request("POST", "Content-Length: 5\r\nEXPECT: 100-Continue\r\n"), "hello"], statuses: [100, 200],
          end: .kept),
        ExchangeCase(
          name: "chunks", stages: [request("POST", "Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n"), "0\r\n\r\n"],
          statuses: [100, 200], end: .kept),
        ExchangeCase(
          name: "twice on one connection", stages: [request("POST", asks), "hello", request("POST", asks), "hello"],
          statuses: [100, 200, 100, 200], end: .kept),
      ]),
    Rule(
      .expect, "It is not said where there is no body",
      exchanges: [
        ExchangeCase(
          name: "a length of zero", stages: [request("POST", "Content-Length: 0\r\nExpect: 100-continue\r\n")], statuses: [200], end: .kept),
        ExchangeCase(name: "a GET", stages: [request("GET", "Expect: 100-continue\r\n")], statuses: [200], end: .kept),
      ]),
    Rule(
      .expect, "It is not said when the answer is known",
      exchanges: [
        ExchangeCase(
          name: "401", stages: [request("POST", asks)], admission: { _ in .answer(.status(401)) }, statuses: [401],
          says: ["Connection: close"], end: .closed),
        ExchangeCase(
          name: "413", stages: [request("POST", "Content-Length: 2000\r\nExpect: 100-continue\r\n")], statuses: [413],
          says: ["Connection: close"], end: .closed),
        ExchangeCase(
          name: "a fault", stages: [request("POST", asks + "Transfer-Encoding: chunked\r\n")], statuses: [400], end: .closed),
      ]),
    Rule(
      .expect, "Another expectation is 417",
      [
        WireCase("a word", request("GET", "Expect: tea\r\n"), .refused(417, .unknownExpectation)),
        WireCase("beside the known one", request("GET", "Expect: 100-continue, tea\r\n"), .refused(417, .unknownExpectation)),
        WireCase("on another line", request("GET", "Expect: 100-continue\r\nExpect: tea\r\n"), .refused(417, .unknownExpectation)),
        WireCase("with a parameter", request("GET", "Expect: 100-continue;a=b\r\n"), .refused(417, .unknownExpectation)),
      ]),
    Rule(
      .informational, "HTTP/1.0 hears no 1xx; its expectations are ignored",
      exchanges: [
        ExchangeCase(
          name: "the known one", stages: [request("POST", asks, version: "1.0"), "hello"], statuses: [200], end: .closed),
        ExchangeCase(name: "another", stages: [request("GET", "Expect: tea\r\n", version: "1.0")], statuses: [200], end: .closed),
      ]),
    Rule(
      .informational, "A handler's 1xx is no answer",
      exchanges: [
        answered("101", .status(101), statuses: [500], end: .closed), answered("100", .status(100), statuses: [500], end: .closed),
        answered("103", .status(103), statuses: [500], end: .closed),
      ]),
  ]

  static let responses: [Rule] = [
    Rule(
      .date, "Each final response has its date",
      exchanges: [
        answered("200", .hello, content: "hello", says: ["Date: Sun, 06 Nov 1994 08:49:37 GMT"]),
        answered("a date of the handler's", .status(200, [.date: "yesterday"]), says: ["Date: Sun, 06 Nov 1994 08:49:37 GMT"]),
        ExchangeCase(
          name: "a fault", stages: ["garbage\r\n\r\n"], statuses: [400], says: ["Date: Sun, 06 Nov 1994 08:49:37 GMT"], end: .closed),
      ]),
    Rule(
      .statusLine, "A status line has its second space though it has no reason",
      exchanges: [
        answered("299", .status(299), says: ["299 "]),
        answered("a reason", Response(head: HTTPResponse(status: .notFound)), says: ["404 Not Found"]),
      ]),
    Rule(
      .headMethod, "HEAD is answered like GET, without the content",
      exchanges: [
        answered("its length", .hello, says: ["Content-Length: 5"], method: "HEAD"),
        answered("the same of a GET", .hello, content: "hello", says: ["Content-Length: 5"]),
        answered("an error", .status(404, body: "no"), says: ["Content-Length: 2"], method: "HEAD"),
        ExchangeCase(
          name: "an early answer", stages: [request("HEAD")], admission: { _ in .answer(.status(401, body: "who?")) }, statuses: [401],
          contents: [""], says: ["Content-Length: 4"], end: .kept),
      ]),
    Rule(
      .headMethod, "A HEAD that is refused is told without content",
      exchanges: [
        refusedHead("no Host", "HEAD / HTTP/1.1\r\nX: 1\r\n\r\n", 400),
        refusedHead("a field", request("HEAD", "X : 1\r\n"), 400),
        refusedHead("its target", "HEAD /% HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        refusedHead("a target too long", "HEAD /\(String(repeating: "a", count: 9000)) HTTP/1.1\r\n", 414),
        refusedHead("its version", "HEAD / HTTP/2.0\r\nHost: a\r\n\r\n", 505),
        refusedHead("the end of its line", "HEAD / HTTP/1.1\nHost: a\r\n\r\n", 400),
        refusedHead("a body", request("HEAD", "Transfer-Encoding: chunked\r\n", "x\r\n"), 400),
        ExchangeCase(
          name: "cut short", stages: ["HEAD /"], isHalfClosed: true, statuses: [400], contents: [""], end: .closed),
        ExchangeCase(
          name: "behind another request", stages: [get + "HEAD /% HTTP/1.1\r\n\r\n"], statuses: [200, 400], contents: ["hello", ""],
          end: .closed),
        ExchangeCase(
          name: "but not what follows a HEAD", stages: [request("HEAD") + "BREW / HTTP/1.1\r\n\r\n"], statuses: [200, 501],
          lacks: ["Content-Length: 0"], end: .closed),
      ]),
    Rule(
      .noContent, "204 has no content and no length",
      exchanges: [answered("though the handler gave some", .status(204, body: "abc"), lacks: ["Content-Length", "Transfer-Encoding"])]),
    Rule(
      .resetContent, "205 has no content",
      exchanges: [answered("though the handler gave some", .status(205, body: "abc"), says: ["Content-Length: 0"])]),
    Rule(
      .notModified, "304 has no content",
      exchanges: [
        answered("its validators stay", .status(304, [.eTag: "\"1\""], body: "abc"), says: ["ETag: \"1\""], lacks: ["Content-Length"])
      ]),
    Rule(
      .methodNotAllowed, "405 says what is allowed",
      exchanges: [
        answered("of a handler", .status(405, [.allow: "GET, HEAD"]), says: ["Allow: GET, HEAD"], method: "DELETE"),
        ExchangeCase(
          name: "before the body", stages: [request("PUT", asks)], admission: { _ in .answer(.status(405, [.allow: "GET"])) },
          statuses: [405],
          says: ["Allow: GET"], end: .closed),
      ]),
    Rule(
      .responseSplitting, "A field of the handler's cannot frame or split a response",
      exchanges: [
        answered(
          "its own framing", .status(200, [.contentLength: "99", .transferEncoding: "chunked"], body: "abc"), content: "abc",
          says: ["Content-Length: 3"], lacks: ["Content-Length: 99", "Transfer-Encoding"]),
        answered("a line end", .status(200, [.location: "/a\r\nSet-Cookie: b"]), lacks: ["Set-Cookie"]),
        answered("a whole response", .status(200, [.location: "/\r\n\r\nHTTP/9.9 200 OK\r\n\r\n"]), content: ""),
      ]),
  ]

  static let bodies: [Rule] = [
    Rule(
      .tearDown, "An answer before the body: a short one is dropped, after a long one the connection ends",
      exchanges: [
        ExchangeCase(
          name: "short", stages: [request("POST", "Content-Length: 5\r\n", "he"), "llo" + get],
          admission: { $0.method == .post ? .answer(.status(401)) : .body(limit: 0) }, statuses: [401, 200], contents: ["", "hello"],
          end: .kept),
        ExchangeCase(
          name: "long", stages: [request("POST", "Content-Length: 70000\r\n") + get], admission: { _ in .answer(.status(401)) },
          statuses: [401], says: ["Connection: close"], end: .closed),
        ExchangeCase(
          name: "in chunks", stages: [request("POST", "Transfer-Encoding: chunked\r\n") + get], admission: { _ in .answer(.status(401)) },
          statuses: [401], says: ["Connection: close"], end: .closed),
        ExchangeCase(
          name: "one that never comes", stages: [request("POST", "Content-Length: 5\r\n")], isHalfClosed: true,
          admission: { _ in .answer(.status(401)) }, statuses: [401], end: .closed),
      ])
  ]
}
