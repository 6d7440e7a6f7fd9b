import Testing

@testable import HTTPServer

private func post(_ fields: String, _ body: String = "", version: String = "1.1") -> String {
  "POST / HTTP/\(version)\r\nHost: a\r\n\(fields)\r\n\(body)"
}
private func chunked(_ body: String) -> String { post("Transfer-Encoding: chunked\r\n", body) }
private let next = "GET /next HTTP/1.1\r\nHost: a\r\n\r\n"
private let hello = Outcome.requests("POST / hello")

@Suite struct BodyTests {
  static let lengths: [WireCase] = [
    WireCase("RFC 9112 §6.3", "no length is no body", post("") + next, .requests("POST /", "GET /next")),
    WireCase("RFC 9112 §6.3", "a length", post("Content-Length: 5\r\n", "hello") + next, .requests("POST / hello", "GET /next")),
    WireCase("RFC 9112 §6.3", "zero", post("Content-Length: 0\r\n") + next, .requests("POST /", "GET /next")),
    WireCase("RFC 9112 §6.3", "leading zeros", post("Content-Length: 0005\r\n", "hello"), hello),
    WireCase("RFC 9110 §5.6.3", "tabs around it", post("Content-Length:\t5\t\r\n", "hello"), hello),
    WireCase("RFC 9110 §8.6", "empty", post("Content-Length:\r\n"), .fault(.malformedContentLength)),
    WireCase("RFC 9110 §8.6", "a plus sign", post("Content-Length: +5\r\n", "hello"), .fault(.malformedContentLength)),
    WireCase("RFC 9110 §8.6", "a minus sign", post("Content-Length: -5\r\n", "hello"), .fault(.malformedContentLength)),
    WireCase("RFC 9110 §8.6", "hexadecimal", post("Content-Length: 0x5\r\n", "hello"), .fault(.malformedContentLength)),
    WireCase("RFC 9110 §8.6", "an underscore", post("Content-Length: 1_0\r\n", "hello"), .fault(.malformedContentLength)),
    WireCase("RFC 9110 §8.6", "a fraction", post("Content-Length: 5.0\r\n", "hello"), .fault(.malformedContentLength)),
    WireCase("RFC 9110 §8.6", "a space within", post("Content-Length: 5 5\r\n", "hello"), .fault(.malformedContentLength)),
    WireCase("RFC 9110 §8.6", "digits of another script", post("Content-Length: ٥\r\n", "hello"), .fault(.malformedContentLength)),
    WireCase("RFC 9110 §8.6", "a list", post("Content-Length: 5, 5\r\n", "hello"), .fault(.malformedContentLength)),
    WireCase("RFC 9112 §6.3", "two that differ", post("Content-Length: 5\r\nContent-Length: 6\r\n"), .fault(.repeatedContentLength)),
    WireCase("RFC 9112 §6.3", "two that agree", post("Content-Length: 5\r\nContent-Length: 5\r\n"), .fault(.repeatedContentLength)),
    WireCase("RFC 9110 §8.6", "no wrap at 2^64", post("Content-Length: 18446744073709551621\r\n", "hello"), .fault(.contentTooLarge)),
    WireCase("RFC 9110 §8.6", "nor at 2^63", post("Content-Length: 9223372036854775808\r\n", "hello"), .fault(.contentTooLarge)),
    WireCase("RFC 9110 §15.5.14", "larger than admitted", post("Content-Length: 1025\r\n"), .fault(.contentTooLarge)),
    WireCase(
      "RFC 9110 §9.3.1", "a GET with a body", "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi" + next,
      .requests("GET / hi", "GET /next")),
  ]

  static let codings: [WireCase] = [
    WireCase("RFC 9112 §6.1", "chunked in any case", post("Transfer-Encoding: ChUnKeD\r\n", "5\r\nhello\r\n0\r\n\r\n"), hello),
    WireCase(
      "RFC 9112 §6.1", "with a length", post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
      .fault(.contentLengthWithTransferEncoding)),
    WireCase(
      "RFC 9112 §6.1", "in HTTP/1.0", post("Transfer-Encoding: chunked\r\n", "0\r\n\r\n", version: "1.0"),
      .fault(.malformedTransferEncoding)),
    WireCase("RFC 9112 §6.3", "chunked is not last", post("Transfer-Encoding: chunked, gzip\r\n"), .fault(.malformedTransferEncoding)),
    WireCase("RFC 9112 §6.3", "no chunked", post("Transfer-Encoding: gzip\r\n"), .fault(.malformedTransferEncoding)),
    WireCase("RFC 9112 §6.3", "identity is gone", post("Transfer-Encoding: identity\r\n"), .fault(.malformedTransferEncoding)),
    WireCase("RFC 9112 §6.3", "empty", post("Transfer-Encoding:\r\n"), .fault(.malformedTransferEncoding)),
    WireCase("RFC 9112 §6.1", "chunked twice", post("Transfer-Encoding: chunked, chunked\r\n"), .fault(.malformedTransferEncoding)),
    WireCase(
      "RFC 9112 §6.1", "on two lines", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
      .fault(.malformedTransferEncoding)),
    WireCase("RFC 9112 §6.1", "a coding we do not know", post("Transfer-Encoding: gzip, chunked\r\n"), .fault(.unknownTransferCoding)),
    WireCase("RFC 9112 §6.1", "almost chunked", post("Transfer-Encoding: xchunked\r\n"), .fault(.malformedTransferEncoding)),
    WireCase("RFC 9112 §7", "with a parameter", post("Transfer-Encoding: chunked;q=1\r\n"), .fault(.malformedTransferEncoding)),
    WireCase("RFC 9112 §6.1", "quoted", post("Transfer-Encoding: \"chunked\"\r\n"), .fault(.malformedTransferEncoding)),
  ]

  static let chunks: [WireCase] = [
    WireCase("RFC 9112 §7.1", "chunks", chunked("2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n") + next, .requests("POST / hello", "GET /next")),
    WireCase("RFC 9112 §7.1", "no chunk", chunked("0\r\n\r\n") + next, .requests("POST /", "GET /next")),
    WireCase(
      "RFC 9112 §7.1", "hexadecimal in both cases", chunked("a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n"),
      .requests("POST / 01234567890123456789")),
    WireCase("RFC 9112 §7.1", "leading zeros", chunked("005\r\nhello\r\n000\r\n\r\n"), hello),
    WireCase("RFC 9112 §7.1", "data with line ends", chunked("5\r\n\r\n0\r\n\r\n0\r\n\r\n"), .requests("POST / \r\n0\r\n")),
    WireCase("RFC 9112 §7.1", "a sign", chunked("+5\r\nhello\r\n0\r\n\r\n"), .fault(.malformedChunk)),
    WireCase("RFC 9112 §7.1", "a minus", chunked("-5\r\nhello\r\n0\r\n\r\n"), .fault(.malformedChunk)),
    WireCase("RFC 9112 §7.1", "0x", chunked("0x5\r\nhello\r\n0\r\n\r\n"), .fault(.malformedChunk)),
    WireCase("RFC 9112 §7.1", "an underscore", chunked("0_5\r\nhello\r\n0\r\n\r\n"), .fault(.malformedChunk)),
    WireCase("RFC 9112 §7.1", "no size", chunked("\r\n\r\n"), .fault(.malformedChunk)),
    WireCase("RFC 9112 §7.1", "an extension without a size", chunked(";a\r\nhello\r\n"), .fault(.malformedChunk)),
    WireCase("RFC 9112 §7.1", "a space before the size", chunked(" 5\r\nhello\r\n0\r\n\r\n"), .fault(.malformedChunk)),
    WireCase("RFC 9112 §7.1", "a space after it", chunked("5 \r\nhello\r\n0\r\n\r\n"), .fault(.malformedChunk)),
    WireCase("RFC 9112 §7.1", "no wrap", chunked("10000000000000005\r\nhello\r\n0\r\n\r\n"), .fault(.contentTooLarge)),
    WireCase("RFC 9112 §7.1", "nor below zero", chunked("FFFFFFFFFFFFFFFF\r\nhello\r\n"), .fault(.contentTooLarge)),
    WireCase("RFC 9112 §7.1", "a bare LF after the size", chunked("5\nhello\r\n0\r\n\r\n"), .fault(.bareLineFeed)),
    WireCase("RFC 9112 §7.1", "a bare LF after the data", chunked("5\r\nhello\n0\r\n\r\n"), .fault(.bareLineFeed)),
    WireCase("RFC 9112 §7.1", "more data than the size", chunked("5\r\nhello!\r\n0\r\n\r\n"), .fault(.malformedChunk)),
    WireCase("RFC 9112 §7.1", "less data than the size", chunked("6\r\nhello\r\n0\r\n\r\n"), .fault(.bareLineFeed)),
    WireCase("RFC 9112 §7.1", "a bare CR in the size line", chunked("5\r;a\r\nhello\r\n"), .fault(.malformedChunk)),
    WireCase("RFC 9110 §15.5.14", "more than admitted, in one chunk", chunked("401\r\n"), .fault(.contentTooLarge)),
    WireCase(
      "RFC 9110 §15.5.14", "more than admitted, in several",
      chunked("400\r\n" + String(repeating: "a", count: 1024) + "\r\n1\r\n"), .fault(.contentTooLarge)),

    WireCase("RFC 9112 §7.1.1", "extensions are ignored", chunked("5;a;b=c;d=\"e;\\\"f\"\r\nhello\r\n0;g\r\n\r\n"), hello),
    WireCase("RFC 9112 §7.1.1", "with bad white space", chunked("5 ; a = b\r\nhello\r\n0\r\n\r\n"), hello),
    WireCase("RFC 9112 §7.1.1", "without a name", chunked("5;\r\nhello\r\n0\r\n\r\n"), .fault(.malformedChunk)),
    WireCase("RFC 9112 §7.1.1", "without a value", chunked("5;a=\r\nhello\r\n0\r\n\r\n"), .fault(.malformedChunk)),
    WireCase("RFC 9112 §7.1.1", "an open string", chunked("5;a=\"b\r\nhello\r\n0\r\n\r\n"), .fault(.malformedChunk)),
    WireCase("RFC 9112 §7.1.1", "NUL in an extension", chunked("5;a\0\r\nhello\r\n0\r\n\r\n"), .fault(.malformedChunk)),
    WireCase("RFC 9112 §7.1.1", "a line too long", chunked("5;" + String(repeating: "a", count: 300)), .fault(.chunkLineTooLong)),
    WireCase(
      "RFC 9112 §7.1.1", "too many in all",
      chunked(String(repeating: "1;\(String(repeating: "a", count: 200))\r\nx\r\n", count: 90)), .fault(.chunkLineTooLong)),

    WireCase(
      "RFC 9112 §7.1.2", "trailers are dropped", chunked("5\r\nhello\r\n0\r\nX: 1\r\nContent-Length: 9\r\n\r\n") + next,
      .requests("POST / hello", "GET /next")),
    WireCase("RFC 9112 §7.1.2", "trailers are fields", chunked("0\r\nX\r\n\r\n"), .fault(.malformedField)),
    WireCase("RFC 9112 §7.1.2", "and not folded", chunked("0\r\nX: 1\r\n 2\r\n\r\n"), .fault(.foldedField)),
    WireCase("RFC 9112 §7.1.2", "too many", chunked("0\r\n" + String(repeating: "X: 1\r\n", count: 33)), .fault(.trailersTooLarge)),
    WireCase("RFC 9112 §7.1.2", "too long", chunked("0\r\nX: " + String(repeating: "a", count: 8200)), .fault(.trailersTooLarge)),
  ]

  @Test(arguments: lengths + codings + chunks) func verdictDoesNotDependOnTheCut(_ wire: WireCase) {
    #expect(wire.violations == [])
  }
}
