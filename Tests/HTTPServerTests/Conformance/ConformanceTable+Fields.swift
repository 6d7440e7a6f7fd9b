private func head(_ fields: String) -> String { "GET / HTTP/1.1\r\n\(fields)\r\n" }
private func octets(_ octets: [UInt8]) -> [UInt8] { Array("GET / HTTP/1.1\r\nHost: a\r\nX: ".utf8) + octets + Array("\r\n\r\n".utf8) }
private func repeated(_ text: String, _ count: Int) -> String { String(repeating: text, count: count) }
private let get = Outcome.requests("GET /")

extension ConformanceTable {
  static let fields: [Rule] = [
    Rule(
      .fieldSyntax, "A field is a name, a colon and a value",
      [
        WireCase("without white space", head("Host:a\r\nX:1\r\n"), get),
        WireCase("without a value", head("Host: a\r\nX:\r\n"), get),
        WireCase("without a colon", head("Host: a\r\nX\r\n"), .refused(400, .malformedField)),
        WireCase("a colon within the value", head("Host: a\r\nX: a:b:\r\n"), get),
      ]),
    Rule(
      .fieldLineParsing, "White space before the colon is 400",
      [
        WireCase("a space", head("Host: a\r\nX : 1\r\n"), .refused(400, .malformedField)),
        WireCase("a tab", head("Host: a\r\nContent-Length\t: 1\r\n"), .refused(400, .malformedField)),
        WireCase("in front of what frames the body", head("Host: a\r\nTransfer-Encoding : chunked\r\n"), .refused(400, .malformedField)),
        WireCase("on the first field", head("Host : a\r\n"), .refused(400, .malformedField)),
        WireCase("VT", head("Host: a\r\nX\u{B}: 1\r\n"), .refused(400, .malformedField)),
      ]),
    Rule(
      .fieldNames, "A name is a token",
      [
        WireCase("an empty one", head("Host: a\r\n: 1\r\n"), .refused(400, .malformedField)),
        WireCase("an at sign", head("Host: a\r\nX@Y: 1\r\n"), .refused(400, .malformedField)),
        WireCase("a space within", head("Host: a\r\nX Y: 1\r\n"), .refused(400, .malformedField)),
        WireCase("UTF-8", head("Host: a\r\nÜ: 1\r\n"), .refused(400, .malformedField)),
        WireCase("NUL", head("Host: a\r\nX\0: 1\r\n"), .refused(400, .malformedField)),
        WireCase("NUL behind a name that frames the body", head("Host: a\r\nContent-Length\0: 5\r\n"), .refused(400, .malformedField)),
        WireCase("a bracket", head("Host: a\r\n[X]: 1\r\n"), .refused(400, .malformedField)),
        WireCase("every character that a token may hold", head("Host: a\r\n!#$%&'*+-.^_`|~09azAZ: 1\r\n"), get),
        WireCase("one that goes on after Host", head("Hosts: a\r\n"), .refused(400, .missingHost)),
        WireCase("one that ends before Host", head("Hos: a\r\n"), .refused(400, .missingHost)),
        WireCase("an underscore is no hyphen", head("Host: a\r\nContent_Length: 5\r\n"), get),
      ]),
    Rule(
      .lineFolding, "A folded line is 400",
      [
        WireCase("with a space", head("Host: a\r\nX: 1\r\n 2\r\n"), .refused(400, .foldedField)),
        WireCase("with a tab", head("Host: a\r\nX: 1\r\n\t2\r\n"), .refused(400, .foldedField)),
        WireCase("of white space alone", head("Host: a\r\n \r\n"), .refused(400, .foldedField)),
        WireCase("around a coding", head("Host: a\r\nTransfer-Encoding:\r\n chunked\r\n"), .refused(400, .foldedField)),
      ]),
    Rule(
      .fieldValues, "A value holds no control characters",
      [
        WireCase("NUL", head("Host: a\r\nX: 1\0\r\n"), .refused(400, .malformedField)),
        WireCase("NUL in front", head("Host: a\r\nX: \u{0}1\r\n"), .refused(400, .malformedField)),
        WireCase("ESC", head("Host: a\r\nX: \u{1B}[0m\r\n"), .refused(400, .malformedField)),
        WireCase("DEL", head("Host: a\r\nX: \u{7F}\r\n"), .refused(400, .malformedField)),
        WireCase("a tab within", head("Host: a\r\nX: 1\t2\r\n"), get),
      ]
        + (UInt8(0x01)...0x1F).filter { ![0x09, 0x0A, 0x0D, 0x1B].contains($0) }.map { octet in
          WireCase("0x" + String(octet, radix: 16), bytes: octets([0x61, octet, 0x62]), .refused(400, .malformedField))
        }),
    Rule(
      .fieldValues, "0x80 to 0xFF are opaque",
      [
        WireCase("no UTF-8", bytes: octets([0x80, 0xFF]), get),
        WireCase("all of them", bytes: octets(Array(0x80...0xFF)), get),
      ]),
    Rule(
      .whiteSpace, "Space and tab around a value are no part of it, and nothing else is white space",
      [
        WireCase("tabs around Host", head("Host:\ta\t\r\n"), get),
        WireCase("both around a length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length:\t 5\t \r\n\r\nhello", .requests("POST / hello")),
        WireCase(
          "both around a coding", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \tchunked \t\r\n\r\n0\r\n\r\n", .requests("POST /")),
        WireCase("VT", head("Host: a\r\nContent-Length: \u{B}0\r\n"), .refused(400, .malformedField)),
        WireCase("FF", head("Host: a\r\nContent-Length: 0\u{C}\r\n"), .refused(400, .malformedField)),
        WireCase("NBSP", bytes: length([0xA0]), .refused(400, .malformedContentLength)),
        WireCase("NEL", bytes: length([0x85]), .refused(400, .malformedContentLength)),
        WireCase("NBSP as UTF-8", bytes: length([0xC2, 0xA0]), .refused(400, .malformedContentLength)),
        WireCase("NBSP behind a coding", bytes: coding([0xA0]), .refused(400, .malformedTransferEncoding)),
        WireCase("VT before a coding", head("Host: a\r\nTransfer-Encoding: \u{B}chunked\r\n"), .refused(400, .malformedField)),
      ]),
    Rule(
      .fieldLimits, "What is larger than we read is a 4xx",
      [
        WireCase("one field", head("Host: a\r\nX: \(repeated("a", 8200))\r\n"), .refused(431, .fieldTooLarge)),
        WireCase("one field without an end", "GET / HTTP/1.1\r\nX: " + repeated("a", 8300), .refused(431, .fieldTooLarge)),
        WireCase("a name without an end", "GET / HTTP/1.1\r\n" + repeated("a", 8300), .refused(431, .fieldTooLarge)),
        WireCase("a head", head("Host: a\r\n" + repeated("X: \(repeated("a", 1000))\r\n", 17)), .refused(431, .headTooLarge)),
      ]),
    Rule(
      .headerFieldsTooLarge, "Too many fields are 431",
      [
        WireCase("100", head("Host: a\r\n" + repeated("X: 1\r\n", 99)), get),
        WireCase("101", head("Host: a\r\n" + repeated("X: 1\r\n", 100)), .refused(431, .tooManyFields)),
      ]),
    Rule(
      .fieldOrder, "Nothing is done before all fields are there, and those of one name stay in order",
      exchanges: [
        ExchangeCase(
          name: "a fault in the last one", stages: ["GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\nX\r\n\r\n"], statuses: [400], end: .closed),
        ExchangeCase(
          name: "three of a name, in any case", stages: ["GET / HTTP/1.1\r\nAccept: 1\r\nHost: a\r\naccept: 2\r\nACCEPT: 3\r\n\r\n"],
          answer: { .status(200, body: $0.head.headerFields[values: .accept].joined()) }, statuses: [200], contents: ["123"],
          end: .kept),
      ]),
  ]

  private static func length(_ behind: [UInt8]) -> [UInt8] {
    Array("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5".utf8) + behind + Array("\r\n\r\nhello".utf8)
  }

  private static func coding(_ behind: [UInt8]) -> [UInt8] {
    Array("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked".utf8) + behind + Array("\r\n\r\n0\r\n\r\n".utf8)
  }
}
