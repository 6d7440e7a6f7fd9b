private func chunked(_ body: String) -> String { "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\(body)" }
private func sized(_ size: String) -> String { chunked("\(size)\r\nhello\r\n0\r\n\r\n") }
private func ended(_ trailers: String) -> String { chunked("0\r\n\(trailers)\r\n") }
private func repeated(_ text: String, _ count: Int) -> String { String(repeating: text, count: count) }
private let next = "GET /next HTTP/1.1\r\nHost: a\r\n\r\n"
private let hello = Outcome.requests("POST / hello")

extension ConformanceTable {
  static let chunks: [Rule] = [
    Rule(
      .chunked, "Chunks are put together",
      [
        WireCase("two", chunked("2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n") + next, .requests("POST / hello", "GET /next")),
        WireCase("none", chunked("0\r\n\r\n") + next, .requests("POST /", "GET /next")),
        WireCase(
          "hexadecimal in both cases", chunked("a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n"), .requests("POST / 01234567890123456789")),
        WireCase("two digits", chunked("1F\r\n\(repeated("x", 31))\r\n0\r\n\r\n"), .requests("POST / " + repeated("x", 31))),
        WireCase("leading zeros", chunked("005\r\nhello\r\n000\r\n\r\n"), hello),
        WireCase("content with line ends", chunked("5\r\n\r\n0\r\n\r\n0\r\n\r\n"), .requests("POST / \r\n0\r\n")),
        WireCase(
          "content that looks like a last chunk", chunked("7\r\n0\r\n\r\nGE\r\n0\r\n\r\n") + next,
          .requests("POST / 0\r\n\r\nGE", "GET /next")),
      ]),
    Rule(
      .chunked, "A size is hexadecimal digits; anything else is 400",
      [
        WireCase("a plus sign", sized("+5"), .refused(400, .malformedChunk)),
        WireCase("a minus sign", sized("-5"), .refused(400, .malformedChunk)),
        WireCase("minus zero", sized("-0"), .refused(400, .malformedChunk)),
        WireCase("0x", sized("0x5"), .refused(400, .malformedChunk)),
        WireCase("an underscore", sized("0_5"), .refused(400, .malformedChunk)),
        WireCase("a letter behind it", sized("5g"), .refused(400, .malformedChunk)),
        WireCase("a fraction", sized("5.0"), .refused(400, .malformedChunk)),
        WireCase("digits of another script", sized("٥"), .refused(400, .malformedChunk)),
        WireCase("NUL", sized("5\0"), .refused(400, .malformedChunk)),
        WireCase("none", chunked("\r\n\r\n"), .refused(400, .malformedChunk)),
        WireCase("none after a chunk", chunked("1\r\nx\r\n\r\n0\r\n\r\n"), .refused(400, .malformedChunk)),
        WireCase("none before an extension", sized(";a"), .refused(400, .malformedChunk)),
        WireCase("a space before it", sized(" 5"), .refused(400, .malformedChunk)),
        WireCase("a space after it", sized("5 "), .refused(400, .malformedChunk)),
        WireCase("a tab after it", sized("5\t"), .refused(400, .malformedChunk)),
        WireCase("VT after it", sized("5\u{B}"), .refused(400, .malformedChunk)),
        WireCase("two sizes", sized("5 5"), .refused(400, .malformedChunk)),
        WireCase("a space after the last one", chunked("0 \r\n\r\n"), .refused(400, .malformedChunk)),
      ]),
    Rule(
      .chunked, "Large sizes do not wrap",
      [
        WireCase("at 2^32", sized("100000005"), .refused(413, .contentTooLarge)),
        WireCase("at 2^64", sized("10000000000000005"), .refused(413, .contentTooLarge)),
        WireCase("below zero", sized("FFFFFFFFFFFFFFFF"), .refused(413, .contentTooLarge)),
        WireCase("the sign of 64 bits", sized("8000000000000005"), .refused(413, .contentTooLarge)),
        WireCase("200 digits", sized("1" + repeated("0", 199)), .refused(413, .contentTooLarge)),
      ]),
    Rule(
      .chunked, "Lines end with CR LF, and so does the content of a chunk",
      [
        WireCase("a bare LF after the size", chunked("5\nhello\r\n0\r\n\r\n"), .refused(400, .bareLineFeed)),
        WireCase("a bare LF after the content", chunked("5\r\nhello\n0\r\n\r\n"), .refused(400, .bareLineFeed)),
        WireCase("a bare LF after the last size", chunked("0\n\r\n"), .refused(400, .bareLineFeed)),
        WireCase("a bare LF at the end", chunked("0\r\n\n"), .refused(400, .bareLineFeed)),
        WireCase("a bare CR after the size", chunked("5\rhello\r\n0\r\n\r\n"), .refused(400, .malformedChunk)),
        WireCase("a bare CR in the size line", chunked("5\r;a\r\nhello\r\n"), .refused(400, .malformedChunk)),
        WireCase("CR CR LF after the size", chunked("5\r\r\nhello\r\n0\r\n\r\n"), .refused(400, .malformedChunk)),
        WireCase("CR X after the content", chunked("5\r\nhello\rX0\r\n\r\n"), .refused(400, .malformedChunk)),
        WireCase("nothing after the content", chunked("5\r\nhello0\r\n\r\n"), .refused(400, .malformedChunk)),
        WireCase("two octets of something else", chunked("5\r\nhelloXX0\r\n\r\n"), .refused(400, .malformedChunk)),
        WireCase("more content than the size", chunked("5\r\nhello!\r\n0\r\n\r\n"), .refused(400, .malformedChunk)),
        WireCase("less content than the size", chunked("6\r\nhello\r\n0\r\n\r\n"), .refused(400, .bareLineFeed)),
        WireCase("much less", chunked("8\r\nhello\r\n0\r\n\r\n"), .refused(400, .malformedChunk)),
        WireCase("text in place of the last CR LF", chunked("0\r\nXX\r\n\r\n"), .refused(400, .malformedField)),
        WireCase("a request in place of the last CR LF", chunked("0\r\n" + next), .refused(400, .malformedField)),
        WireCase("CR X at the end", chunked("0\r\n\rX\r\n\r\n"), .refused(400, .malformedField)),
      ]),
    Rule(
      .contentTooLarge, "More than is admitted is 413 as soon as it is announced",
      [
        WireCase("in one chunk", chunked("401\r\n"), .refused(413, .contentTooLarge)),
        WireCase("in several", chunked("400\r\n" + repeated("a", 1024) + "\r\n1\r\n"), .refused(413, .contentTooLarge)),
        WireCase("by a length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1025\r\n\r\n", .refused(413, .contentTooLarge)),
      ]),
  ]

  static let chunkExtras: [Rule] = [
    Rule(
      .chunkExtensions, "Extensions are ignored",
      [
        WireCase("names and values", chunked("5;a;b=c\r\nhello\r\n0;g\r\n\r\n"), hello),
        WireCase("with bad white space", sized("5 ; a = b"), hello),
        WireCase("a chunked of their own", sized("5;transfer-encoding=chunked"), hello),
      ]),
    Rule(
      .chunkExtensions, "They are read to the letter",
      [
        WireCase("no name", sized("5;"), .refused(400, .malformedChunk)),
        WireCase("no name between", sized("5;;a"), .refused(400, .malformedChunk)),
        WireCase("no value", sized("5;a="), .refused(400, .malformedChunk)),
        WireCase("a value without a name", sized("5;=a"), .refused(400, .malformedChunk)),
        WireCase("two words", sized("5;a b"), .refused(400, .malformedChunk)),
        WireCase("a space at the end", sized("5;a "), .refused(400, .malformedChunk)),
        WireCase("NUL", sized("5;a\0"), .refused(400, .malformedChunk)),
        WireCase("a bare CR", sized("5;a\rb"), .refused(400, .malformedChunk)),
        WireCase("a bare LF", sized("5;a\nb"), .refused(400, .bareLineFeed)),
        WireCase("a bare LF on the last chunk", chunked("0;a\n\r\n"), .refused(400, .bareLineFeed)),
      ]),
    Rule(
      .quotedStrings, "A quoted value may hold what separates, and escapes",
      [
        WireCase("a semicolon", sized("5;a=\"b;c\""), hello),
        WireCase("an escaped quotation mark", sized("5;a=\"e;\\\"f\""), hello),
        WireCase("nothing", sized("5;a=\"\""), hello),
        WireCase("an open one", sized("5;a=\"b"), .refused(400, .malformedChunk)),
        WireCase("one that an escape leaves open", sized("5;a=\"b\\\""), .refused(400, .malformedChunk)),
        WireCase("a line end", chunked("5;a=\"\r\nhello\"\r\n0\r\n\r\n"), .refused(400, .malformedChunk)),
        WireCase("a control character", sized("5;a=\"\u{1}\""), .refused(400, .malformedChunk)),
        WireCase("an escaped control character", sized("5;a=\"\\\u{1}\""), .refused(400, .malformedChunk)),
        WireCase("text behind it", sized("5;a=\"b\"c"), .refused(400, .malformedChunk)),
      ]),
    Rule(
      .chunkExtensions, "They are bounded",
      [
        WireCase("one line", chunked("5;" + repeated("a", 300)), .refused(400, .chunkLineTooLong)),
        WireCase("all together", chunked(repeated("1;\(repeated("a", 200))\r\nx\r\n", 90)), .refused(400, .chunkLineTooLong)),
      ]),
    Rule(
      .trailers, "Trailers are fields",
      [
        WireCase("one", ended("X: 1\r\n") + next, .requests("POST /", "GET /next")),
        WireCase("no colon", ended("X\r\n"), .refused(400, .malformedField)),
        WireCase("a space before the colon", ended("X : 1\r\n"), .refused(400, .malformedField)),
        WireCase("a folded one", ended("X: 1\r\n 2\r\n"), .refused(400, .foldedField)),
        WireCase("NUL", ended("X: \0\r\n"), .refused(400, .malformedField)),
        WireCase("a bare CR", ended("X: 1\r2\r\n"), .refused(400, .malformedField)),
        WireCase("a bare LF", ended("X: 1\nY: 2\r\n"), .refused(400, .bareLineFeed)),
        WireCase("too many", chunked("0\r\n" + repeated("X: 1\r\n", 33)), .refused(431, .trailersTooLarge)),
        WireCase("too long", chunked("0\r\nX: " + repeated("a", 8200)), .refused(431, .trailersTooLarge)),
      ]),
    Rule(
      .trailerUse, "Trailers are not taken for header fields",
      [
        WireCase("a length", chunked("5\r\nhello\r\n0\r\nContent-Length: 9\r\n\r\n") + next, .requests("POST / hello", "GET /next")),
        WireCase("a coding", ended("Transfer-Encoding: chunked\r\n") + next, .requests("POST /", "GET /next")),
        WireCase("a Host", ended("Host: b\r\n") + next, .requests("POST /", "GET /next")),
        WireCase("an end of the connection", ended("Connection: close\r\n") + next, .requests("POST /", "GET /next")),
      ]),
    Rule(
      .trailerUse, "The handler never sees them",
      exchanges: [
        ExchangeCase(
          name: "a credential", stages: [ended("Authorization: b\r\n")],
          answer: { .status(200, body: $0.head.headerFields[.authorization] ?? "none") }, statuses: [200], contents: ["none"], end: .kept)
      ]),
  ]
}
