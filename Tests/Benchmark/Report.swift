import Glibc

/// The tables: ratios first, for they say the same on every machine; then what they were made of. Each figure is the median of the rounds.
struct Report {
  let rounds: [Round]
  let bodySize: Int
  /// The part of the processors that others used meanwhile.
  let othersShare: Double

  private static func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    return sorted.isEmpty ? 0 : sorted[sorted.count / 2]
  }

  private func median(_ value: (Round) -> Double?) -> Double { Report.median(rounds.compactMap(value)) }

  /// The median of the rounds, and how far apart they were: where that is far, the machine had other things to do.
  private func ratio(_ value: (Round) -> Double) -> String {
    let all = rounds.map(value)
    return "\(number(Report.median(all))) (\(number(all.min() ?? 0))-\(number(all.max() ?? 0)))"
  }

  private func row(_ name: String, _ cells: [String], width: Int = 10) { Report.row(name, cells, width: width) }

  private static func row(_ name: String, _ cells: [String], width: Int = 10) {
    let left = name + String(repeating: " ", count: max(1, 50 - name.count))
    Swift.print("  " + left + cells.map { String(repeating: " ", count: max(2, width - $0.count)) + $0 }.joined())
  }

  private func number(_ value: Double, _ places: Int = 2) -> String {
    let scale = [1.0, 10, 100, 1_000][places]
    let whole = Int((value * scale).rounded())
    guard places > 0 else { return String(whole) }
    let rest = String(whole % Int(scale))
    return "\(whole / Int(scale))." + String(repeating: "0", count: places - rest.count) + rest
  }

  func print() {
    Swift.print("\nRatios (of rates: above 1 the gate is the faster; of processor time: below 1 it is the thriftier)")
    printPostRatios()
    printBudget()
    printGetRatios()
    warnOfOtherWork()
    Swift.print("\nWhat they were made of (median of \(rounds.count) rounds of \(number(Benchmark.seconds, 0)) s for each figure)")
    printPosts()
    printGets()
    printProcess()
    Swift.print(
      """

      Load, server and simulated GitLab share the \(sysconf(Int32(_SC_NPROCESSORS_ONLN))) processors of this machine; bare SQLite has them to itself, without HTTP.
      A webhook is a deployment of its own with a body of \(bodySize) bytes: one row in delivery, deployment and outbox. Bare SQLite writes the
      same three with prepared statements. GitLab asks for quiet meanwhile (429), so nothing is inspected. The server logs as it does by default.
      Flushes are commits for each row; a checkpoint, one in two thousand pages, adds two. Processor time is the server's alone, for each request,
      and beside it what the load itself took of the same processors.
      Slowest is of all rounds, and mostly one flush that the disk held up (bare SQLite meets them too). All connections then wait with a webhook:
      beside nine reads each that is more than one webhook in a hundred, and p99 is that one flush.
      """)
  }

  /// A gate that writes faster than the database it writes with has not been measured: something else had the processors or the disk.
  private func warnOfOtherWork() {
    let impossible = Benchmark.widths.filter { width in
      rounds.contains { ($0.posts[width]?.rate ?? 0) > ($0.floors[width]?.rate ?? 0) }
    }
    if !impossible.isEmpty {
      Swift.print(
        "  NOT TO BE BELIEVED: a webhook cannot cost less than bare SQLite's share of it, and did in some round at \(impossible) connections."
      )
    }
    if othersShare > 0.05 {
      Swift.print(
        "  NOT A QUIET MACHINE: others used \(number(othersShare * 100, 0)) % of its processors meanwhile. Run it when nothing else does.")
    }
  }

  private func printPostRatios() {
    row("POST of a webhook, at connections", Benchmark.widths.map(String.init), width: 18)
    row(
      "rate / bare SQLite, as many rows in a commit",
      Benchmark.widths.map { width in
        ratio { ($0.posts[width]?.rate ?? 0) / ($0.floors[width]?.rate ?? 1) }
      }, width: 18)
    row(
      "rate / bare SQLite, one transaction each",
      Benchmark.widths.map { width in
        ratio { ($0.posts[width]?.rate ?? 0) / ($0.singles[width]?.rate ?? 1) }
      }, width: 18)
    row(
      "processor time / bare SQLite's",
      Benchmark.widths.map { width in
        ratio { ($0.posts[width]?.processor ?? 0) / ($0.floors[width]?.processor ?? 1) }
      }, width: 18)
  }

  /// The webhook's budget: what two of nginx's answers and bare SQLite's share take.
  private func printBudget() {
    guard rounds.allSatisfy({ !$0.files.isEmpty }) else { return }
    row(
      "processor time / (nginx's, twice + bare SQLite's)",
      Benchmark.widths.map { width in
        ratio { round in
          (round.posts[width]?.processor ?? 0) / (2 * (round.files["change"]?.processor ?? 0) + (round.floors[width]?.processor ?? 1))
        }
      }, width: 18)
  }

  private func printGetRatios() {
    guard rounds.allSatisfy({ !$0.files.isEmpty }) else {
      Swift.print("  nginx is not installed (apt-get install nginx-light): GET has nothing to be compared with")
      return
    }
    row("GET at 64 connections, against nginx's file", ["/healthz", "a change"], width: 18)
    row(
      "rate / nginx",
      ["health", "change"].map { name in
        ratio { ($0.gets[name]?.rate ?? 0) / ($0.files[name]?.rate ?? 1) }
      }, width: 18)
    row(
      "processor time / nginx's",
      ["health", "change"].map { name in
        ratio { ($0.gets[name]?.processor ?? 0) / max($0.files[name]?.processor ?? 1, 0.001) }
      }, width: 18)
  }

  private func printPosts() {
    row("", ["rate 1/s", "p50 ms", "p99 ms", "slowest", "CPU us", "load's", "flushes"])
    for width in Benchmark.widths { line("POST, \(width) connections", flushes: true) { $0.posts[width] } }
    for width in Benchmark.widths { line("bare SQLite, \(width) in a commit", flushes: true) { $0.floors[width] } }
    line("nine reads to a webhook, 64 connections: reads") { $0.mix.part(writes: false) }
    line("  its webhooks") { $0.mix.part(writes: true) }
  }

  private func printGets() {
    for (name, path) in [("health", "/healthz"), ("change", "/api/v1/changes/CHG-1")] {
      let size = rounds.first?.sizes[name] ?? 0
      line("GET \(path)") { $0.gets[name] }
      if rounds.allSatisfy({ !$0.files.isEmpty }) { line("nginx, \(size) bytes") { $0.files[name] } }
    }
  }

  private func line(_ name: String, flushes: Bool = false, _ measurement: (Round) -> Measurement?) {
    row(
      name,
      [
        number(median { measurement($0)?.rate }, 0), number(median { measurement($0)?.percentile(0.5) }),
        number(median { measurement($0)?.percentile(0.99) }), number(rounds.compactMap { measurement($0)?.percentile(1) }.max() ?? 0),
        number(median { measurement($0)?.processor }, 1), number(median { measurement($0)?.load }, 1),
      ] + (flushes ? [number(median { measurement($0)?.commits }, 3)] : []))
  }

  static func print(_ evaluations: Evaluations) {
    Swift.print("\nEvaluations of a policy of ten rules and a hundred people, on one processor")
    row("how many of them have spoken", Evaluations.spoken.map(String.init))
    row("evaluations in a second", Evaluations.spoken.map { String(Int((evaluations.rates[$0] ?? 0).rounded())) })
  }

  private func printProcess() {
    row(
      "start to first answer / on a new database, ms",
      [number(median { $0.secondsToAnswer * 1_000 }, 1), number(median { $0.secondsToAnswerWhenNew * 1_000 }, 1)])
    row("resident memory when idle, MB", [number(median { $0.idleMemory }, 1)])
    row("resident memory at the most, MB", [number(median { $0.peakMemory }, 1)])
    let answered = rounds.reduce(0) { $0 + $1.answered }
    let found = rounds.reduce(0) { $0 + $1.found }
    row("deliveries answered / in the database once", [String(answered), String(found)])
    row("requests that failed", [String(rounds.reduce(0) { $0 + $1.failures })])
  }
}
