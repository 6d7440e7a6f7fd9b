/// What was received and not yet consumed. Appending is amortised O(1) for each byte however small the pieces are.
struct InputBuffer {
  private(set) var bytes: [UInt8] = []
  /// Where the unconsumed bytes begin in `bytes`.
  private(set) var start = 0

  var count: Int { bytes.count - start }
  var isEmpty: Bool { start == bytes.count }

  mutating func append(_ received: UnsafeRawBufferPointer) {
    if start > 0 {
      bytes.removeFirst(start)
      start = 0
    }
    bytes.append(contentsOf: received)
  }

  mutating func consume(_ count: Int) {
    precondition(count >= 0 && count <= self.count, "only what was received can be consumed")
    start += count
  }

  /// Forgets what was consumed, when that was all; a large allocation is given back.
  mutating func shrink(to kept: Int) {
    guard isEmpty, !bytes.isEmpty else { return }
    bytes.removeAll(keepingCapacity: bytes.capacity <= kept)
    start = 0
  }

  mutating func removeAll() {
    bytes = []
    start = 0
  }
}
