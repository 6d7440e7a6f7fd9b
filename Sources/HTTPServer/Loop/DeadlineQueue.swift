/// The deadlines of all connections, earliest first: a binary heap. An entry is never searched for or removed early; whoever takes one out
/// asks the connection whether it still holds. A connection adds an entry only when its deadline moves forward, which is rare.
struct DeadlineQueue {
  struct Entry {
    var instant: Moment.Instant
    var token: UInt64
  }

  private var heap: [Entry] = []

  var earliest: Moment.Instant? { heap.first?.instant }

  mutating func insert(_ entry: Entry) {
    var child = heap.count
    heap.append(entry)
    while child > 0 {
      let parent = (child - 1) / 2
      guard heap[child].instant < heap[parent].instant else { return }
      heap.swapAt(child, parent)
      child = parent
    }
  }

  /// Takes out the earliest entry that is due at `instant`, if there is one.
  mutating func removeDue(at instant: Moment.Instant) -> Entry? {
    guard let first = heap.first, first.instant <= instant else { return nil }
    let last = heap.removeLast()
    if !heap.isEmpty {
      heap[0] = last
      sink()
    }
    return first
  }

  private mutating func sink() {
    var parent = 0
    while true {
      var smallest = parent
      for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && heap[child].instant < heap[smallest].instant {
        smallest = child
      }
      guard smallest != parent else { return }
      heap.swapAt(parent, smallest)
      parent = smallest
    }
  }
}
