/// How much may happen in a life: one that goes round in a circle would never end, and tell nothing.
struct Pace {
  /// The busiest of three hundred lives came to 24 and 5,087; `ALOUD=aloud` tells.
  static let mostAtOnce = 1_000
  static let mostInALife = 100_000

  private var moment: Int64?
  private var atOnce = 0
  private(set) var busiest = 0
  private(set) var inAll = 0

  /// What is wrong with one thing more, at `time`; nil if nothing is.
  mutating func objection(toOneMoreAt time: Int64) -> String? {
    atOnce = moment == time ? atOnce + 1 : 1
    moment = time
    busiest = max(busiest, atOnce)
    inAll += 1
    if atOnce > Pace.mostAtOnce { return "more than \(Pace.mostAtOnce) things happen in one moment: it goes round in a circle" }
    return inAll > Pace.mostInALife ? "more than \(Pace.mostInALife) things happen: the life has no end" : nil
  }
}

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
