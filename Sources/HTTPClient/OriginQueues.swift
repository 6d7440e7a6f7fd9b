/// Who waits for which origin, first come first served, and how many are under way. libcurl could bound connections itself
/// (`CURLMOPT_MAX_HOST_CONNECTIONS`), but there a transfer's time runs while it waits for a connection; here it starts with its turn.
struct OriginQueues<Call> {
  private struct Lane {
    var waiting: [Call] = []
    var underWay = 0
  }

  let concurrency: Int
  let length: Int
  private var lanes: [String: Lane] = [:]

  init(concurrency: Int, length: Int) {
    self.concurrency = concurrency
    self.length = length
  }

  var waitingCount: Int { lanes.values.reduce(0) { $0 + $1.waiting.count } }

  /// The first of each lane: the one that has waited longest for its origin.
  var fronts: [Call] { lanes.values.compactMap(\.waiting.first) }

  /// Takes a call in, unless all turns are taken and the queue of its origin is full.
  mutating func append(_ call: Call, origin: String) -> Bool {
    let lane = lanes[origin, default: Lane()]
    guard lane.underWay + lane.waiting.count < concurrency + length else { return false }
    lanes[origin, default: Lane()].waiting.append(call)
    return true
  }

  /// Everybody whose turn it is. Each must be given back with `finish`.
  mutating func startable() -> [Call] {
    var calls: [Call] = []
    for (origin, lane) in lanes where lane.underWay < concurrency && !lane.waiting.isEmpty {
      let count = min(concurrency - lane.underWay, lane.waiting.count)
      calls += lane.waiting.prefix(count)
      lanes[origin]?.waiting.removeFirst(count)
      lanes[origin]?.underWay += count
    }
    return calls
  }

  mutating func finish(origin: String) {
    guard var lane = lanes[origin] else { return }
    precondition(lane.underWay > 0, "a transfer ends once")
    lane.underWay -= 1
    lanes[origin] = lane.underWay == 0 && lane.waiting.isEmpty ? nil : lane
  }

  /// Takes out those who wait no longer.
  mutating func removeAll(where isOver: (Call) -> Bool) -> [Call] {
    var removed: [Call] = []
    for (origin, lane) in lanes where lane.waiting.contains(where: isOver) {
      removed += lane.waiting.filter(isOver)
      let rest = lane.waiting.filter { !isOver($0) }
      lanes[origin] = lane.underWay == 0 && rest.isEmpty ? nil : Lane(waiting: rest, underWay: lane.underWay)
    }
    return removed
  }
}
