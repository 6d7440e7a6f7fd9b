private func host(_ fields: String, version: String = "1.1") -> String { "GET / HTTP/\(version)\r\n\(fields)\r\n" }
private let get = Outcome.requests("GET /")

extension ConformanceTable {
  static let hosts: [Rule] = [
    Rule(
      .requestTarget, "A request of HTTP/1.1 has one Host, else 400",
      [
        WireCase("none", host(""), .refused(400, .missingHost)),
        WireCase("an empty one", host("Host:\r\n"), get),
        WireCase("two", host("Host: a\r\nHost: b\r\n"), .refused(400, .repeatedHost)),
        WireCase("two that agree", host("Host: a\r\nHost: a\r\n"), .refused(400, .repeatedHost)),
        WireCase("two in different case", host("Host: a\r\nhOST: a\r\n"), .refused(400, .repeatedHost)),
        WireCase("two in HTTP/1.0", host("Host: a\r\nHost: a\r\n", version: "1.0"), .refused(400, .repeatedHost)),
        WireCase("two, one empty", host("Host:\r\nHost: a\r\n"), .refused(400, .repeatedHost)),
        WireCase("two in one line", host("Host: a, b\r\n"), .refused(400, .malformedHost)),
      ]),
    Rule(
      .requestTarget, "Its value is a host and perhaps a port, else 400",
      [
        WireCase("a port", host("Host: a.example:8080\r\n"), get),
        WireCase("an empty port", host("Host: a.example:\r\n"), get),
        WireCase("an IPv4 address", host("Host: 127.0.0.1:80\r\n"), get),
        WireCase("an IPv6 address", host("Host: [::1]:80\r\n"), get),
        WireCase("no IPv6 address", host("Host: [::g]\r\n"), .refused(400, .malformedHost)),
        WireCase("an IPv6 address without brackets", host("Host: ::1\r\n"), .refused(400, .malformedHost)),
        WireCase("a bracket too few", host("Host: [::1\r\n"), .refused(400, .malformedHost)),
        WireCase("text behind the bracket", host("Host: [::1]a\r\n"), .refused(400, .malformedHost)),
        WireCase("a zone", host("Host: [fe80::1%25eth0]\r\n"), .refused(400, .malformedHost)),
        WireCase("a space", host("Host: a b\r\n"), .refused(400, .malformedHost)),
        WireCase("a path", host("Host: a/b\r\n"), .refused(400, .malformedHost)),
        WireCase("a whole URI", host("Host: http://a\r\n"), .refused(400, .malformedHost)),
        WireCase("a query", host("Host: a?b\r\n"), .refused(400, .malformedHost)),
        WireCase("a fragment", host("Host: a#b\r\n"), .refused(400, .malformedHost)),
        WireCase("a backslash", host("Host: a\\b\r\n"), .refused(400, .malformedHost)),
        WireCase("UTF-8", host("Host: ä\r\n"), .refused(400, .malformedHost)),
        WireCase("user information", host("Host: u@a\r\n"), .refused(400, .malformedHost)),
        WireCase("two ports", host("Host: a:1:2\r\n"), .refused(400, .malformedHost)),
        WireCase("a port that is no number", host("Host: a:b\r\n"), .refused(400, .malformedHost)),
        WireCase("a signed port", host("Host: a:+80\r\n"), .refused(400, .malformedHost)),
        WireCase("a negative port", host("Host: a:-80\r\n"), .refused(400, .malformedHost)),
        WireCase("a port alone", host("Host: :80\r\n"), .refused(400, .malformedHost)),
        WireCase("an invalid one in HTTP/1.0", host("Host: a/b\r\n", version: "1.0"), .refused(400, .malformedHost)),
      ]),
    Rule(
      .registeredName, "A name may hold escapes",
      [
        WireCase("an escape", host("Host: a%20b\r\n"), get),
        WireCase("half an escape", host("Host: a%2\r\n"), .refused(400, .malformedHost)),
        WireCase("no escape", host("Host: a%zz\r\n"), .refused(400, .malformedHost)),
      ]),
  ]
}
