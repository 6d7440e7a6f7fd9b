import Testing

@testable import HTTPServer

private func line(_ line: String) -> String { line + "\r\nHost: a\r\n\r\n" }

@Suite struct RequestLineTests {
  static let cases: [WireCase] = [
    WireCase("RFC 9112 §3", "a request line", line("GET /a?b=c HTTP/1.1"), .requests("GET /a?b=c")),
    WireCase("RFC 9112 §2.2", "empty lines before it are ignored", "\r\n\r\n" + line("GET / HTTP/1.1"), .requests("GET /")),
    WireCase("RFC 9112 §2.2", "an empty line needs its CR too", "\n" + line("GET / HTTP/1.1"), .fault(.bareLineFeed)),
    WireCase("RFC 9112 §3", "two spaces", line("GET  / HTTP/1.1"), .fault(.malformedRequestLine)),
    WireCase("RFC 9112 §3", "two spaces before the version", line("GET /  HTTP/1.1"), .fault(.malformedRequestLine)),
    WireCase("RFC 9112 §3", "a tab for a space", line("GET\t/ HTTP/1.1"), .fault(.malformedRequestLine)),
    WireCase("RFC 9112 §3", "a space at the end", line("GET / HTTP/1.1 "), .fault(.malformedRequestLine)),
    WireCase("RFC 9112 §3", "a space at the start", line(" GET / HTTP/1.1"), .fault(.malformedRequestLine)),
    WireCase("RFC 9112 §3", "a space within the target", line("GET /a b HTTP/1.1"), .fault(.malformedRequestLine)),
    WireCase("RFC 9112 §3", "no version", line("GET /"), .fault(.malformedRequestLine)),
    WireCase("RFC 9112 §3", "no target", line("GET HTTP/1.1"), .fault(.malformedRequestLine)),
    WireCase("RFC 9112 §3", "one word", line("GET"), .fault(.malformedRequestLine)),
    WireCase("RFC 9110 §9.1", "a method is a token", line("GE(T / HTTP/1.1"), .fault(.malformedRequestLine)),
    WireCase("RFC 9110 §9.1", "methods are case-sensitive", line("get / HTTP/1.1"), .fault(.unsupportedMethod)),
    WireCase("RFC 9110 §15.6.2", "an unknown method", line("BREW / HTTP/1.1"), .fault(.unsupportedMethod)),
    WireCase("RFC 9110 §9.3.8", "TRACE is off", line("TRACE / HTTP/1.1"), .fault(.unsupportedMethod)),
    WireCase("RFC 9110 §9.3.6", "CONNECT is for proxies", line("CONNECT a:443 HTTP/1.1"), .fault(.unsupportedMethod)),
    WireCase(
      "RFC 9112 §3", "a method longer than any", String(repeating: "A", count: 9000) + " / HTTP/1.1\r\n", .fault(.unsupportedMethod)),
    WireCase(
      "RFC 9112 §3", "8000 octets are read", line("GET /" + String(repeating: "a", count: 7985) + " HTTP/1.1"),
      .requests("GET /" + String(repeating: "a", count: 7985))),
    WireCase("RFC 9112 §3", "more are not", line("GET /" + String(repeating: "a", count: 9000) + " HTTP/1.1"), .fault(.requestLineTooLong)),
    WireCase("RFC 9112 §2.2", "empty lines do not come for ever", String(repeating: "\r\n", count: 9000), .fault(.headTooLarge)),

    WireCase("RFC 9112 §2.3", "HTTP/1.0 needs no Host", "GET / HTTP/1.0\r\n\r\n", .requests("GET /")),
    WireCase("RFC 9110 §2.5", "a later minor version is 1.1", line("GET / HTTP/1.7"), .requests("GET /")),
    WireCase("RFC 9110 §15.6.6", "another major version", line("GET / HTTP/2.0"), .fault(.unsupportedVersion)),
    WireCase("RFC 9110 §15.6.6", "an older major version", line("GET / HTTP/0.9"), .fault(.unsupportedVersion)),
    WireCase("RFC 9113 §3.4", "the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", .fault(.unsupportedVersion)),
    WireCase("RFC 9112 §2.3", "the version is case-sensitive", line("GET / http/1.1"), .fault(.malformedRequestLine)),
    WireCase("RFC 9112 §2.3", "one digit each", line("GET / HTTP/1.10"), .fault(.malformedRequestLine)),
    WireCase("RFC 9112 §2.3", "and a digit at all", line("GET / HTTP/1."), .fault(.malformedRequestLine)),
    WireCase("RFC 9112 §2.3", "and a point", line("GET / HTTP/1,1"), .fault(.malformedRequestLine)),
    WireCase("RFC 9112 §2.3", "another protocol", line("GET / HTCPCP/1.1"), .fault(.malformedRequestLine)),
    WireCase("RFC 9112 §2.3", "leading zeros", line("GET / HTTP/01.1"), .fault(.malformedRequestLine)),

    WireCase("RFC 9112 §2.2", "a bare CR in the line", line("GET /\r HTTP/1.1"), .fault(.malformedTarget)),
    WireCase("RFC 9112 §2.2", "a bare LF ends no line", "GET / HTTP/1.1\nHost: a\r\n\r\n", .fault(.bareLineFeed)),
    WireCase("RFC 9112 §2.2", "CR CR LF ends no line", "GET / HTTP/1.1\r\r\nHost: a\r\n\r\n", .fault(.malformedRequestLine)),
    WireCase("RFC 9112 §3", "NUL in the method", line("G\0ET / HTTP/1.1"), .fault(.malformedRequestLine)),
  ]

  static let targets: [WireCase] = [
    WireCase("RFC 9112 §3.2.1", "escapes stay as received", line("GET /%2e%2E/%41 HTTP/1.1"), .requests("GET /%2e%2E/%41")),
    WireCase("RFC 9112 §3.2.1", "what browsers send raw in a query", line("GET /?a[]={b}|^` HTTP/1.1"), .requests("GET /?a[]={b}|^`")),
    WireCase("RFC 9110 §7.1", "a fragment", line("GET /a#b HTTP/1.1"), .fault(.malformedTarget)),
    WireCase("RFC 9112 §3.2", "a backslash", line(#"GET /a\..\b HTTP/1.1"#), .fault(.malformedTarget)),
    WireCase("RFC 9112 §3.2", "a quotation mark", line("GET /\" HTTP/1.1"), .fault(.malformedTarget)),
    WireCase("RFC 9112 §3.2", "raw UTF-8", line("GET /ü HTTP/1.1"), .fault(.malformedTarget)),
    WireCase("RFC 9112 §3.2", "a control character", line("GET /\u{1} HTTP/1.1"), .fault(.malformedTarget)),
    WireCase("RFC 9112 §3.2", "DEL", line("GET /\u{7F} HTTP/1.1"), .fault(.malformedTarget)),
    WireCase("RFC 9112 §3.2", "NUL", line("GET /\0 HTTP/1.1"), .fault(.malformedTarget)),
    WireCase("RFC 3986 §2.1", "an escape without digits", line("GET /%zz HTTP/1.1"), .fault(.malformedTarget)),
    WireCase("RFC 3986 §2.1", "an escape cut short", line("GET /%4 HTTP/1.1"), .fault(.malformedTarget)),
    WireCase("RFC 3986 §2.1", "a signed escape", line("GET /%+4 HTTP/1.1"), .fault(.malformedTarget)),
    WireCase("RFC 3986 §7.3", "an escaped NUL", line("GET /a%00b HTTP/1.1"), .fault(.malformedTarget)),
    WireCase("RFC 9112 §3.2", "no slash", line("GET a HTTP/1.1"), .fault(.malformedTarget)),
    WireCase("RFC 9112 §3.2.3", "authority-form is for CONNECT", line("GET a:80 HTTP/1.1"), .fault(.malformedTarget)),
    WireCase("RFC 9112 §3.2.4", "asterisk-form", line("OPTIONS * HTTP/1.1"), .requests("OPTIONS *")),
    WireCase("RFC 9112 §3.2.4", "only for OPTIONS", line("GET * HTTP/1.1"), .fault(.malformedTarget)),
    WireCase("RFC 9112 §3.2.4", "and only alone", line("OPTIONS *a HTTP/1.1"), .fault(.malformedTarget)),
    WireCase("RFC 9112 §3.2.2", "absolute-form", line("GET http://b:8080/x?y HTTP/1.1"), .requests("GET /x?y")),
    WireCase("RFC 9112 §3.2.2", "its scheme in any case", line("GET HTTP://b/ HTTP/1.1"), .requests("GET /")),
    WireCase("RFC 9112 §3.2.2", "https, from a proxy that ended it", line("GET https://b/x HTTP/1.1"), .requests("GET /x")),
    WireCase("RFC 9112 §3.2.1", "an empty path is /", line("GET http://b HTTP/1.1"), .requests("GET /")),
    WireCase("RFC 9112 §3.2.1", "before a query too", line("GET http://b?x=/ HTTP/1.1"), .requests("GET /?x=/")),
    WireCase("RFC 9112 §3.2.4", "OPTIONS of the whole server", line("OPTIONS http://b HTTP/1.1"), .requests("OPTIONS *")),
    WireCase("RFC 9110 §4.2.1", "an empty host", line("GET http:///x HTTP/1.1"), .fault(.malformedTarget)),
    WireCase("RFC 9110 §4.2.4", "user information", line("GET http://u:p@b/ HTTP/1.1"), .fault(.malformedTarget)),
    WireCase("RFC 9112 §3.2.2", "another scheme", line("GET ftp://b/ HTTP/1.1"), .fault(.malformedTarget)),
    WireCase("RFC 9112 §3.2.2", "a scheme alone", line("GET http:// HTTP/1.1"), .fault(.malformedTarget)),
    WireCase("RFC 9112 §3.2", "Host even then", "GET http://b/ HTTP/1.1\r\n\r\n", .fault(.missingHost)),
  ]

  @Test(arguments: cases + targets) func verdictDoesNotDependOnTheCut(_ wire: WireCase) {
    #expect(wire.violations == [])
  }
}
