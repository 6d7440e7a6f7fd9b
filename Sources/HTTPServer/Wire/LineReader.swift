import Glibc

/// Finds the lines of a head, of chunk sizes and of trailers. It remembers how far it has looked, so that a client that drips one byte
/// at a time costs no more than one that sends everything at once.
struct LineReader {
  /// How much of the line at the start of the buffer was searched without finding its end.
  private var searched = 0

  /// Whether part of a line is waiting for the rest.
  var isWithinLine: Bool { searched > 0 }

  /// The next line, consumed from `input`, as offsets into its `bytes` without the CR LF; nil if its end has not come yet.
  ///
  /// A line ends with CR LF. A line feed alone is refused: RFC 9112 §2.2 would allow it in a head, but no rule allows it in chunks, and
  /// two readings of one message are a smuggling hole. A CR inside a line is refused by whoever reads the line.
  ///
  /// Throws `tooLong` above `limit` bytes, counted without the CR LF; the same for a line that is complete and for one that is not,
  /// so that the verdict does not depend on how the bytes were cut.
  mutating func next(from input: inout InputBuffer, limit: Int, tooLong: RequestFault) throws(RequestFault) -> Range<Int>? {
    let start = input.start
    guard let end = input.bytes.firstIndex(of: Octet.lineFeed, from: start + searched) else {
      searched = input.count
      guard searched <= limit + 1 else { throw tooLong }
      return nil
    }
    guard end - start <= limit + 1 else { throw tooLong }
    guard end > start, input.bytes[end - 1] == Octet.carriageReturn else { throw .bareLineFeed }
    searched = 0
    input.consume(end + 1 - start)
    return start..<end - 1
  }
}

extension [UInt8] {
  /// Like `firstIndex(of:)` on the rest, with the C library's vectorised search.
  fileprivate func firstIndex(of octet: UInt8, from start: Int) -> Int? {
    withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress, start < bytes.count, let found = memchr(base + start, Int32(octet), bytes.count - start) else {
        return nil
      }
      return UnsafeRawPointer(found) - base
    }
  }
}
