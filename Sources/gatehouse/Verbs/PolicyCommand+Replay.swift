import ArgumentParser
import Calendar
import Configuration
import Gate
import Glibc
import JSON
import Storage

extension PolicyCommand {
  struct Replay: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Runs the policies of another configuration over what was decided, and lists the decisions that would differ.",
      discussion: """
        FILE is a whole configuration, or one with `groups`, `people`, `policies` and `workflows` only: then a change is held against the policy of the
        same name; where FILE has its service, against the policy that the service names there. Each is looked at with the approvals that
        counted and at the time of its decision. Not in history, and taken as they are now: what GitLab tells of people, groups and commits;
        the groups of the configuration are FILE's. What no policy decided (GitLab did, a newer deployment, a person who canceled it or broke
        the glass) is counted and not replayed.
        Reads the database of --config, also while the server runs on it, and writes nothing.
        Example: gatehouse policy replay --policy config/stricter.yaml --since 90d
        Exit status: 0 every decision would be the same, 1 some would differ or none could be replayed, 2 FILE is wrong.
        """)

    @OptionGroup var options: ConfigurationOptions

    @Option(help: "The file with the policies to try.")
    var policy: String

    @Option(help: "How far back: 12h, 90d …")
    var since: String = "90d"

    @Flag(help: "Print JSON: an object a line for each that differs, and one with the counts at the end.")
    var json = false

    func run() async throws {
      guard let duration = Duration(text: since) else {
        throw Failure.usage("--since \(terminalSafe(since)) is no duration; write one such as 12h or 90d")
      }
      let gate = Gate(plan: try tried().plan)
      let connection = try options.openExistingDatabase()
      let now = SystemClock.now()
      var counts = Counts()
      try refusing {
        try connection.reading(at: now) { reading in
          var last: Int64 = 0
          while true {
            let page = try gate.replay(since: now - duration, after: last, limit: 200, in: reading)
            guard let end = page.last else { return }
            for replay in page { if let line = counts.note(replay, json: json) { try printAnswer(line) } }
            last = end.record.change.id
          }
        }
      }
      try printAnswer(json ? counts.json.text : counts.text)
      guard counts.differing == 0 else { throw Failure.no("") }
      // A misspelt name must not pass for a policy that changes nothing.
      guard counts.same > 0 || counts.unknown == 0 else {
        throw Failure.no(
          "no decision follows a policy of \(terminalSafe(policy)); name its policies and workflows as the configuration does")
      }
    }

    private func tried() throws -> Configuration {
      guard access(policy, F_OK) == 0 else { throw Failure.usage("there is no file \(terminalSafe(policy)); name one with --policy FILE") }
      do throws(ConfigurationError) {
        return try Configuration.load(path: policy, environment: nil)
      } catch {
        throw Failure.usage("\(error)")
      }
    }
  }
}

/// What came of a replay so far.
private struct Counts {
  var same = 0
  var differing = 0
  var byNoPolicy = 0
  var unknown = 0

  /// Counts it, and tells it if it differs.
  mutating func note(_ replay: Replay, json isJSON: Bool) -> String? {
    switch replay.outcome {
    case .same: same += 1
    case .byNoPolicy: byNoPolicy += 1
    case .unknownPolicy: unknown += 1
    case .differs(let would, let because):
      differing += 1
      let change = replay.record.change
      guard isJSON else {
        let why = because.map { "\($0.rule): \($0.found)" } ?? "all rules of policy \(replay.policy) are met"
        return terminalSafe("\(change.key)  was \(change.gate.rawValue), would be \(would.rawValue): \(why)")
      }
      let object: JSONValue = [
        "key": .string(change.key), "decided_at": .optional(change.decidedAt?.iso8601), "was": .string(change.gate.rawValue),
        "would_be": .string(would.rawValue), "policy": .string(replay.policy), "because": because?.json ?? .null,
      ]
      return object.text
    }
    return nil
  }

  var text: String {
    var parts = [same + differing == 0 ? "nothing was replayed" : "\(differing) of \(same + differing) decisions would differ"]
    if byNoPolicy > 0 { parts.append("\(byNoPolicy) were taken by no policy") }
    if unknown > 0 { parts.append("\(unknown) could not be replayed: the file lacks their policy or workflow") }
    return parts.joined(separator: "; ")
  }

  var json: JSONValue {
    [
      "same": .integer(Int64(same)), "differing": .integer(Int64(differing)), "by_no_policy": .integer(Int64(byNoPolicy)),
      "unknown_policy": .integer(Int64(unknown)),
    ]
  }
}
