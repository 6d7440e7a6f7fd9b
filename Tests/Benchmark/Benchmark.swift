import Glibc
import TestSupport

/// `make bench`: the built server on loopback beside what it is measured against, in one go, and the ratios between them. Machines are noisy and
/// differ; both sides of a ratio are measured on the same one, one right after the other.
@main enum Benchmark {
  static let widths = [1, 16, 64, 256]
  static let rounds = 3
  static let seconds = 2.0
  static let warmUp = 0.3

  static func main() {
    // A server that closes while we write is told by the return value.
    signal(SIGPIPE, SIG_IGN)
    do {
      guard [2, 3].contains(CommandLine.arguments.count) else {
        throw Trouble("run it by make bench; its argument is the built gatehouse, and another to compare it with, or `evaluations`")
      }
      guard CommandLine.arguments[1] != "evaluations" else {
        Report.print(Evaluations())
        exit(0)
      }
      if CommandLine.arguments.count == 3 {
        try inFolder { try Comparison.print(Array(CommandLine.arguments[1...]), folder: $0, body: Body()) }
        exit(0)
      }
      let isWhole = try inFolder { try measure(program: CommandLine.arguments[1], folder: $0) }
      exit(isWhole ? 0 : 1)
    } catch {
      print("benchmark: \(error)")
      exit(2)
    }
  }

  private static func inFolder<Value>(_ body: (String) throws -> Value) throws -> Value {
    // Beside the build, which is on a disk: where the tests' folders are there may be none.
    var template = Array(".build/benchmark-XXXXXX".utf8CString)
    guard template.withUnsafeMutableBufferPointer({ $0.baseAddress.flatMap { mkdtemp($0) } }) != nil,
      let real = realpath(template, nil)
    else { throw Trouble("no folder can be made in .build; run this from the project's folder, as `make bench` does") }
    defer { free(real) }
    let folder = String(cString: real)
    defer { remove(folder) }
    return try body(folder)
  }

  /// False if an answered delivery is not in the database, once.
  private static func measure(program: String, folder: String) throws -> Bool {
    let body = try Body()
    let machine = Machine()
    var results: [Round] = []
    for number in 1...rounds {
      print("round \(number) of \(rounds) ...")
      fflush(nil)
      let place = "\(folder)/\(number)"
      mkdir(place, 0o700)
      results.append(try Round(program: program, folder: place, body: body))
      remove(place)
    }
    Report(rounds: results, bodySize: body.bytes(0).count, othersShare: machine.othersShare).print()
    Report.print(Evaluations())
    return results.allSatisfy { $0.failures == 0 && $0.found == $0.answered }
  }
}

/// Everything measured once, on a fresh database.
struct Round {
  var posts: [Int: Measurement] = [:]
  var floors: [Int: Measurement] = [:]
  /// One transaction for each row, right after the load of that width.
  var singles: [Int: Measurement] = [:]
  /// Nine reads of a change for each webhook, at 64 connections.
  var mix: Measurement
  var gets: [String: Measurement] = [:]
  /// Empty where nginx is not installed.
  var files: [String: Measurement] = [:]
  var sizes: [String: Int] = [:]
  var secondsToAnswer: Double
  var secondsToAnswerWhenNew: Double
  var idleMemory: Double
  var peakMemory: Double
  /// Deliveries answered with 200, and how many of them the database has once.
  var answered = 0
  var found: Int
  var failures = 0

  init(program: String, folder: String, body: Body) throws {
    let gatehouse = try Gatehouse(program: program, folder: folder)
    secondsToAnswer = gatehouse.secondsToAnswer
    secondsToAnswerWhenNew = gatehouse.secondsToAnswerWhenNew
    try gatehouse.settle()
    idleMemory = gatehouse.idleMemory

    let requests = ["health": gatehouse.health, "change": gatehouse.change]
    let answers = try requests.mapValues { Array(try Socket.ask(port: gatehouse.port, $0).body) }
    sizes = answers.mapValues(\.count)
    let nginx = try Nginx(folder: folder, health: answers["health"] ?? [], change: answers["change"] ?? [])
    for (name, request) in requests {
      gets[name] = try Round.load(gatehouse.port, gatehouse.process) { _ in request }
      guard let nginx else { continue }
      let file = Gatehouse.get("/\(name).json")
      files[name] = try Round.load(nginx.port, nginx.process) { _ in file }
    }
    nginx?.process.end()

    let floor = try Floor(folder: folder)
    let delivery = NumberedRequest(Gatehouse.delivery(0, body: body))
    var numbers: [Int] = []
    var first = 0
    for width in Benchmark.widths {
      let commits = gatehouse.commits
      let before = numbers.count
      var seen = try Round.load(gatehouse.port, gatehouse.process, connections: width, from: first, all: &numbers) { delivery.numbered($0) }
      seen.commits = Double(gatehouse.commits &- commits) / Double(max(1, numbers.count - before))
      first = (numbers.max() ?? 0) + 1_000
      posts[width] = seen
      failures += seen.failures
      floors[width] = try floor.run(batch: width, for: Benchmark.seconds, body: body)
      singles[width] = width == 1 ? floors[1] : try floor.run(batch: 1, for: Benchmark.seconds, body: body)
    }
    var mixed: [Int] = []
    mix = try Round.load(gatehouse.port, gatehouse.process, connections: 64, from: first, all: &mixed) {
      Measurement.isWrite($0) ? delivery.numbered($0) : gatehouse.change
    }
    numbers += mixed.filter(Measurement.isWrite)
    failures += mix.failures
    peakMemory = gatehouse.process.memory("VmHWM")
    failures += (Array(gets.values) + Array(files.values)).reduce(0) { $0 + $1.failures }
    answered = numbers.count
    found = try gatehouse.stopAndCount(numbers)
  }

  static func load(_ port: UInt16, _ process: Process, request: @escaping (Int) -> [UInt8]) throws -> Measurement {
    var numbers: [Int] = []
    return try load(port, process, connections: 64, from: 0, all: &numbers, request: request)
  }

  /// Warms up, then measures. What was answered while warming up is answered too.
  private static func load(
    _ port: UInt16, _ process: Process, connections: Int, from first: Int, all numbers: inout [Int],
    request: @escaping (Int) -> [UInt8]
  ) throws -> Measurement {
    let load = try Load(port: port, connections: connections, from: first, request: request)
    let warming = try load.run(for: Benchmark.warmUp)
    let before = process.processorTime
    var seen = try load.run(for: Benchmark.seconds)
    seen.processor = (process.processorTime - before) / Double(max(1, seen.answered.count)) * 1_000_000
    seen.failures += warming.failures
    numbers += warming.answered + seen.answered
    return seen
  }
}
