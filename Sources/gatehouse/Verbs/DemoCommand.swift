import ArgumentParser
import Glibc
import Logging
import NetworkAddresses

struct DemoCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo",
    abstract: "Plays the gate with a simulated GitLab and a waiting deployment, in one process.",
    discussion: """
      Nothing has to be set up, and nothing is left behind. Everything but GitLab is what `serve` runs: database, listener, callbacks.
      Example: gatehouse demo
      Example: gatehouse demo --once   (one approval and one rejection, by itself; exit status 0 if both ended rightly)
      Example: gatehouse demo --config config/gatehouse.demo.yaml   (reviews, a freeze that comes and goes, emergencies)
      """)

  @Option(help: "HOST:PORT to listen on. Without it 127.0.0.1:8080, or a free port where that is taken.")
  var listen: String?

  @Option(
    help: "A configuration to try: the policy and workflow of its first service. GitLab and the database stay the demo's.")
  var config: String?

  @Flag(help: "Play one approval and one rejection to their end and exit.")
  var once = false

  func run() async throws {
    let address = try listen.map(listenAddress)
    if case .unix? = address { throw Failure.usage("the demo shows addresses for curl to open; write HOST:PORT behind --listen") }
    guard config == nil || !once else {
      throw Failure.usage("--once plays a story of its own, which --config would change; leave one of them out")
    }
    let rules = try config.map(Demonstration.Rules.init(path:))
    let signals = Signals.stream()
    let demo = try await Demonstration.open(listen: address, rules: rules)
    let ending = once ? await demo.playOnce(unless: signals) : await demo.playUntilStopped(signals)
    // Whatever came of it, nothing is left behind.
    await demo.close()
    if case .wrong(let reason) = ending { throw Failure.no("the demo did not end as it should: \(reason)") }
  }
}
