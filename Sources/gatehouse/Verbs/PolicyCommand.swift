import ArgumentParser
import Calendar
import ChangeControl
import Configuration
import Gate

struct PolicyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "policy",
    abstract: "Tries policies out: on golden cases, on a change that waits, on what was decided. Changes nothing.",
    discussion: "Example: gatehouse policy test config/policy-tests.yaml",
    subcommands: [Test.self, Simulate.self, Replay.self])

  struct Test: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Runs golden cases against the policies of the configuration. Needs no database, no server and no secrets.",
      discussion: """
        FILE has `cases`, each with a `name` and what to `expect`, and a `timezone`
        for times without an offset (UTC). What else a case may say, and what
        stands where it does not:

        change:
          service or policy    the service that gates it, or the only one
          workflow, type       the service's, or simple and normal
          project              a path or an id
          environment, tier    production
          ref                  main
          requested_by         somebody
          opened_at            the same as at
          status               the first of the workflow
          steps_passed, authors, labels, freeze_overridden_by    nobody, none
          glass_broken_by, risk, impact, reason, implementation_plan,
          rollback_plan, planned_start, planned_end              nobody, empty
          files                a list of paths; not known
          memberships          {acme/security: [erin]}; not known
          access_levels        {frank: 40}; not known
        approvals, in the order in which they were given:
          [{user, status (approved), represented_as, effective_at, step}]
        at                     2026-01-07T12:00Z, a Wednesday

        expect has one or more of:
          gate                 awaiting, allowed or prevented
          status               of the workflow
          verdict              allowed, waiting, rejected or expired
          counted              who fills a seat
          waiting_for          the list of all sentences, or a text in one

        Prints a line for each case, and for one that fails what was expected,
        what was found, and why.
        Example: gatehouse policy test config/policy-tests.yaml
        Exit status: 0 all pass, 1 one fails, 2 the file is wrong.
        """)

    @OptionGroup var options: ConfigurationOptions

    @Argument(help: "The file of cases.")
    var file: String

    func run() async throws {
      let configuration = try options.loadWithoutSecrets()
      let cases: [PolicyCase]
      do throws(ConfigurationError) {
        cases = try configuration.policyCases(path: file)
      } catch {
        throw Failure.usage("\(error)")
      }
      var failures = 0
      for golden in cases {
        let outlook = golden.outlook()
        let differences = golden.differences(from: outlook)
        if differences.isEmpty {
          try printAnswer("ok    \(terminalSafe(golden.name))")
        } else {
          failures += 1
          try printAnswer(describe(golden, differences, outlook))
        }
      }
      guard failures == 0 else { throw Failure.no("\(failures) of \(cases.count) cases fail") }
      try printAnswer("\(cases.count) cases pass")
    }

    private func describe(_ golden: PolicyCase, _ differences: [PolicyCase.Difference], _ outlook: Outlook) -> String {
      var lines = ["FAIL  \(terminalSafe(golden.name)) (\(file):\(golden.line))"]
      for difference in differences {
        lines.append("      \(difference.what): expected \(terminalSafe(difference.expected))")
        lines.append("      \(difference.what): found    \(terminalSafe(difference.found))")
      }
      lines += golden.notes.map { "      note: \(terminalSafe($0))" }
      return (lines + [gatehouse.describe(finding: outlook.evaluation.root.json, indent: "      ")]).joined(separator: "\n")
    }
  }
}
