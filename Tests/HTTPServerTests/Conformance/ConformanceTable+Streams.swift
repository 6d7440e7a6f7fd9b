import HTTPMessages
import HTTPTypes

private func streamed(
  _ name: String, _ stages: [String], _ pieces: [String] = ["hello", " world"], statuses: [Int] = [200], contents: [String],
  says: [String] = [], lacks: [String] = [], end: ExchangeCase.End = .kept
) -> ExchangeCase {
  ExchangeCase(
    name: name, stages: stages, pieces: pieces, statuses: statuses, contents: contents, says: says, lacks: lacks, end: end)
}

private let get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
private let chunked = "Transfer-Encoding: chunked"
private let inChunks = "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"

extension ConformanceTable {
  /// Answers whose length is not known when their head goes out.
  static let streams: [Rule] = [
    Rule(
      .transferEncoding, "Content of unknown length goes out in chunks, and its length is not told",
      exchanges: [
        streamed("pieces", [get], contents: [inChunks], says: [chunked], lacks: ["Content-Length", "Connection"]),
        streamed("none", [get], [], contents: ["0\r\n\r\n"], says: [chunked], lacks: ["Content-Length"]),
      ]),
    Rule(
      .transferEncoding, "To HTTP/1.0 it goes out as it is, up to the end of the connection",
      exchanges: [
        streamed(
          "pieces", ["GET / HTTP/1.0\r\n\r\n"], contents: ["hello world"], says: ["Connection: close"],
          lacks: ["Transfer-Encoding", "Content-Length"], end: .closed),
        streamed(
          "though the client would keep it", ["GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"], contents: ["hello world"],
          says: ["Connection: close"], lacks: ["Transfer-Encoding"], end: .closed),
      ]),
    Rule(
      .chunked, "A chunk says its size in hexadecimal; only the last is empty",
      exchanges: [
        streamed(
          "26 bytes", [get], ["abcdefghijklmnopqrstuvwxyz"], contents: ["1a\r\nabcdefghijklmnopqrstuvwxyz\r\n0\r\n\r\n"]),
        streamed("an empty piece in the middle", [get], ["hello", "", " world"], contents: [inChunks]),
      ]),
    Rule(
      .headMethod, "HEAD hears how GET would be answered, and no chunk",
      exchanges: [streamed("and then the next request", ["HEAD / HTTP/1.1\r\nHost: a\r\n\r\n"], contents: [""], says: [chunked])]),
    Rule(
      .tearDown, "The last answer says so, in chunks or not",
      exchanges: [
        streamed(
          "as the client asks", ["GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"], contents: [inChunks],
          says: [chunked, "Connection: close"], end: .closed)
      ]),
    Rule(
      .pipelining, "The next answer begins after the last chunk",
      exchanges: [
        streamed("two at once", [get + get], statuses: [200, 200], contents: [inChunks, inChunks]),
        streamed("behind a HEAD", ["HEAD / HTTP/1.1\r\nHost: a\r\n\r\n" + get], statuses: [200, 200], contents: ["", inChunks]),
      ]),
    Rule(
      .noContent, "What has no content has no chunks",
      exchanges: [
        ExchangeCase(
          name: "204", stages: [get], answer: { _ in .status(204) }, pieces: ["hello"], statuses: [500], lacks: ["Transfer-Encoding"],
          end: .closed)
      ]),
  ]
}
