/// What is going to happen, by its time; what is due at the same time in the order in which it was written down.
struct Agenda {
  private struct Entry {
    var time: Int64
    var number: UInt64
    var act: () -> Void

    func precedes(_ other: Entry) -> Bool { (time, number) < (other.time, other.number) }
  }

  /// A binary heap: the first is the next.
  private var entries: [Entry] = []
  private var count: UInt64 = 0

  var next: Int64? { entries.first?.time }

  mutating func add(at time: Int64, _ act: @escaping () -> Void) {
    count += 1
    entries.append(Entry(time: time, number: count, act: act))
    var place = entries.count - 1
    while place > 0, entries[place].precedes(entries[(place - 1) / 2]) {
      entries.swapAt(place, (place - 1) / 2)
      place = (place - 1) / 2
    }
  }

  mutating func take() -> (time: Int64, act: () -> Void)? {
    guard let first = entries.first else { return nil }
    let last = entries.removeLast()
    if !entries.isEmpty {
      entries[0] = last
      sink()
    }
    return (first.time, first.act)
  }

  private mutating func sink() {
    var place = 0
    while true {
      var least = place
      for child in [2 * place + 1, 2 * place + 2] where child < entries.count && entries[child].precedes(entries[least]) { least = child }
      guard least != place else { return }
      entries.swapAt(place, least)
      place = least
    }
  }
}
