private func post(_ fields: String, _ body: String = "", version: String = "1.1") -> String {
  "POST / HTTP/\(version)\r\nHost: a\r\n\(fields)\r\n\(body)"
}
private func length(_ value: String) -> String { post("Content-Length: \(value)\r\n", "hello") }
private func coding(_ value: String) -> String { post("Transfer-Encoding: \(value)\r\n", "5\r\nhello\r\n0\r\n\r\n") }
private let next = "GET /next HTTP/1.1\r\nHost: a\r\n\r\n"
private let empty = "0\r\n\r\n"
private let hello = Outcome.requests("POST / hello")

extension ConformanceTable {
  static let contentLengths: [Rule] = [
    Rule(
      .bodyLength, "A length says where the body ends; without one there is none",
      [
        WireCase("none", post("") + next, .requests("POST /", "GET /next")),
        WireCase("five", length("5") + next, .requests("POST / hello", "GET /next")),
        WireCase("zero", post("Content-Length: 0\r\n") + next, .requests("POST /", "GET /next")),
        WireCase("in HTTP/1.0", post("Content-Length: 5\r\n", "hello", version: "1.0"), hello),
      ]),
    Rule(
      .contentLength, "A length is digits; anything else is 400",
      [
        WireCase("leading zeros", length("0005"), hello),
        WireCase("more leading zeros than a number has digits", length(String(repeating: "0", count: 40) + "5"), hello),
        WireCase("nothing", length(""), .refused(400, .malformedContentLength)),
        WireCase("a plus sign", length("+5"), .refused(400, .malformedContentLength)),
        WireCase("a minus sign", length("-5"), .refused(400, .malformedContentLength)),
        WireCase("minus zero", length("-0"), .refused(400, .malformedContentLength)),
        WireCase("hexadecimal", length("0x5"), .refused(400, .malformedContentLength)),
        WireCase("hexadecimal digits", length("a"), .refused(400, .malformedContentLength)),
        WireCase("octal", length("0o5"), .refused(400, .malformedContentLength)),
        WireCase("an underscore", length("1_0"), .refused(400, .malformedContentLength)),
        WireCase("a fraction", length("5.0"), .refused(400, .malformedContentLength)),
        WireCase("an exponent", length("5e0"), .refused(400, .malformedContentLength)),
        WireCase("a space within", length("5 5"), .refused(400, .malformedContentLength)),
        WireCase("digits and more", length("5x"), .refused(400, .malformedContentLength)),
        WireCase("a parameter", length("5;q=1"), .refused(400, .malformedContentLength)),
        WireCase("quoted", length("\"5\""), .refused(400, .malformedContentLength)),
        WireCase("digits of another script", length("٥"), .refused(400, .malformedContentLength)),
      ]),
    Rule(
      .contentLength, "Large numbers do not wrap",
      [
        WireCase("at 2^32", length("4294967301"), .refused(413, .contentTooLarge)),
        WireCase("at 2^63", length("9223372036854775808"), .refused(413, .contentTooLarge)),
        WireCase("at 2^64", length("18446744073709551621"), .refused(413, .contentTooLarge)),
        WireCase("forty digits", length(String(repeating: "9", count: 40)), .refused(413, .contentTooLarge)),
        WireCase("one above what is admitted", length("1025"), .refused(413, .contentTooLarge)),
      ]),
    Rule(
      .bodyLength, "Lengths that differ are 400; nobody needs equal ones either",
      [
        WireCase("two that differ", post("Content-Length: 5\r\nContent-Length: 6\r\n", "hello"), .refused(400, .repeatedContentLength)),
        WireCase("two that agree", post("Content-Length: 5\r\nContent-Length: 5\r\n", "hello"), .refused(400, .repeatedContentLength)),
        WireCase(
          "two that differ in zeros", post("Content-Length: 5\r\nContent-Length: 05\r\n", "hello"), .refused(400, .repeatedContentLength)),
        WireCase("the first one empty", post("Content-Length:\r\nContent-Length: 5\r\n", "hello"), .refused(400, .malformedContentLength)),
        WireCase("a list that agrees", length("5, 5"), .refused(400, .malformedContentLength)),
        WireCase("a list that differs", length("5, 6"), .refused(400, .malformedContentLength)),
        WireCase("a list of one and none", length("5,"), .refused(400, .malformedContentLength)),
      ]),
    Rule(
      .getMethod, "A body of a GET is read, lest it be taken for a request",
      [
        WireCase(
          "a length", "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi" + next, .requests("GET / hi", "GET /next")),
        WireCase(
          "chunks", "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n" + next,
          .requests("GET / hi", "GET /next")),
        WireCase(
          "a length of HEAD", "HEAD / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi" + next, .requests("HEAD / hi", "GET /next")),
      ]),
  ]

  static let transferEncodings: [Rule] = [
    Rule(
      .transferCodings, "The names of codings are read in any case; chunked has no parameters",
      [
        WireCase("chunked", coding("chunked"), hello),
        WireCase("ChUnKeD", coding("ChUnKeD"), hello),
        WireCase("a parameter", coding("chunked;q=1"), .refused(400, .malformedTransferEncoding)),
        WireCase("quoted", coding("\"chunked\""), .refused(400, .malformedTransferEncoding)),
      ]),
    Rule(
      .contentLengthField, "A length with a coding is refused, and the connection closed",
      [
        WireCase(
          "length first", post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", empty) + next,
          .refused(400, .contentLengthWithTransferEncoding)),
        WireCase(
          "coding first", post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", empty) + next,
          .refused(400, .contentLengthWithTransferEncoding)),
        WireCase(
          "a length of zero", post("Content-Length: 0\r\nTransfer-Encoding: chunked\r\n", empty),
          .refused(400, .contentLengthWithTransferEncoding)),
        WireCase(
          "an unknown coding", post("Content-Length: 5\r\nTransfer-Encoding: xchunked\r\n", "hello"),
          .refused(400, .contentLengthWithTransferEncoding)),
        WireCase(
          "in HTTP/1.0", post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "hello", version: "1.0"),
          .refused(400, .contentLengthWithTransferEncoding)),
      ]),
    Rule(
      .transferEncoding, "HTTP/1.0 has no codings",
      [
        WireCase(
          "chunked", post("Transfer-Encoding: chunked\r\n", empty, version: "1.0"), .refused(400, .malformedTransferEncoding)),
        WireCase(
          "kept alive", post("Connection: keep-alive\r\nTransfer-Encoding: chunked\r\n", empty + next, version: "1.0"),
          .refused(400, .malformedTransferEncoding)),
      ]),
    Rule(
      .bodyLength, "A coding that does not end with chunked leaves the length unknown: 400",
      [
        WireCase("chunked is not last", coding("chunked, gzip"), .refused(400, .malformedTransferEncoding)),
        WireCase("no chunked", coding("gzip"), .refused(400, .malformedTransferEncoding)),
        WireCase("identity, which is gone", coding("identity"), .refused(400, .malformedTransferEncoding)),
        WireCase("nothing", coding(""), .refused(400, .malformedTransferEncoding)),
        WireCase("almost chunked", coding("xchunked"), .refused(400, .malformedTransferEncoding)),
        WireCase("chunked and more", coding("chunkedx"), .refused(400, .malformedTransferEncoding)),
        WireCase("chunked as a value", coding("gzip;x=chunked"), .refused(400, .malformedTransferEncoding)),
        WireCase("two words", coding("gzip chunked"), .refused(400, .malformedTransferEncoding)),
      ]),
    Rule(
      .transferEncoding, "chunked comes once",
      [
        WireCase("twice in a list", coding("chunked, chunked"), .refused(400, .malformedTransferEncoding)),
        WireCase(
          "on two lines", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", empty),
          .refused(400, .malformedTransferEncoding)),
        WireCase(
          "under another", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", empty),
          .refused(400, .malformedTransferEncoding)),
        WireCase(
          "below another", post("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n", empty),
          .refused(400, .malformedTransferEncoding)),
        WireCase(
          "below an empty line", post("Transfer-Encoding:\r\nTransfer-Encoding: chunked\r\n", empty),
          .refused(400, .malformedTransferEncoding)),
      ]),
    Rule(
      .transferEncoding, "A coding that we do not know is 501",
      [
        WireCase("gzip", coding("gzip, chunked"), .refused(501, .unknownTransferCoding)),
        WireCase("two of them", coding("foo, bar, chunked"), .refused(501, .unknownTransferCoding)),
      ]),
    // RFC 9110 §5.6.1 would skip them; but who writes an empty coding hopes to be read in two ways.
    Rule(
      .requestSmuggling, "An empty coding is none that anybody sends: 400",
      [
        WireCase("in front", coding(", chunked"), .refused(400, .malformedTransferEncoding)),
        WireCase("behind", coding("chunked,"), .refused(400, .malformedTransferEncoding)),
        WireCase("nothing else", coding(","), .refused(400, .malformedTransferEncoding)),
      ]),
    Rule(
      .requestSmuggling, "What follows a request that was refused is no request",
      [
        WireCase("behind two lengths", post("Content-Length: 0\r\nContent-Length: 40\r\n", next), .refused(400, .repeatedContentLength)),
        WireCase(
          "behind a chunk of the wrong size", coding("chunked").replacing("5\r\n", with: "4\r\n") + next, .refused(400, .malformedChunk)),
        WireCase(
          "behind a good request", next + length("5x") + next, .refused(400, .malformedContentLength, after: "GET /next")),
        WireCase("within a body", length("5").dropLast(5) + "GET /" + next, .requests("POST / GET /", "GET /next")),
      ]),
  ]
}
