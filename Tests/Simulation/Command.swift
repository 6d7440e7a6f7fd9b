import Glibc

/// `make simulate`: whole lives of the gate, by the thousand.
@main enum Command {
  /// The process ends when all that was made is let go of: `exit` would leave the folder of the lives behind.
  static func main() { exit(status()) }

  private static func status() -> Int32 {
    let arguments = CommandLine.arguments
    let isAloud = arguments.last == "aloud"
    guard arguments.count == (isAloud ? 4 : 3), let seed = arguments[1] == "random" ? UInt64.random(in: 1...1 << 53) : UInt64(arguments[1]),
      let lives = Int(arguments[2]), lives > 0
    else {
      print("usage: Simulation SEED|random LIVES [aloud]")
      return 2
    }
    do {
      let simulator = try Simulator(seed: seed, isAloud: isAloud)
      let standstill = Standstill { number, seed in
        tell("a step of the core does not end", number, seed)
        fflush(nil)
        _exit(1)
      }
      for number in 1...lives {
        let outcome = try simulator.live { life in
          print("life \(number): \(life.options)")
          fflush(nil)
          standstill.begins(number, seed: life.options.seed)
        }
        tell(outcome, number, isAloud: isAloud)
        fflush(nil)
      }
      if isAloud {
        for kind in Happening.allCases { print("\(kind.rawValue): \(simulator.happenings[kind] ?? 0)") }
        print("at most \(simulator.most.atOnce) things in one moment, \(simulator.most.inALife) in one life")
      }
      let digest = Simulator.hexadecimal(simulator.digest)
      print("simulate: seed=\(seed) lives=\(lives) digest=\(digest) violations=\(simulator.violations)")
      return simulator.violations == 0 ? 0 : 1
    } catch {
      print("simulate: \(error)")
      return 2
    }
  }

  private static func tell(_ outcome: Life.Outcome, _ number: Int, isAloud: Bool) {
    guard let violation = outcome.violation else { return }
    if !isAloud { for event in outcome.lastEvents { print("    \(event)") } }
    tell(violation, number, outcome.seed)
  }

  private static func tell(_ violation: String, _ number: Int, _ seed: UInt64) {
    print("  VIOLATION in life \(number): \(violation)")
    print("  again: make simulate SEED=\(seed) LIVES=1")
  }
}
