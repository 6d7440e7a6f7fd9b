/// The chunked coding (RFC 9112 §7.1): sizes, extensions, the CR LF after each chunk, trailers. It moves along in `input` and says which
/// bytes are content. Extensions and trailers are checked, bounded and dropped; nothing of them can frame or route a request.
struct ChunkReader {
  private var lines = LineReader()
  private var state = State.size
  private var extensionBytes = 0
  private var trailerBytes = 0
  private var trailerFields = 0

  private enum State {
    case size
    case content(remaining: Int)
    case contentEnd
    case trailers
  }

  enum Part {
    case needsMore
    /// This many bytes at the start of `input` are content. The caller consumes them.
    case content(Int)
    case end
  }

  /// Throws `contentTooLarge` as soon as a chunk announces more than `room` bytes.
  mutating func next(from input: inout InputBuffer, atMost room: Int, limits: Limits) throws(RequestFault) -> Part {
    while true {
      switch state {
      case .size:
        guard let line = try lines.next(from: &input, limit: limits.chunkLine, tooLong: .chunkLineTooLong) else { return .needsMore }
        let size = try readSize(input.bytes.span, line, limits)
        guard size <= room else { throw .contentTooLarge }
        state = size == 0 ? .trailers : .content(remaining: size)
      case .content(let remaining):
        let count = min(remaining, input.count)
        guard count > 0 else { return .needsMore }
        state = remaining == count ? .contentEnd : .content(remaining: remaining - count)
        return .content(count)
      case .contentEnd:
        // Exactly CR LF; anything else means that size and content disagree.
        guard let line = try lines.next(from: &input, limit: 0, tooLong: .malformedChunk) else { return .needsMore }
        guard line.isEmpty else { throw .malformedChunk }
        state = .size
      case .trailers:
        guard let line = try nextTrailer(from: &input, limits) else { return .needsMore }
        guard !line.isEmpty else { return .end }
        _ = try FieldLine.split(input.bytes.span, line)
      }
    }
  }

  private mutating func nextTrailer(from input: inout InputBuffer, _ limits: Limits) throws(RequestFault) -> Range<Int>? {
    let room = max(0, limits.trailers - trailerBytes)
    guard let line = try lines.next(from: &input, limit: room, tooLong: .trailersTooLarge) else { return nil }
    trailerBytes += line.count + 2
    if !line.isEmpty { trailerFields += 1 }
    guard trailerFields <= limits.trailerFields else { throw .trailersTooLarge }
    return line
  }

  /// `1*HEXDIG *( BWS ";" … )`. Digits are added up by hand: no sign, no `0x`, no wrap (RFC 9112 §7.1).
  private mutating func readSize(_ bytes: Span<UInt8>, _ line: Range<Int>, _ limits: Limits) throws(RequestFault) -> Int {
    var size = 0
    var index = line.lowerBound
    while index < line.upperBound, let digit = Octet.hexadecimalValue(bytes[index]) {
      // Larger than 2^58 is larger than any limit.
      size = size > Int.max >> 5 ? size : size << 4 | Int(digit)
      index += 1
    }
    guard index > line.lowerBound else { throw .malformedChunk }
    let extensions = index..<line.upperBound
    guard ChunkExtensions.isValid(bytes, extensions) else { throw .malformedChunk }
    extensionBytes += extensions.count
    guard extensionBytes <= limits.chunkExtensions else { throw .chunkLineTooLong }
    return size
  }
}
