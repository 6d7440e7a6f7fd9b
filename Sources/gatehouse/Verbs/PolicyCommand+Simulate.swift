import ArgumentParser
import Calendar
import ChangeControl
import Configuration
import Gate
import JSON
import Storage

extension PolicyCommand {
  struct Simulate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "What would come of a waiting change if somebody approved it, now or at another time.",
      discussion: """
        Reads the database, also while the server runs on it, and writes nothing. The change is looked at by the policies of the configuration,
        its people and files as GitLab last told them. Whoever would not be let approve is named, with the reason. Roles are not looked at.
        Example: gatehouse policy simulate CHG-42 --with-approval alice --with-approval bob --at 2026-11-27T22:00 --timezone Europe/Berlin
        Exit status: 0 the gate would be allowed, 1 it would not.
        """)

    @OptionGroup var options: ConfigurationOptions

    @Argument(help: "The change request, such as CHG-42.")
    var change: String

    @Option(help: "Somebody who approves it; may be given more than once, in the order in which they speak.")
    var withApproval: [String] = []

    @Option(help: "Somebody who rejects it, after those who approve.")
    var withRejection: [String] = []

    @Option(help: "The type it shall have.")
    var withType: ChangeType?

    @Option(help: "When, ISO 8601. Without an offset it is a time of --timezone. Default: now.")
    var at: String?

    @Option(help: "The time zone of --at, and of the times in the answer, such as Europe/Berlin. Default: UTC.")
    var timezone: String?

    @Flag(help: "Print JSON.")
    var json = false

    func run() async throws {
      let plan = try options.loadWithoutSecrets().plan
      let zone = try timezone.map(timeZone(named:)) ?? .utc
      var supposition = Supposition()
      supposition.decisions = withApproval.map { ($0, .approved) } + withRejection.map { ($0, .rejected) }
      supposition.type = withType
      supposition.at = try at.map { try instant(from: $0, in: zone) }
      let connection = try options.openExistingDatabase()
      let simulation = try refusing {
        do {
          return try connection.reading(at: SystemClock.now()) { try Gate(plan: plan).simulate(key: change, supposition, in: $0) }
        } catch let refusal as Refusal {
          throw Failure.no(refusal.message)
        }
      }
      try printAnswer(json ? simulation.json.text : toldInZone(simulation.text, zone))
      guard simulation.outlook.change.gate == .allowed else { throw Failure.no("") }
    }
  }
}

extension ChangeType: ExpressibleByArgument {}

/// Reads a time given on the command line; one without an offset is what clocks show in that zone.
func instant(from text: String, in zone: TimeZone) throws -> Instant {
  if let instant = Instant(iso8601: text, in: zone) { return instant }
  throw Failure.usage("'\(terminalSafe(text))' is no ISO 8601 time; write 2026-11-27T22:00 or 2026-11-27T22:00:00Z")
}

private func timeZone(named name: String) throws -> TimeZone {
  do throws(TimeZoneFault) {
    return try TimeZoneDirectory(environment: processEnvironment()).zone(named: name)
  } catch {
    throw Failure.usage("--timezone: \(error)")
  }
}

/// The same text with its times as clocks in that zone show them: the rules write theirs in UTC, into their sentences too.
private func toldInZone(_ text: String, _ zone: TimeZone) -> String {
  guard zone != .utc else { return text }
  return text.replacing(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/) { match in
    Instant(iso8601: match.output)?.iso8601(in: zone) ?? String(match.output)
  }
}

extension Simulation {
  fileprivate var text: String {
    let change = outlook.change
    var lines = ["\(change.key) at \(at.iso8601): gate \(change.gate.rawValue), \(terminalSafe(change.status))"]
    for (user, refusal) in refusals {
      lines.append("  refused      \(terminalSafe(user)) (\(refusal.code)): \(terminalSafe(refusal.message))")
    }
    lines += waitingFor.map { "  waiting for  \(terminalSafe($0))" }
    if let changesAt = outlook.evaluation.changesAt { lines.append("  changes by itself next at \(changesAt.iso8601)") }
    lines.append(describe(finding: outlook.evaluation.root.json, indent: "  "))
    return lines.joined(separator: "\n")
  }

  fileprivate var json: JSONValue {
    let evaluation = outlook.evaluation
    return [
      "key": .string(outlook.change.key), "at": .string(at.iso8601), "gate": .string(outlook.change.gate.rawValue),
      "status": .string(outlook.change.status), "verdict": .string(evaluation.verdict.rawValue),
      "waiting_for": .array(waitingFor.map(JSONValue.string)), "changes_at": .optional(evaluation.changesAt?.iso8601),
      "refused": .array(
        refusals.map { ["user": .string($0.user), "code": .string($0.refusal.code), "message": .string($0.refusal.message)] }),
      "policy_digest": .string(policyDigest), "evaluation": evaluation.root.json,
    ]
  }
}
