private func line(_ line: String) -> String { line + "\r\nHost: a\r\n\r\n" }
private func repeated(_ text: String, _ count: Int) -> String { String(repeating: text, count: count) }

extension ConformanceTable {
  static let requestLines: [Rule] = [
    Rule(
      .requestLine, "Method, target and version with one space between; another line is 400 and is not repaired",
      [
        WireCase("a request line", line("GET /a?b=c HTTP/1.1"), .requests("GET /a?b=c")),
        WireCase("two spaces", line("GET  / HTTP/1.1"), .refused(400, .malformedRequestLine)),
        WireCase("two spaces before the version", line("GET /  HTTP/1.1"), .refused(400, .malformedRequestLine)),
        WireCase("a tab for a space", line("GET\t/ HTTP/1.1"), .refused(400, .malformedRequestLine)),
        WireCase("VT for a space", line("GET /\u{B}HTTP/1.1"), .refused(400, .malformedRequestLine)),
        WireCase("a space at the end", line("GET / HTTP/1.1 "), .refused(400, .malformedRequestLine)),
        WireCase("a space at the start", line(" GET / HTTP/1.1"), .refused(400, .malformedRequestLine)),
        WireCase("a space within the target", line("GET /a b HTTP/1.1"), .refused(400, .malformedRequestLine)),
        WireCase("no version", line("GET /"), .refused(400, .malformedRequestLine)),
        WireCase("no target", line("GET HTTP/1.1"), .refused(400, .malformedRequestLine)),
        WireCase("one word", line("GET"), .refused(400, .malformedRequestLine)),
        WireCase("NUL in the method", line("G\0ET / HTTP/1.1"), .refused(400, .malformedRequestLine)),
        WireCase("a response", line("HTTP/1.1 200 OK"), .refused(400, .malformedRequestLine)),
      ]),
    Rule(
      .requestLine, "At least 8000 octets are read; a longer target is 414, a longer method 501",
      [
        WireCase("8000 octets", line("GET /\(repeated("a", 7985)) HTTP/1.1"), .requests("GET /" + repeated("a", 7985))),
        WireCase("9000 octets", line("GET /\(repeated("a", 9000)) HTTP/1.1"), .refused(414, .requestLineTooLong)),
        WireCase("9000 octets of method", repeated("A", 9000) + " / HTTP/1.1\r\n", .refused(501, .unsupportedMethod)),
        WireCase("9000 octets of nothing", repeated("@", 9000), .refused(400, .malformedRequestLine)),
      ]),
    Rule(
      .messageParsing, "Empty lines before the request line are ignored",
      [
        WireCase("two", "\r\n\r\n" + line("GET / HTTP/1.1"), .requests("GET /")),
        WireCase("between two requests", line("GET /1 HTTP/1.1") + "\r\n" + line("GET /2 HTTP/1.1"), .requests("GET /1", "GET /2")),
        WireCase("not one without its CR", "\n" + line("GET / HTTP/1.1"), .refused(400, .bareLineFeed)),
        WireCase("not one of a space", " \r\n" + line("GET / HTTP/1.1"), .refused(400, .malformedRequestLine)),
        WireCase("not for ever", repeated("\r\n", 9000), .refused(431, .headTooLarge)),
      ]),
    Rule(
      .messageParsing, "Only CR LF ends a line",
      [
        WireCase("a bare CR in the request line", line("GET /\r HTTP/1.1"), .refused(400, .malformedTarget)),
        WireCase("a bare CR for its end", "GET / HTTP/1.1\rHost: a\r\n\r\n", .refused(400, .malformedRequestLine)),
        WireCase("a bare LF after it", "GET / HTTP/1.1\nHost: a\r\n\r\n", .refused(400, .bareLineFeed)),
        WireCase("CR CR LF after it", "GET / HTTP/1.1\r\r\nHost: a\r\n\r\n", .refused(400, .malformedRequestLine)),
        WireCase("a bare CR in a value", "GET / HTTP/1.1\r\nHost: a\r\nX: 1\r2\r\n\r\n", .refused(400, .malformedField)),
        WireCase("a bare CR in a name", "GET / HTTP/1.1\r\nHost: a\r\n\rX: 1\r\n\r\n", .refused(400, .malformedField)),
        WireCase("a bare LF after a field", "GET / HTTP/1.1\r\nHost: a\nX: 1\r\n\r\n", .refused(400, .bareLineFeed)),
        WireCase("CR CR LF after a field", "GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\r\n\r\n", .refused(400, .malformedField)),
        WireCase("a bare LF after the head", "GET / HTTP/1.1\r\nHost: a\r\n\n", .refused(400, .bareLineFeed)),
        WireCase("CR LF CR X after the head", "GET / HTTP/1.1\r\nHost: a\r\n\rX\r\n\r\n", .refused(400, .malformedField)),
        WireCase("CR X after the head", "GET / HTTP/1.1\r\nHost: a\r\rX\r\n\r\n", .refused(400, .malformedField)),
        WireCase("LF LF for the whole of it", "GET / HTTP/1.1\n\n", .refused(400, .bareLineFeed)),
      ]),
    Rule(
      .messageParsing, "White space before the first field is no field",
      [
        WireCase("a space", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", .refused(400, .foldedField)),
        WireCase("a tab", "GET / HTTP/1.1\r\n\tX: 1\r\nHost: a\r\n\r\n", .refused(400, .foldedField)),
        WireCase("a line of it", "GET / HTTP/1.1\r\n \r\nHost: a\r\n\r\n", .refused(400, .foldedField)),
      ]),
    Rule(
      .versionSyntax, "HTTP/ DIGIT . DIGIT, in this case only",
      [
        WireCase("HTTP/1.0, which needs no Host", "GET / HTTP/1.0\r\n\r\n", .requests("GET /")),
        WireCase("lower case", line("GET / http/1.1"), .refused(400, .malformedRequestLine)),
        WireCase("two digits", line("GET / HTTP/1.10"), .refused(400, .malformedRequestLine)),
        WireCase("a digit too few", line("GET / HTTP/1."), .refused(400, .malformedRequestLine)),
        WireCase("no minor version", line("GET / HTTP/1"), .refused(400, .malformedRequestLine)),
        WireCase("a comma", line("GET / HTTP/1,1"), .refused(400, .malformedRequestLine)),
        WireCase("another protocol", line("GET / HTCPCP/1.1"), .refused(400, .malformedRequestLine)),
        WireCase("leading zeros", line("GET / HTTP/01.1"), .refused(400, .malformedRequestLine)),
        WireCase("a sign", line("GET / HTTP/+1.1"), .refused(400, .malformedRequestLine)),
        WireCase("a number that would wrap", line("GET / HTTP/4294967297.1"), .refused(400, .malformedRequestLine)),
        WireCase("a letter", line("GET / HTTP/a.1"), .refused(400, .malformedRequestLine)),
      ]),
    Rule(
      .protocolVersion, "A later minor version is served as 1.1",
      [
        WireCase("1.2", line("GET / HTTP/1.2"), .requests("GET /")),
        WireCase(
          "1.9 with chunks", "POST / HTTP/1.9\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n", .requests("POST / x")),
        WireCase("1.9 without Host", "GET / HTTP/1.9\r\n\r\n", .refused(400, .missingHost)),
      ]),
    Rule(
      .versionNotSupported, "Another major version is 505",
      [
        WireCase("2.0", line("GET / HTTP/2.0"), .refused(505, .unsupportedVersion)),
        WireCase("0.9", line("GET / HTTP/0.9"), .refused(505, .unsupportedVersion)),
        WireCase("3.1", line("GET / HTTP/3.1"), .refused(505, .unsupportedVersion)),
      ]),
    Rule(
      .preface, "The preface of HTTP/2 is no request of HTTP/1.1",
      [WireCase("whole", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", .refused(505, .unsupportedVersion))]),
    Rule(
      .tokens, "A method is a token",
      [
        WireCase("a bracket", line("GE(T / HTTP/1.1"), .refused(400, .malformedRequestLine)),
        WireCase("an empty one", line(" / HTTP/1.1"), .refused(400, .malformedRequestLine)),
        WireCase("every character that a token may hold", line("!#$%&'*+-.^_`|~09azAZ / HTTP/1.1"), .refused(501, .unsupportedMethod)),
      ]),
    Rule(
      .methods, "Methods are case-sensitive",
      [
        WireCase("get", line("get / HTTP/1.1"), .refused(501, .unsupportedMethod)),
        WireCase("Post", line("Post / HTTP/1.1"), .refused(501, .unsupportedMethod)),
      ]),
    Rule(
      .notImplemented, "A method that no resource has is 501",
      [
        WireCase("BREW", line("BREW / HTTP/1.1"), .refused(501, .unsupportedMethod)),
        WireCase("GETX, of which GET is the beginning", line("GETX / HTTP/1.1"), .refused(501, .unsupportedMethod)),
        WireCase("GE, which is the beginning of GET", line("GE / HTTP/1.1"), .refused(501, .unsupportedMethod)),
      ]),
    Rule(
      .connectMethod, "CONNECT is for proxies and never opens a tunnel",
      [
        WireCase("with an authority", line("CONNECT a:443 HTTP/1.1"), .refused(501, .unsupportedMethod)),
        WireCase("with a path", line("CONNECT / HTTP/1.1"), .refused(501, .unsupportedMethod)),
      ]),
    Rule(
      .traceMethod, "TRACE is off: it reflects credentials",
      [WireCase("TRACE", line("TRACE / HTTP/1.1"), .refused(501, .unsupportedMethod))]),
    Rule(
      .optionsMethod, "OPTIONS is asked of a resource or of the server",
      [WireCase("of a resource", line("OPTIONS /a HTTP/1.1"), .requests("OPTIONS /a"))]),
  ]
}
