import ArgumentParser
import GitLab
import JSON

struct CheckCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "The doctor: looks at the configuration, the database and each GitLab, and says what to mend.",
    discussion: """
      Each line is ok, warn or fail with what was seen; a warn or fail comes with its remedy. Changes nothing.
      Example: gatehouse check --config config/gatehouse.yaml
      Exit status: 0 nothing fails, 1 something does.
      """)

  @OptionGroup var options: ConfigurationOptions

  @Flag(help: "Print JSON.")
  var json = false

  func run() async throws {
    let findings = await Doctor(path: options.path, environment: processEnvironment()).examine()
    let worst = findings.worst
    if json {
      let object: JSONValue = ["status": .string(worst.rawValue), "checks": .array(findings.map(\.json))]
      try printAnswer(object.text)
    } else {
      try printAnswer(findings.text + "\n")
      let count = findings.count(.fail)
      try printAnswer(count == 0 ? "nothing fails" : "\(count) of \(findings.count) checks fail")
    }
    if worst == .fail {
      throw Failure(
        status: Failure.answerIsNo, message: "something has to be mended before the gate can be relied on; see the checks that fail")
    }
  }
}
