import ArgumentParser
import JSON

extension ChangeCommand {
  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Lists change requests, newest first.",
      discussion: "Example: gatehouse change list --gate awaiting\nExample: gatehouse change list --tier production --since 2026-11-01")

    @Option(help: "awaiting, allowed, prevented or invalid.") var gate: String?
    @Option(help: "A status, such as \"Awaiting approval\" or Deployed.") var status: String?
    @Option(help: "A service's id.") var service: String?
    @Option(help: "A project's path or id.") var project: String?
    @Option(help: "An environment's name.") var environment: String?
    @Option(help: "production, staging, testing, development or other.") var tier: String?
    @Option(help: "The GitLab username of who asked for the deployment.") var requestedBy: String?
    @Option(help: "Of a broken glass: owed, overdue or done.") var review: String?
    @Option(help: "Opened at this time or later, ISO 8601.") var since: String?
    @Option(help: "Opened before this time, ISO 8601.") var until: String?
    @Option(help: "Text to look for.") var query: String?
    @Option(help: "How many at most, 1 to 100.") var limit = 20
    @Option(help: "Go on where a list before ended: the number that it said, or its next_cursor.") var cursor: String?
    @Flag(help: "Print the server's JSON.") var json = false

    func run() async throws {
      let filters = [
        ("gate", gate), ("status", status), ("service", service), ("project", project), ("environment", environment), ("tier", tier),
        ("requested_by", requestedBy), ("review", review), ("since", try since.map(instant(from:))?.iso8601),
        ("until", try until.map(instant(from:))?.iso8601),
        ("q", query), ("limit", String(limit)), ("cursor", cursor),
      ]
      let query = filters.compactMap { name, value in value.map { "\(name)=\(percentEncoded($0))" } }.joined(separator: "&")
      let answer = try await APIClient().send(.get, "/api/v1/changes?\(query)")
      if json { return try printAnswer(answer.text) }
      let rows = (answer["changes"]?.array ?? []).map { change in
        [
          change["key"]?.string, change["gate"]?.string, change["status"]?.string, change["project"]?["path"]?.string,
          change["environment"]?["name"]?.string, change["requested_by"]?["username"]?.string,
          change["deployment"]?["commit_title"]?.string,
        ].map { terminalSafe($0 ?? "-") }
      }
      try printAnswer(table([["CHANGE", "GATE", "STATUS", "PROJECT", "ENVIRONMENT", "REQUESTED BY", "COMMIT"]] + rows))
      // Not on standard output: who counts or cuts the rows gets rows alone.
      if let next = answer["next_cursor"]?.string {
        printError("there are older ones: add --cursor \(terminalSafe(next)), or narrow the list")
      }
    }
  }
}
