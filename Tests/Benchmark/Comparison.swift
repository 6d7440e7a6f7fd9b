import Glibc
import TestSupport

/// `Benchmark NEW OLD`: two builds of the server beside each other, turn by turn on the same disk, each turn on a database of its own. What a change
/// made for speed pays, told from what the machine does meanwhile.
enum Comparison {
  static let rounds = 7

  static func print(_ programs: [String], folder: String, body: Body) throws {
    var posts: [[Measurement]] = [[], []]
    var gets: [[Measurement]] = [[], []]
    for round in 1...rounds {
      // Who goes first takes turns too: what came before is felt by the disk.
      for index in round.isMultiple(of: 2) ? [1, 0] : [0, 1] {
        let place = "\(folder)/\(round)-\(index)"
        mkdir(place, 0o700)
        defer { remove(place) }
        let gatehouse = try Gatehouse(program: programs[index], folder: place)
        try gatehouse.settle()
        let delivery = NumberedRequest(Gatehouse.delivery(0, body: body))
        let change = gatehouse.change
        posts[index].append(try Round.load(gatehouse.port, gatehouse.process) { delivery.numbered($0) })
        gets[index].append(try Round.load(gatehouse.port, gatehouse.process) { _ in change })
        gatehouse.process.end()
      }
    }
    Swift.print("Medians of \(rounds) turns at 64 connections")
    for (name, seen) in [("POST of a webhook", posts), ("GET of a change", gets)] {
      let rates = seen.map { median($0.map(\.rate)) }
      let times = seen.map { median($0.map(\.processor)) }
      let loads = seen.map { median($0.map(\.load)) }
      for index in programs.indices {
        let each = "\(tenths(times[index])) us of processor time each (the load \(tenths(loads[index])))"
        Swift.print("  \(name): \(Int(rates[index])) 1/s, \(each): \(programs[index])")
      }
      let (rate, time) = (hundredths(rates[0] / rates[1]), hundredths(times[0] / times[1]))
      Swift.print("    the first has \(rate) of the rate, and takes \(time) of the processor time")
    }
  }

  private static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
  private static func tenths(_ value: Double) -> Double { (value * 10).rounded() / 10 }
  private static func hundredths(_ value: Double) -> Double { (value * 100).rounded() / 100 }
}
