/// Reads the body of one request as its framing says, and keeps it or drops it. Bounded by the handler's limit and by `Limits`.
struct BodyReader {
  /// What was read, if it is kept.
  private(set) var bytes: [UInt8] = []
  private let limit: Int
  private let isKept: Bool
  private var source: Source
  /// Bytes of content seen, kept or not.
  private var length = 0

  private enum Source {
    case length(remaining: Int)
    case chunks(ChunkReader)
  }

  /// Throws `contentTooLarge` if the announced length is above `limit`, before anything is read.
  init(_ framing: BodyFraming, limit: Int, isKept: Bool) throws(RequestFault) {
    self.limit = limit
    self.isKept = isKept
    switch framing {
    case .none: source = .length(remaining: 0)
    case .length(let length):
      guard length <= limit else { throw .contentTooLarge }
      source = .length(remaining: length)
      // Room for what most bodies need; what is only announced gets no memory.
      if isKept { bytes.reserveCapacity(min(length, 64 * 1024)) }
    case .chunked: source = .chunks(ChunkReader())
    }
  }

  /// Takes what `input` holds of the body. True once the body is complete; what follows it stays in `input`.
  mutating func read(from input: inout InputBuffer, limits: Limits) throws(RequestFault) -> Bool {
    switch source {
    case .length(let remaining):
      let count = min(remaining, input.count)
      take(count, from: &input)
      source = .length(remaining: remaining - count)
      return remaining == count
    case .chunks(var chunks):
      defer { source = .chunks(chunks) }
      while true {
        switch try chunks.next(from: &input, atMost: limit - length, limits: limits) {
        case .needsMore: return false
        case .content(let count): take(count, from: &input)
        case .end: return true
        }
      }
    }
  }

  /// Hands over the body, which is complete.
  consuming func finish() -> [UInt8] { bytes }

  private mutating func take(_ count: Int, from input: inout InputBuffer) {
    if isKept, count > 0 {
      bytes.append(contentsOf: input.bytes[input.start..<input.start + count])
    }
    length += count
    input.consume(count)
  }
}
