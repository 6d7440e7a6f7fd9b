private func get(_ target: String) -> String { "GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n" }
private func options(_ target: String) -> String { "OPTIONS \(target) HTTP/1.1\r\nHost: a\r\n\r\n" }

extension ConformanceTable {
  static let targets: [Rule] = [
    Rule(
      .requestTarget, "A target holds the characters of a URI and nothing that another reader may take for something else",
      [
        WireCase("a backslash", get(#"/a\..\b"#), .refused(400, .malformedTarget)),
        WireCase("a quotation mark", get("/\""), .refused(400, .malformedTarget)),
        WireCase("angle brackets", get("/<a>"), .refused(400, .malformedTarget)),
        WireCase("raw UTF-8", get("/ü"), .refused(400, .malformedTarget)),
        WireCase("a control character", get("/\u{1}"), .refused(400, .malformedTarget)),
        WireCase("DEL", get("/\u{7F}"), .refused(400, .malformedTarget)),
        WireCase("NUL", get("/\0"), .refused(400, .malformedTarget)),
        WireCase("a tab", get("/\ta"), .refused(400, .malformedTarget)),
        WireCase("no slash", get("a"), .refused(400, .malformedTarget)),
        WireCase("a query alone", get("?a"), .refused(400, .malformedTarget)),
      ]),
    Rule(
      .targetResource, "A fragment is no part of a target",
      [
        WireCase("in origin-form", get("/a#b"), .refused(400, .malformedTarget)),
        WireCase("in absolute-form", get("http://b/#c"), .refused(400, .malformedTarget)),
      ]),
    Rule(
      .originForm, "Path and query go to the handler as received",
      [
        WireCase("escapes", get("/%2e%2E/%41"), .requests("GET /%2e%2E/%41")),
        WireCase("what browsers send raw in a query", get("/?a[]={b}|^`"), .requests("GET /?a[]={b}|^`")),
        WireCase("two slashes are no authority", get("//b/c"), .requests("GET //b/c")),
        WireCase("a scheme within the path", get("/http://b/"), .requests("GET /http://b/")),
      ]),
    Rule(
      .originForm, "An empty path is /",
      [
        WireCase("at the end", get("http://b"), .requests("GET /")),
        WireCase("before a query", get("http://b?x=/"), .requests("GET /?x=/")),
      ]),
    Rule(
      .percentEncoding, "An escape is a percent sign and two hexadecimal digits",
      [
        WireCase("no digits", get("/%zz"), .refused(400, .malformedTarget)),
        WireCase("one digit", get("/%4"), .refused(400, .malformedTarget)),
        WireCase("no room", get("/%"), .refused(400, .malformedTarget)),
        WireCase("a sign", get("/%+4"), .refused(400, .malformedTarget)),
        WireCase("in the query", get("/?%4g"), .refused(400, .malformedTarget)),
      ]),
    Rule(.rareData, "An escaped NUL is refused", [WireCase("in the path", get("/a%00b"), .refused(400, .malformedTarget))]),
    Rule(
      .absoluteForm, "absolute-form is accepted",
      [
        WireCase("a path and a query", get("http://b:8080/x?y"), .requests("GET /x?y")),
        WireCase("its scheme in any case", get("HTTP://b/"), .requests("GET /")),
        WireCase("https, from a proxy that ended it", get("https://b/x"), .requests("GET /x")),
        WireCase("an IPv6 host", get("http://[::1]:80/x"), .requests("GET /x")),
        WireCase("in HTTP/1.0", "GET http://b/x HTTP/1.0\r\n\r\n", .requests("GET /x")),
        WireCase("another scheme", get("ftp://b/"), .refused(400, .malformedTarget)),
        WireCase("a scheme alone", get("http://"), .refused(400, .malformedTarget)),
        WireCase("a slash too few", get("http:/b/"), .refused(400, .malformedTarget)),
        WireCase("a port that is no number", get("http://b:x/"), .refused(400, .malformedTarget)),
      ]),
    Rule(
      .absoluteForm, "It outranks Host, which must be valid all the same",
      [
        WireCase("no Host", "GET http://b/ HTTP/1.1\r\n\r\n", .refused(400, .missingHost)),
        WireCase("another Host", "GET http://b/x HTTP/1.1\r\nHost: c\r\n\r\n", .requests("GET /x")),
        WireCase("an invalid Host", "GET http://b/ HTTP/1.1\r\nHost: b/c\r\n\r\n", .refused(400, .malformedHost)),
        WireCase("two Hosts", "GET http://b/ HTTP/1.1\r\nHost: b\r\nHost: b\r\n\r\n", .refused(400, .repeatedHost)),
      ]),
    Rule(
      .absoluteForm, "The handler sees the authority of the target",
      exchanges: [
        ExchangeCase(
          name: "with its port", stages: ["GET http://b.example:82/ HTTP/1.1\r\nHost: a.example\r\n\r\n"],
          answer: { .status(200, body: $0.head.authority ?? "-") }, statuses: [200], contents: ["b.example:82"], end: .kept),
        ExchangeCase(
          name: "or of Host", stages: [get("/")], answer: { .status(200, body: $0.head.authority ?? "-") }, statuses: [200],
          contents: ["a"],
          end: .kept),
      ]),
    Rule(
      .authorityForm, "authority-form is for CONNECT",
      [
        WireCase("a host and a port", get("a:80"), .refused(400, .malformedTarget)),
        WireCase("an IPv6 host", get("[::1]:80"), .refused(400, .malformedTarget)),
      ]),
    Rule(
      .asteriskForm, "asterisk-form is for OPTIONS",
      [
        WireCase("alone", options("*"), .requests("OPTIONS *")),
        WireCase("with GET", get("*"), .refused(400, .malformedTarget)),
        WireCase("with more behind it", options("*a"), .refused(400, .malformedTarget)),
        WireCase("an authority alone means it", options("http://b"), .requests("OPTIONS *")),
        WireCase("an authority and a path do not", options("http://b/"), .requests("OPTIONS /")),
        WireCase("nor do an authority and a query", options("http://b?x"), .requests("OPTIONS /?x")),
      ]),
    Rule(
      .uriScheme, "An http URI has a host",
      [
        WireCase("none", get("http:///x"), .refused(400, .malformedTarget)),
        WireCase("a port alone", get("http://:80/x"), .refused(400, .malformedTarget)),
        WireCase("none, and a query", get("http://?x"), .refused(400, .malformedTarget)),
      ]),
    Rule(
      .userInformation, "User information is an attempt to mislead",
      [
        WireCase("a name and a password", get("http://u:p@b/"), .refused(400, .malformedTarget)),
        WireCase("nothing but the sign", get("http://@b/"), .refused(400, .malformedTarget)),
      ]),
  ]
}
